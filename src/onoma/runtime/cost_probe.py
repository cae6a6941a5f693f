"""One round of a model's prediction cost, in its own process: ``python -m ... BUNDLE SENTENCES SECONDS``.

It imports nothing heavy before the model is loaded, so that memory and start are the model's own. It prints a
line of JSON after the first answer, and a second one with the figures at the end.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onoma.runtime.memory import resident_peak_mb
from onoma.runtime.other_work import Watch

_WARM_UP = 20
_SINGLES = 300
_BULK_CHUNK, _LEAST_CHUNK = 256, 32


def probe(bundle: str, sentences: Sequence[str], seconds: float) -> None:
    """Measure and print; see the module.

    Args:
        bundle: the folder.
        sentences: in the order of the data. They are taken in random order: however far a slow model comes,
            it is a sample of all.
        seconds: after so many bulk and the warming up end; after twice as many, what is done one by one.
    """
    before = resident_peak_mb()
    from onoma.runtime.loading import load

    order = random.Random(0).sample(range(len(sentences)), len(sentences))
    tagger = load(bundle, threads=1)
    tagger(sentences[order[0]])
    print(json.dumps({"answered": True}), flush=True)
    from onoma.runtime.cost_context import Surroundings

    given = Surroundings(tagger, sentences)
    warm = len(_time_singles(tagger, given, order[:_WARM_UP], seconds))
    tagger.tag([given(index) for index in order[:warm]])
    watch = Watch()
    milliseconds = _time_singles(tagger, given, order[:_SINGLES], 2 * seconds)
    in_time = int(1000 * seconds / max(statistics.median(milliseconds), 1e-3))
    chunk = min(_BULK_CHUNK, max(_LEAST_CHUNK, in_time))  # the clock is looked at between chunks only
    tokens, took = _time_bulk(tagger, given, order, seconds, chunk)
    seen = watch.look()
    facts = {
        "milliseconds": milliseconds,
        "bulk_tokens": tokens,
        "bulk_seconds": took,
        "memory_mb": resident_peak_mb() - before,
        "waited": seen.waited,
        "others": seen.others,
    }
    print(json.dumps(facts), flush=True)


def _time_singles(tagger: Any, given: Any, order: Sequence[int], limit: float) -> list[float]:
    """Milliseconds of each sentence, in order, until the time is up."""
    found = []
    deadline = time.perf_counter() + limit
    for index in order:
        started = time.perf_counter()
        tagger(given(index))
        ended = time.perf_counter()
        found.append(1000 * (ended - started))
        if ended > deadline:
            break
    return found


def _time_bulk(tagger: Any, given: Any, order: Sequence[int], limit: float, chunk: int) -> tuple[int, float]:
    """Tag so many sentences at a time until all is done, or the time is up; return tokens and seconds."""
    tokens = 0
    groups = given.in_bulk(order)
    size = max(1, chunk * len(groups) // len(order))
    started = time.perf_counter()
    for first in range(0, len(groups), size):
        some = groups[first : first + size]
        documents = tagger.tag([given.document(indices) for indices in some])
        tokens += sum(document.num_tokens for document in documents)
        if time.perf_counter() - started > limit:
            break
    return tokens, time.perf_counter() - started


if __name__ == "__main__":
    probe(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")), float(sys.argv[3]))
