"""What a run writes epoch by epoch: a row of ``history.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from onoma.files import write_text
from onoma.training.events import Epoch


class HistoryLog:
    """Takes down epochs as they end.

    Args:
        folder: of the run.
        history: epochs so far; what the file holds beyond them, of a killed process, will happen again.
    """

    def __init__(self, folder: Path, history: Sequence[Epoch]) -> None:
        path = folder / "history.jsonl"
        write_text(path, "".join(map(_row, history)))
        self._file = path.open("a", encoding="utf-8")

    def add(self, epoch: Epoch) -> None:
        """Take one down."""
        self._file.write(_row(epoch))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class NoLog:
    """Takes nothing down: for processes whose epochs another one writes."""

    def add(self, epoch: Epoch) -> None:
        """Drop it."""

    def close(self) -> None:
        """Do nothing."""


def _row(epoch: Epoch) -> str:
    return json.dumps(epoch.as_dict()) + "\n"
