"""The standard streams as a program needs them, whatever it was started with."""

from __future__ import annotations

import io
import os
import sys

_MODES = (os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)
"""What takes the place of a closed one: nothing to read, no place for results, notes that go nowhere."""


def prepare_streams() -> None:
    """Open what is closed, and write UTF-8 to all that is no terminal.

    A stream that was closed (``>&-``) is None in Python, and its number is that of the next file that is
    opened, which then gets what is meant for the stream.
    """
    for number, mode in enumerate(_MODES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")  # in its own encoding
            else:
                stream.reconfigure(encoding="utf-8", errors="strict")
