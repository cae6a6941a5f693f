"""Source ``patterns``: regular expressions, each within a bound of processor time a text."""

from __future__ import annotations

import json
import subprocess
import sys
import weakref
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from onoma.errors import ConfigError, ModelError, excerpt
from onoma.teachers.base import HardTeacher, Teacher
from onoma.teachers.digests import text_digest
from onoma.text import Document, Span
from onoma.voting.source import Context, SourceKind, SourceSettings

_CHUNK = 256
"""Texts that are handed over at once."""


class Patterns(SourceSettings):
    """A table ``[[patterns]]``.

    Args:
        pattern: a regular expression of Python's `re`.
        patterns: several.
        label: of what they match.
        group: the part of a match that is the entity, by number or name; 0 for all of it.
        ignore_case: whether capitals make no difference.
        seconds: processor time that a pattern may take on a text; beyond that the work ends with an error.
    """

    pattern: str = ""
    patterns: tuple[str, ...] = ()
    label: str = Field(min_length=1, max_length=200)
    group: int | str = 0
    ignore_case: bool = False
    seconds: float = Field(2.0, gt=0, le=600)


class PatternTeacher(HardTeacher):
    """Searches texts in a process beside this one."""

    def __init__(self, patterns: Sequence[str], settings: Patterns, context: Context) -> None:
        super().__init__(settings.name, [settings.label], context.options(settings))
        self._patterns, self._settings = patterns, settings
        self._process = subprocess.Popen(
            [sys.executable, "-m", "onoma.voting.pattern_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._close = weakref.finalize(self, _end, self._process)
        asked = {name: getattr(settings, name) for name in ("group", "ignore_case", "seconds")}
        answer = self._ask({"patterns": list(patterns), **asked})
        if "wrong" in answer:
            self._close()
            raise ConfigError(f"pattern [{excerpt(patterns[answer['wrong']])}] {excerpt(answer['why'], 200)}")

    @property
    def digest(self) -> str:
        """That of the patterns; the rest is in the settings."""
        return text_digest(*self._patterns)

    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return what the patterns match.

        Raises:
            ModelError: a pattern takes too long on a text.
        """
        found: list[list[Span]] = []
        for first in range(0, len(documents), _CHUNK):
            part = documents[first : first + _CHUNK]
            answer = self._ask([document.text for document in part])
            if "slow" in answer:
                text = excerpt(part[answer["text"]].text)
                raise ModelError(
                    f"the pattern [{excerpt(self._patterns[answer['slow']])}] takes more than "
                    f"{self._settings.seconds:g} s of processor time on the text [{text}]: write it simpler, "
                    "or give it more seconds"
                )
            found += map(self._spans, part, answer["found"])
        return found

    def _spans(self, document: Document, places: Sequence[tuple[int, int]]) -> list[Span]:
        text, label = document.text, self._settings.label
        return [Span(first, end, label, text[first:end]) for first, end in places if 0 <= first < end]

    def _ask(self, question: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            raise ModelError("the process that searches for patterns has died")
        found: dict[str, Any] = json.loads(answer)
        return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the process end by itself, at once or when its time is over."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.wait()


def _open(settings: Patterns, context: Context) -> Teacher:
    patterns = [*([settings.pattern] if settings.pattern else []), *settings.patterns]
    if not patterns or "" in patterns:
        raise ConfigError("pattern: give one, or several as patterns; an empty one matches nothing")
    return PatternTeacher(patterns, settings, context)


SOURCE = SourceKind("patterns", "regular expressions, in bounded time", Patterns, _open)
