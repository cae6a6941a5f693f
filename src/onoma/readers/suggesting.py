"""Writing what a model suggests in the formats of annotation tools, so that nothing counts as annotated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from onoma.errors import ConfigError
from onoma.readers.registry import Suggest, Suggested, get_format, list_formats
from onoma.readers.target import open_target
from onoma.text import Document, Ledger

_LOOKED_AT = 10_000
"""Documents without an entity after which nothing is taken for a model's work."""


def by_a_model(documents: Iterable[Document]) -> tuple[bool, Iterator[Document]]:
    """Find out whether entities are a model's: the first one has a score, which no annotator gives.

    Returns:
        That, and all of the documents.
    """
    stream, seen = iter(documents), list[Document]()
    for document in stream:
        seen.append(document)
        if document.entities or len(seen) == _LOOKED_AT:
            break
    scored = bool(seen) and any(span.score is not None for span in seen[-1].entities)
    return scored, chain(seen, stream)


def suggestion_writer(format: str) -> Suggest:
    """Return what writes suggestions in a format.

    Raises:
        ConfigError: no such format, or one that cannot tell suggestions from annotations.
    """
    found = get_format(format).suggest
    if found is None:
        able = ", ".join(one.name for one in list_formats() if one.suggest is not None)
        raise ConfigError(f"{format} cannot tell suggestions from annotations; formats that can are: {able}")
    return found


def write_suggestions(target: Path | TextIO, suggestions: Iterable[Suggested], format: str) -> Ledger:
    """Write suggestions; a file is there whole or not at all.

    Returns:
        What became of each entity.

    Raises:
        ConfigError: see `suggestion_writer`.
        DataError: an entity that is not the text at its offsets.
        OutputError: the file cannot be written.
    """
    write = suggestion_writer(format)
    if not isinstance(target, Path):
        return write(target, suggestions)
    with open_target(target) as stream:
        return write(stream, suggestions)
