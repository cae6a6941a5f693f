"""Regular expressions in a process of their own: ``python -m onoma.voting.pattern_process``.

A pattern may run for ever on some text, and neither threads nor clocks stop it where it runs. Here the
system's timer does, by processor time, so that a busy machine makes no difference. The first line of standard
input says which patterns, each other one holds texts; each is answered with a line. When standard input ends,
so does the process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

Places = list[tuple[int, int]]


class _TooLong(Exception):  # noqa: N818 - no error of ours, but a bell
    """The time is over."""


def main() -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what others print is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever gave orders ends us
    signal.signal(signal.SIGVTALRM, _ring)
    lines = sys.stdin.buffer
    asked = json.loads(lines.readline() or b"{}")
    patterns, answer = _compile_all(asked) if asked else ([], {})
    while True:
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
        line = lines.readline()
        if not line:
            return
        answer = _search(patterns, asked["group"], json.loads(line), asked["seconds"])


def _ring(number: int, frame: object) -> None:
    raise _TooLong


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """End the block with `_TooLong` when it has taken so much processor time."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _compile_all(asked: dict[str, Any]) -> tuple[list[re.Pattern[str]], dict[str, Any]]:
    """Return the patterns, and the answer: nothing, or which of them is wrong and why."""
    compiled = []
    for number, pattern in enumerate(asked["patterns"]):
        try:
            with warnings.catch_warnings(), _bounded(asked["seconds"]):
                warnings.simplefilter("ignore")
                found = re.compile(pattern, re.IGNORECASE if asked["ignore_case"] else 0)
        except _TooLong:
            return [], {"wrong": number, "why": "takes too long to be read"}
        except (re.error, OverflowError, RecursionError, ValueError) as error:
            return [], {"wrong": number, "why": f"is no regular expression: {error}"}
        group = asked["group"]
        if group not in found.groupindex if isinstance(group, str) else not 0 <= group <= found.groups:
            return [], {"wrong": number, "why": f"has no group {group}"}
        compiled.append(found)
    return compiled, {}


def _search(
    patterns: Sequence[re.Pattern[str]], group: int | str, texts: Sequence[str], seconds: float
) -> dict[str, Any]:
    """Return the places of each text, or which text and pattern took too long."""
    found: list[Places] = []
    for place, text in enumerate(texts):
        found.append([])
        for number, pattern in enumerate(patterns):
            try:
                with _bounded(seconds):
                    found[-1] += [match.span(group) for match in pattern.finditer(text)]
            except (_TooLong, RecursionError, MemoryError):
                return {"slow": number, "text": place}
    return {"found": found}


if __name__ == "__main__":
    main()
