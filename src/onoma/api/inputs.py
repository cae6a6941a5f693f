"""What a model is to tag: texts, or data read as the model's own was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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


def tagging_inputs(
    paths: Sequence[str],
    given: Mapping[str, Any],
    model: str | Path | None,
    tell: Callable[[str], None],
    *,
    wanted: Callable[[str, ReadOptions], ReadOptions] = lambda _, options: options,
) -> Iterator[Document]:
    """Yield the documents of files and pipes in order.

    Args:
        paths: files or pipes, ``-`` for standard input.
        given: fields of `ReadOptions` that the user has set. ``format="text"`` takes every input as text;
            without a format, files are looked at, and what comes from a pipe is text.
        model: whose own options hold where ``given`` has none: a run's folder, or any other name of a model.
        tell: is told what is taken from the run, and what was odd about an input.
        wanted: changes the options of a file that is data.

    Raises:
        DataError: an input cannot be read, or holds no document.
        ConfigError: an option does not exist, or has a value that does not.
    """
    asked = {**_DEFAULTS, **{name: value for name, value in given.items() if name != "labels"}}
    trained = None if model is None else TrainedOptions(asked, model, tell, _LABELS)

    def options_for(path: str) -> ReadOptions:
        held = {} if trained is None else trained.for_file(path)
        return wanted(path, read_options({**asked, **held}))

    return read_inputs(paths, options_for, given=read_options(asked), tell=tell)
