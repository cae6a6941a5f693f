"""What trackers are told of a run, as figures with names; all of them show the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from onoma.training.events import Epoch


def epoch_figures(epoch: Epoch) -> Iterator[tuple[str, float]]:
    """Yield an epoch's figures, those that there are, with their names."""
    yield from (
        ("loss/train", epoch.train_loss),
        ("loss/dev", epoch.dev_loss),
        ("dev/precision", epoch.dev_precision),
        ("dev/recall", epoch.dev_recall),
        ("dev/f1", epoch.dev_f1),
        ("learning_rate", epoch.learning_rate),
        ("tokens_per_second", epoch.tokens_per_second),
    )
    for name, rate in (
        ("dev/document_f1", epoch.dev_document_f1),
        ("dev/accuracy", epoch.dev_accuracy),
        ("train/f1", epoch.train_f1),
        ("train/accuracy", epoch.train_accuracy),
    ):
        if rate is not None:
            yield name, rate
    for task, weight in epoch.task_weights.items():
        yield f"task_weight/{task}", weight


def final_figures(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield what a finished run comes to, with names.

    Args:
        metrics: what ``metrics.json`` holds.
    """
    for name in ("parameters", "best_epoch", "train_seconds", "bundle_bytes", "peak_memory_mb"):
        if name in metrics:
            yield f"final/{name}", float(metrics[name])
    for split in ("dev", "test"):
        for name in ("precision", "recall", "f1", "macro_f1"):
            if split in metrics:
                yield f"final/{split}_{name}", float(metrics[split]["entity"][name])
