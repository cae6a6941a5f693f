"""The one place where text goes to a terminal: data is written out, only sequences of our own are obeyed.

Standard error is read by people wherever it goes, in a log a year later too: there everything is escaped.
Standard output is escaped where it is a terminal, and exact in files and pipes.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from onoma.cli.streams import let_go
from onoma.reports.escapes import visible

_ERASE = "\r\x1b[K"


def command_line() -> str:
    """Return what this process was called with, as it can be typed again."""
    return shlex.join(["onoma", *sys.argv[1:]])


class _Escaping:
    """A text stream that no control character but newline and tab gets through."""

    def __init__(self, stream: TextIO) -> None:
        self.beneath = stream

    def write(self, text: str) -> int:
        self.beneath.write(visible(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beneath, name)


class _Notes(_Escaping):
    """The same of standard error: a note that cannot be written, as on a full disk, is no reason to stop."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._let_go(error)
            return len(text)

    def flush(self) -> None:
        try:
            self.beneath.flush()
        except OSError as error:
            self._let_go(error)

    def _let_go(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            raise error  # who read it has left
        let_go(self.beneath)


@contextmanager
def escaping() -> Iterator[None]:
    """Escape what is written to standard error, and to standard output where that is a terminal.

    An exception that gets out finds the streams still so: its traceback holds data too.
    """
    out, err = sys.stdout, sys.stderr
    if out is not None and not isinstance(out, _Escaping) and out.isatty():
        sys.stdout = cast(TextIO, _Escaping(out))
    if err is not None and not isinstance(err, _Escaping):
        sys.stderr = cast(TextIO, _Notes(err))
    yield
    sys.stdout, sys.stderr = out, err


def beneath(stream: TextIO) -> TextIO:
    """Return the stream that takes sequences of our own; what comes from data must be escaped before."""
    return stream.beneath if isinstance(stream, _Escaping) else stream


def takes_color(stream: TextIO) -> bool:
    """Whether text on a stream is to be coloured: on a terminal, unless the user says otherwise."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show_line(line: str = "", *, stays: bool = False) -> None:
    """Put a line in the place of the one that stands last on a terminal that standard error is.

    Args:
        line: nothing clears it.
        stays: whether what comes next begins a new line.
    """
    stream = beneath(sys.stderr)
    stream.write(_ERASE + visible(line, one_line=True) + ("\n" if stays else ""))
    stream.flush()
