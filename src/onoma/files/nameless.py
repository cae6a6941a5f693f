"""Files without a name, for what is too large for memory and of use to nobody else."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from onoma.files.atomic import output_error

_BUFFER_BYTES = 1 << 16


def nameless_file(folder: Path) -> BinaryIO:
    """Open a file to write and read, on the disk of ``folder``, that has no name there.

    It is gone with the last that has it open or mapped, however that ends: no kill leaves anything of it.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        file = tempfile.TemporaryFile(  # noqa: SIM115 - whoever asks for it closes it
            dir=folder, prefix=".", suffix=".part", buffering=_BUFFER_BYTES
        )
    except OSError as error:
        raise output_error(folder, error) from None
    return cast("BinaryIO", file)


def let_go(file: BinaryIO) -> None:
    """Close a file of which nothing is needed any more, whatever the disk says to it."""
    with suppress(OSError):
        file.close()
