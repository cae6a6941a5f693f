"""How to be Label Studio's backend, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Retraining:
    """How models are trained on what was annotated.

    Args:
        data: folder with the splits that annotation is added to, or a bundled corpus; a new model is judged
            on its test, or dev.
        after: tasks annotated since the last training that begin the next one, 0 for none: only when asked.
        margin: F1 points (0..100) that may be lost to the model that is served.
        init_from: run or bundle to start from; what is served when not given.
        settings: of the training, as ``key=value``.
    """

    data: str
    after: int = 50
    margin: float = 0.5
    init_from: str | None = None
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """What Label Studio's projects may ask.

    Args:
        label_map: the model's label -> the project's, for those that are called otherwise; empty drops one.
        folder: for annotation, runs and history; None keeps nothing of a webhook.
        retraining: None for none.
    """

    label_map: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    retraining: Retraining | None = None
