"""Where a page may be written that is asked for beside a result."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def refuse_page(target: Path, inputs: Iterable[str | Path]) -> None:
    """Refuse what the page lacks, or its place, before long work, not after it.

    Args:
        target: of the page.
        inputs: files and folders that are read.

    Raises:
        MissingExtraError: Jinja2 is not installed.
        OutputError: the place is a folder.
        ConfigError: the page would overwrite an input or what is no page, or is asked for on standard output.
    """
    from onoma.errors import ConfigError, OutputError
    from onoma.extras import require
    from onoma.files import refuse_originals

    require("report")
    if str(target) == "-":
        raise ConfigError("--html writes a file, not standard output; name one")
    if target.is_dir():
        raise OutputError(f"{target}: cannot write here: this is a folder, a file name is needed")
    refuse_originals([target], inputs, "--html")
    if target.is_file() and not _is_page(target):
        raise ConfigError(f"--html {target}: is there, and no page; give another name, or remove it")


def _is_page(path: Path) -> bool:
    """Whether a file begins as a page does; an empty one is nobody's."""
    with path.open("rb") as file:
        start = file.read(100).lstrip().lower()
    return not start or start.startswith((b"<!doctype html", b"<html"))
