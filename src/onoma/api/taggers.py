"""What a program may name a model by, and the model itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.runtime.tagger import Tagger


def place_of(model: str | Path | TrainedRun) -> str:
    """Return what a model is called, or where it lies."""
    return os.fspath(model)


def run_of(model: str | Path | TrainedRun | Tagger) -> str | None:
    """Return where a run may lie, with what it was trained with; None for a tagger, which does not say."""
    from onoma.runtime.tagger import Tagger

    return None if isinstance(model, Tagger) else place_of(model)


def as_tagger(model: str | Path | TrainedRun | Tagger, *, threads: int = 0) -> Tagger:
    """Return what is named, or given, ready to tag.

    Raises:
        ModelError: the model cannot be loaded.
    """
    from onoma.runtime.loading import load
    from onoma.runtime.tagger import Tagger

    return model if isinstance(model, Tagger) else load(place_of(model), threads=threads)
