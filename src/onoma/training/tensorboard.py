"""Logging a run for TensorBoard."""

from __future__ import annotations

from pathlib import Path

from onoma.training.events import Epoch


class TensorBoardLog:
    """Writes each epoch's figures; a missing tensorboard package is no error, the log is then absent.

    Args:
        folder: where the event file goes.
        purge_from: an epoch from which on everything logged before is void, in a resumed run.
    """

    def __init__(self, folder: Path, purge_from: int | None = None) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self._writer = None
        else:
            self._writer = SummaryWriter(str(folder), purge_step=purge_from)

    def add(self, epoch: Epoch) -> None:
        """Write one epoch."""
        if self._writer is None:
            return
        for tag, value in (
            ("loss/train", epoch.train_loss),
            ("loss/dev", epoch.dev_loss),
            ("dev/precision", epoch.dev_precision),
            ("dev/recall", epoch.dev_recall),
            ("dev/f1", epoch.dev_f1),
            ("learning_rate", epoch.learning_rate),
            ("tokens_per_second", epoch.tokens_per_second),
        ):
            self._writer.add_scalar(tag, value, epoch.epoch)
        for tag, rate in (
            ("dev/document_f1", epoch.dev_document_f1),
            ("dev/accuracy", epoch.dev_accuracy),
            ("train/f1", epoch.train_f1),
            ("train/accuracy", epoch.train_accuracy),
        ):
            if rate is not None:
                self._writer.add_scalar(tag, rate, epoch.epoch)
        for task, weight in epoch.task_weights.items():
            self._writer.add_scalar(f"task_weight/{task}", weight, epoch.epoch)

    def close(self) -> None:
        """Flush and close the file."""
        if self._writer is not None:
            self._writer.close()
