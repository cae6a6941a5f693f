"""What a run writes epoch by epoch: a row of ``history.jsonl``, and TensorBoard's figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from onoma.files import write_text
from onoma.training.events import Epoch
from onoma.training.tensorboard import TensorBoardLog


class HistoryLog:
    """Takes down epochs as they end.

    Args:
        folder: of the run.
        history: epochs so far; what the file holds beyond them, of a killed process, will happen again.
        purge_from: an epoch from which on TensorBoard is to forget what was logged, in a resumed run.
    """

    def __init__(self, folder: Path, history: Sequence[Epoch], purge_from: int | None) -> None:
        path = folder / "history.jsonl"
        write_text(path, "".join(map(_row, history)))
        self._board = TensorBoardLog(folder / "tensorboard", purge_from)
        self._file = path.open("a", encoding="utf-8")

    def add(self, epoch: Epoch) -> None:
        """Take one down."""
        self._board.add(epoch)
        self._file.write(_row(epoch))
        self._file.flush()

    def close(self) -> None:
        """Flush and close all files."""
        self._file.close()
        self._board.close()


class NoLog:
    """Takes nothing down: for processes whose epochs another one writes."""

    def add(self, epoch: Epoch) -> None:
        """Drop it."""

    def close(self) -> None:
        """Do nothing."""


def _row(epoch: Epoch) -> str:
    return json.dumps(epoch.as_dict()) + "\n"
