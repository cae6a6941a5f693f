"""What a model is to tag: texts, or data read as the model's own was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from onoma.api.data import read_options
from onoma.api.trained import TrainedOptions
from onoma.readers import ReadOptions
from onoma.readers.inputs import read_inputs
from onoma.text import Document

_LABELS = ("labels", "document_labels")
"""Options about gold: what is to be tagged is read without."""
_DEFAULTS = {"on_misaligned": "expand", "gold": False}


class TaggingInputs:
    """How files and pipes are read for a model; what is taken from its run is said once.

    Args:
        given: fields of `ReadOptions` that the user has set. ``format="text"`` takes every input as text;
            without a format, files are looked at, and what comes from a pipe is text.
        model: whose own options hold where ``given`` has none: a run's folder, or any other name of a model.
        tell: is told what is taken from the run.
        wanted: changes the options of a file that is data.
        warn: is told what was odd about an input; ``tell`` when not given.

    Raises:
        ConfigError: an option does not exist, or has a value that does not.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        model: str | Path | None,
        tell: Callable[[str], None],
        wanted: Callable[[str, ReadOptions], ReadOptions] = lambda _, options: options,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self._given = {**_DEFAULTS, **{name: value for name, value in given.items() if name != "labels"}}
        self._options = read_options(self._given)
        self._trained = None if model is None else TrainedOptions(self._given, model, tell, _LABELS)
        self._warn = warn or tell
        self._wanted = wanted

    def documents(self, *paths: str) -> Iterator[Document]:
        """Yield the documents of inputs in order; ``-`` is standard input.

        Raises:
            DataError: an input cannot be read, or holds no document.
        """
        return read_inputs(paths, self._options_for, given=self._options, tell=self._warn)

    def _options_for(self, path: str) -> ReadOptions:
        held = {} if self._trained is None else self._trained.for_file(path)
        return self._wanted(path, read_options({**self._given, **held}))
