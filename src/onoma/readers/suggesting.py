"""Writing what a model suggests in the formats of annotation tools, so that nothing counts as annotated."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from onoma.errors import ConfigError
from onoma.readers.registry import Suggest, Suggested, get_format, list_formats
from onoma.readers.target import open_target
from onoma.text import Ledger


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


def write_suggestions(path: Path, suggestions: Iterable[Suggested], format: str) -> Ledger:
    """Write suggestions; the file is there whole or not at all.

    Returns:
        What became of each entity.

    Raises:
        ConfigError: see `suggestion_writer`.
        DataError: an entity that is not the text at its offsets.
        OutputError: the file cannot be written.
    """
    write = suggestion_writer(format)
    with open_target(path) as stream:
        return write(stream, suggestions)
