"""Where a page may be written that is asked for beside a result."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def refuse_page(target: Path, inputs: Iterable[str]) -> None:
    """Refuse what the page lacks, or its place, before long work, not after it.

    Args:
        target: of the page.
        inputs: files that are read.

    Raises:
        MissingExtraError: Jinja2 is not installed.
        OutputError: the place is a folder.
        ConfigError: the page would overwrite an input, or is asked for on standard output.
    """
    from onoma.errors import ConfigError, OutputError
    from onoma.extras import require

    require("report")
    if str(target) == "-":
        raise ConfigError("--html writes a file, not standard output; name one")
    if target.is_dir():
        raise OutputError(f"{target}: cannot write here: this is a folder, a file name is needed")
    if target.resolve() in [Path(path).resolve() for path in inputs]:
        raise ConfigError(f"{target}: the page would overwrite the data; give --html another name")
