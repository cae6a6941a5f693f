"""Every error a user can meet, each with the place where it happened and what to do about it.

The command line prints ``str(error)`` on one line and exits with 2; a traceback means a bug in Onoma.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError

_EXCERPT_LIMIT = 80


class OnomaError(Exception):
    """Base of all expected failures: wrong input, wrong options, unusable files."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it cross to another process, whatever its constructor needs: pools hand errors on so."""
        return _again, (type(self), self.args, self.__dict__)


class DataError(OnomaError):
    """Input data that cannot be read as what it claims to be.

    Args:
        message: what is wrong and how to mend it, without the place.
        code: a stable kebab-case kind, such as ``column-count`` or ``bad-encoding``.
        path: the file, as the user named it.
        line: 1-based line number in the (decompressed) file.
        column: 1-based column: a field number in column formats, a character position elsewhere.
        text: the offending text; shown escaped and cut to 80 characters.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        path: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        text: str | None = None,
    ) -> None:
        self.message = message
        self.code = code
        self.path = None if path is None else str(path)
        self.line = line
        self.column = column
        self.text = text
        super().__init__(message)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        shown = "" if self.text is None else f" [{excerpt(self.text)}]"
        return printable(f"{place}: {self.message}{shown}" if place else f"{self.message}{shown}")


class ConfigError(OnomaError):
    """A setting, option or name that does not exist or does not fit."""


class ModelError(OnomaError):
    """A run or bundle that cannot be used."""


class BundleError(ModelError):
    """A bundle that is damaged, altered, incomplete, unsafe or from a newer version."""


class OutputError(OnomaError):
    """A result that cannot be written where it was asked for."""


class StoppedError(OnomaError):
    """A job was stopped in good order, as was asked for; what it had done is kept, and the same call goes on.

    Args:
        message: what stopped it, and how to go on.
        exit_code: of the process, if it ends now.
    """

    def __init__(self, message: str = "stopped", exit_code: int = 130) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ProcessError(OnomaError):
    """One of several processes that work together has ended, does not answer, or has other data."""


class MissingExtraError(OnomaError):
    """An optional dependency is needed and not installed."""

    def __init__(self, needed: str, extra: str) -> None:
        super().__init__(f"needs {needed}: pip install 'onoma[{extra}]'")


def _again(kind: type[OnomaError], arguments: tuple[Any, ...], state: dict[str, Any]) -> OnomaError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


def printable(text: str) -> str:
    """Return ``text`` with its control characters escaped: one line that no terminal obeys."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def excerpt(text: str, limit: int = _EXCERPT_LIMIT) -> str:
    """Return ``text`` safe to print on one line: control characters escaped, at most ``limit`` characters."""
    escaped = printable(text[: limit + 1])
    return escaped if len(escaped) <= limit else escaped[: limit - 1] + "…"


class Fault(NamedTuple):
    """What is wrong with a value.

    Args:
        key: where it stands, its parts joined by dots; empty where all values together are wrong.
        message: what it should be.
        given: the value; None where it was not asked for.
    """

    key: str
    message: str
    given: object


def first_fault(error: ValidationError, *, with_value: bool = False) -> Fault:
    """Return the first fault that pydantic has found, without what it puts before the messages of others.

    Args:
        error: pydantic's.
        with_value: say what was given, too. All faults are made for it, each with its value: not for what
            strangers may have made a million of.
    """
    fault = error.errors(include_url=False, include_context=False, include_input=with_value)[0]
    key = ".".join(str(part) for part in fault["loc"])
    return Fault(key, fault["msg"].removeprefix("Value error, "), fault.get("input"))


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Refuse a value that is none of those there are.

    Raises:
        ConfigError: with the nearest one.
    """
    choices = tuple(known)
    if value not in choices:
        raise ConfigError(f"unknown value '{value}' for {name}{did_you_mean(str(value), choices)}")


_MOST_LISTED = 50


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known name, or all, if a line holds them."""
    choices = sorted(known)
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    listed = f"; known: {', '.join(choices)}" if choices else ""
    return listed if len(choices) <= _MOST_LISTED else f"; it is like none of {len(choices)} known names"
