"""Word vectors in 8 bits, as exported bundles hold them: codes, and a scale for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.features.vectors.subwords import Floats

Arrays = dict[str, npt.NDArray[Any]]

TABLES = ("vectors.rows", "vectors.buckets")
SCALES = tuple(f"{name}.scales" for name in TABLES)


def restore_vectors(arrays: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """Return the arrays with every table of codes turned into half precision, and without scales.

    Raises:
        ValueError: codes and scales do not fit each other.
    """
    restored = {name: array for name, array in arrays.items() if name not in SCALES}
    for name, scales_name in zip(TABLES, SCALES, strict=True):
        codes, scales = arrays.get(name), arrays.get(scales_name)
        if scales is None:
            continue
        if codes is None or codes.dtype != np.int8 or codes.ndim != 2:
            raise ValueError(f"'{scales_name}' needs a table of 8-bit codes, '{name}'")
        if scales.dtype != np.float32 or scales.shape != (len(codes), 1):
            raise ValueError(f"'{scales_name}' must be a number of single precision for each row of '{name}'")
        restored[name] = _restore(codes, scales)
    return restored


def _restore(codes: npt.NDArray[np.int8], scales: npt.NDArray[np.float32]) -> Floats:
    with np.errstate(over="ignore"):
        rows = (codes * scales).astype(np.float16)  # [V, D]
    if not np.isfinite(rows).all():
        raise ValueError("a scale of word vectors is beyond all measure: they are damaged")
    return rows
