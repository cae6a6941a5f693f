"""Options of reading, completed by those that a run was trained with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from onoma.api.trained import TrainedOptions
from onoma.cli.reading import Reading


class TrainedReading:
    """`TrainedOptions` as the command line gives and takes them.

    Args:
        reading: the options as they were given; they win.
        model: a run's folder, or any other name of a model.
        tell: is told what is taken from the run, and what does not fit.
        without: fields of `Reading` that stay as they are.
    """

    def __init__(
        self, reading: Reading, model: str, tell: Callable[[str], None], without: tuple[str, ...] = ()
    ) -> None:
        self._given = reading
        self._trained = TrainedOptions(asdict(reading), model, tell, without)

    def for_file(self, path: str) -> Reading:
        """Return how to read a file."""
        held: dict[str, Any] = self._trained.for_file(path)
        if "label_names" in held:
            held = {**held, "label_names": ",".join(held["label_names"])}
        return replace(self._given, **held)
