"""Measures a model's prediction cost in the process it is run in: ``python -m ... BUNDLE SENTENCES``.

It imports nothing heavy before the model is loaded, so that memory and start are the model's own. It prints a
line of JSON after the first answer, and a second one with the figures at the end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onoma.runtime.memory import resident_peak_mb

_WARM_UP = 20
_SINGLES = 300
_ROUNDS = 3
_BULK_CHUNK = 256
_SECONDS = float(os.environ.get("ONOMA_PROBE_SECONDS", "10"))
"""Most seconds in bulk; twice as many one by one. Tests have less."""
_BULK_SECONDS, _SINGLE_SECONDS = _SECONDS, 2 * _SECONDS


def probe(bundle: str, sentences: Sequence[str]) -> None:
    """Measure and print; see the module."""
    before = resident_peak_mb()
    from onoma.runtime.loading import load

    tagger = load(bundle, threads=1)
    tagger(sentences[0])
    print(json.dumps({"answered": True}), flush=True)
    for text in sentences[:_WARM_UP]:
        tagger(text)
    milliseconds = _time_singles(tagger, _spread(sentences, _SINGLES))
    tokens, seconds = _time_bulk(tagger, sentences)
    facts = {
        "milliseconds": milliseconds,
        "bulk_tokens": tokens,
        "bulk_seconds": seconds,
        "memory_mb": resident_peak_mb() - before,
    }
    print(json.dumps(facts), flush=True)


def _spread(sentences: Sequence[str], count: int) -> list[str]:
    """At most ``count`` sentences, evenly from all."""
    count = min(count, len(sentences))
    return [sentences[index * len(sentences) // count] for index in range(count)]


def _time_singles(tagger: Any, sentences: Sequence[str]) -> list[float]:
    """Milliseconds of each sentence: the best of some rounds, since other processes only ever add to it."""
    best = [float("inf")] * len(sentences)
    deadline = time.perf_counter() + _SINGLE_SECONDS
    for _ in range(_ROUNDS):
        for place, text in enumerate(sentences):
            started = time.perf_counter()
            tagger(text)
            ended = time.perf_counter()
            best[place] = min(best[place], 1000 * (ended - started))
            if ended > deadline:
                return [value for value in best if value < float("inf")]
    return best


def _time_bulk(tagger: Any, sentences: Sequence[str]) -> tuple[int, float]:
    """Tag chunk by chunk until all is done, or the time is up; return tokens and seconds."""
    tokens = 0
    started = time.perf_counter()
    for first in range(0, len(sentences), _BULK_CHUNK):
        documents = tagger.tag(sentences[first : first + _BULK_CHUNK])
        tokens += sum(document.num_tokens for document in documents)
        if time.perf_counter() - started > _BULK_SECONDS:
            break
    return tokens, time.perf_counter() - started


if __name__ == "__main__":
    probe(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
