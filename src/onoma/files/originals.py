"""What is read is not to be written over: the original would be lost."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from onoma.errors import ConfigError


def refuse_originals(
    outputs: Iterable[str | os.PathLike[str]],
    inputs: Iterable[str | os.PathLike[str] | None],
    option: str = "--out",
) -> None:
    """Refuse outputs that are inputs, by whatever name, or files of a folder that is one.

    Args:
        outputs: files that are going to be written; new ones in a folder that is read take nothing's place.
        inputs: files and folders that are read; ``-``, None, and what is no path here are passed over.
        option: that names the outputs.

    Raises:
        ConfigError: names the first one.
    """
    read = [Path(one).resolve() for one in inputs if one is not None and os.fspath(one) != "-"]
    for output in map(Path, outputs):
        real = output.resolve()
        if any(_is_or_holds(one, real) for one in read):
            raise ConfigError(f"{option} {output}: is read as well; the original would be lost")


def _is_or_holds(original: Path, output: Path) -> bool:
    if original == output:
        return True
    if not output.is_file():
        return False
    held = original.is_dir() and output.is_relative_to(original)
    return held or (original.is_file() and original.samefile(output))  # hard links
