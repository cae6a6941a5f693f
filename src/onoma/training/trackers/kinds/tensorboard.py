"""TensorBoard: event files in the run's own folder."""

from __future__ import annotations

from typing import Any

from onoma.training.events import Epoch, Finished
from onoma.training.trackers.figures import epoch_figures
from onoma.training.trackers.tracker import TrackedRun, Tracker


class _Log:
    """Writes each epoch's figures to ``tensorboard/``."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def add(self, epoch: Epoch) -> None:
        for name, value in epoch_figures(epoch):
            self._writer.add_scalar(name, value, epoch.epoch)

    def finish(self, finished: Finished) -> None:
        """Nothing: what the run came to is in its folder."""

    def close(self) -> None:
        self._writer.close()


def _open(run: TrackedRun) -> _Log | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    # In a resumed run all that was logged from its epoch on is void.
    return _Log(SummaryWriter(str(run.folder / "tensorboard"), purge_step=run.resumed_in))


TRACKER = Tracker("tensorboard", "event files in the run's folder: tensorboard --logdir RUN", _open)
