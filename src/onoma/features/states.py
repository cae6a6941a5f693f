"""Features of any kind from what a bundle holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from onoma.features.pieces import PieceFeatures
from onoma.features.protocol import Features
from onoma.features.words import WordFeatures


def features_from_state(
    state: dict[str, Any], arrays: Mapping[str, npt.NDArray[Any]] | None = None
) -> Features:
    """Rebuild features of pieces, where the state has a tokenizer, or of words.

    Raises:
        ValueError: they are not what features return.
    """
    kind: type[WordFeatures | PieceFeatures] = PieceFeatures if "tokenizer" in state else WordFeatures
    return kind.from_state(state, arrays)
