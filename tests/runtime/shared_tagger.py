"""Many threads that use one thing at the same time, and texts that make them write what they share."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from onoma.text import Document

THREADS = 8
WORDS = [
    "John",
    "Smith",
    "flew",
    "from",
    "Berlin",
    "to",
    "Oslo",
    ".",
    "The",
    "bank",
    "of",
    "Acme",
    "Ltd",
    "hired",
    "Mary",
    ",",
    "not",
    "Bob",
    "!",
]
_KNOWN = [word for word in WORDS if word.isalpha()]

Asked = TypeVar("Asked")
Given = TypeVar("Given")


def texts_of_new_words(count: int, seed: int) -> list[str]:
    """Texts that are all different; every second word of theirs is one that nobody has seen."""
    rng = random.Random(seed)
    return [
        " ".join(
            word
            for _ in range(3)
            for word in (rng.choice(_KNOWN), "".join(rng.choices("abcdeXYZö1-", k=rng.randint(3, 12))))
        )
        for _ in range(count)
    ]


def all_at_once(
    work: Callable[[Asked], Given], asked: Sequence[Asked], also: Callable[[], object] | None = None
) -> list[Given | BaseException]:
    """Do each piece of work twice, in two of the threads, which all run at the same time.

    Args:
        work: what is done.
        asked: pieces of work.
        also: what one more thread does over and over meanwhile.

    Returns:
        What came of each, twice in a row of all: a result, or what was raised.
    """
    results: list[Given | BaseException | None] = [None] * (2 * len(asked))

    def run(number: int) -> None:
        # Threads n and n + THREADS/2 have the same work: they meet the same new words.
        first = number % (THREADS // 2)
        for place in range(first, len(asked), THREADS // 2):
            try:
                result: Given | BaseException = work(asked[place])
            except BaseException as error:
                result = error
            results[place + (len(asked) if number >= THREADS // 2 else 0)] = result

    run_together([partial(run, number) for number in range(THREADS)], also)
    return results  # type: ignore[return-value]


def run_together(runs: Sequence[Callable[[], object]], also: Callable[[], object] | None = None) -> None:
    """Run each in a thread of its own, all from the same moment on, and changing places all the time.

    Args:
        runs: what each thread does; nothing may be raised.
        also: what one more thread does over and over meanwhile.
    """
    start = threading.Barrier(len(runs))
    done = threading.Event()

    def begin(run: Callable[[], object]) -> None:
        start.wait()
        run()

    def disturb() -> None:
        while also and not done.wait(0.0005):
            also()

    threads = [threading.Thread(target=begin, args=(run,)) for run in runs]
    other = threading.Thread(target=disturb)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in (other, *threads):
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
        done.set()
        other.join()


def wrong(expected: Sequence[Document], given: Sequence[Document | BaseException]) -> list[int]:
    """Places of answers that are not what was expected, rounding aside."""
    return [
        place
        for place, (one, other) in enumerate(zip(expected, given, strict=True))
        if isinstance(other, BaseException) or not _same(one, other)
    ]


def _same(one: Document, other: Document) -> bool:
    keys = [[span.key for span in document.entities] for document in (one, other)]
    pairs = zip(one.entities, other.entities, strict=False)
    close = all(abs((left.score or 0) - (right.score or 0)) < 1e-4 for left, right in pairs)
    return one.labels == other.labels and keys[0] == keys[1] and close
