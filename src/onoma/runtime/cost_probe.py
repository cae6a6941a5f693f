"""One round of a model's prediction cost, in its own process: ``python -m ... BUNDLE SENTENCES SECONDS``.

It imports nothing heavy before the model is loaded, so that memory and start are the model's own. It prints a
line of JSON after the first answer, and a second one with the figures at the end.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onoma.runtime.memory import resident_peak_mb
from onoma.runtime.other_work import Watch

_WARM_UP = 20
_SINGLES = 300
_BULK_CHUNK = 256


def probe(bundle: str, sentences: Sequence[str], seconds: float) -> None:
    """Measure and print; see the module.

    Args:
        bundle: the folder.
        sentences: in random order, so that the first ones stand for all.
        seconds: after so many bulk ends; after twice as many, what is done one by one.
    """
    before = resident_peak_mb()
    from onoma.runtime.loading import load

    tagger = load(bundle, threads=1)
    tagger(sentences[0])
    print(json.dumps({"answered": True}), flush=True)
    for text in sentences[:_WARM_UP]:
        tagger(text)
    tagger.tag(sentences[:_WARM_UP])
    watch = Watch()
    milliseconds = _time_singles(tagger, sentences[:_SINGLES], 2 * seconds)
    tokens, took = _time_bulk(tagger, sentences, seconds)
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


def _time_singles(tagger: Any, sentences: Sequence[str], limit: float) -> list[float]:
    """Milliseconds of each sentence, in order, until the time is up."""
    found = []
    deadline = time.perf_counter() + limit
    for text in sentences:
        started = time.perf_counter()
        tagger(text)
        ended = time.perf_counter()
        found.append(1000 * (ended - started))
        if ended > deadline:
            break
    return found


def _time_bulk(tagger: Any, sentences: Sequence[str], limit: float) -> tuple[int, float]:
    """Tag chunk by chunk until all is done, or the time is up; return tokens and seconds."""
    tokens = 0
    started = time.perf_counter()
    for first in range(0, len(sentences), _BULK_CHUNK):
        documents = tagger.tag(sentences[first : first + _BULK_CHUNK])
        tokens += sum(document.num_tokens for document in documents)
        if time.perf_counter() - started > limit:
            break
    return tokens, time.perf_counter() - started


if __name__ == "__main__":
    probe(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")), float(sys.argv[3]))
