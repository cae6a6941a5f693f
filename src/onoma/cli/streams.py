"""The standard streams as a program needs them, whatever it was started with."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

_STREAMS = (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
"""By number: name, mode, and how the place of a closed one is filled: nothing to read, no place for results,
notes that go nowhere."""


def prepare_streams() -> None:
    """Open what is closed, and write UTF-8 to all that is no terminal.

    A stream that was closed (``>&-``) is None in Python, and its number is that of the next file that is
    opened, which then gets what is meant for the stream.
    """
    for number, (name, mode, filled) in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, filled)  # the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")  # in its own encoding
            else:
                stream.reconfigure(encoding="utf-8", errors="strict")


def let_go(stream: TextIO) -> None:
    """Let what still waits to be written go nowhere, or Python would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
