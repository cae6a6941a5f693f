"""Weights in 8 bits, with scales that are fixed at export.

Dynamic quantisation, which onnxruntime offers for LSTMs, takes the scale of the *activations* over the whole
batch, padding included: the tags of a sentence then depend on its neighbours. So only weights are quantised
here, symmetrically, each row with the scale of its largest number; sums are in floats as ever. Only layers of
which `onoma.exports.calibration` knows the bounds multiply integers (`GraphBuilder.product`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.features.vectors.eight_bits import SCALES, TABLES

_LARGEST = 127


def quantize(
    rows: npt.NDArray[Any], largest: int = _LARGEST
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return codes [..., N, D] up to ``largest``, and scales [..., N, 1].

    Their product is within half a scale of ``rows``.
    """
    floats = np.asarray(rows, dtype=np.float32)
    scales = np.abs(floats).max(axis=-1, keepdims=True) / largest  # [..., N, 1]
    scales = np.where(scales > 0, scales, np.float32(1)).astype(np.float32)
    return np.rint(floats / scales).astype(np.int8), scales


def quantize_vectors(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return the feature arrays with word vectors in 8 bits, as `WordVectors.from_arrays` takes them."""
    quantized = dict(arrays)
    for name, scales_name in zip(TABLES, SCALES, strict=True):
        if name in quantized:
            quantized[name], quantized[scales_name] = quantize(quantized[name])
    return quantized
