"""The command that `silver_en.py` and `silver_ru.py` are: sentences of all kinds, one a document."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from onoma.readers import write_documents
from onoma.text import Document, Span

Slots = TypeVar("Slots")
Made = tuple[str, list[tuple[int, int, str]]]
"""A sentence, and its entities: start, end, label."""


def write_silver(
    about: str,
    templates: Mapping[str, Sequence[str]],
    slots_of: Callable[[random.Random, int], Slots],
    make: Callable[[str, Slots], Made],
    *,
    lower_chat: float,
) -> None:
    """Read the command line, and write the sentences.

    Args:
        about: what is made, its first line for ``--help``.
        templates: by kind; each kind has the same share.
        slots_of: what fills slots, of a random generator and a seed.
        make: a sentence of a template.
        lower_chat: share of the sentences of the kind ``chat`` that are in lower case.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=13)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    slots = slots_of(rng, given.seed)
    documents = []
    for number in range(given.sentences):
        kind = rng.choice(list(templates))
        text, entities = make(rng.choice(templates[kind]), slots)
        if kind == "chat" and rng.random() < lower_chat:
            text = text.lower()
        spans = tuple(Span(start, end, label, text[start:end]) for start, end, label in entities)
        documents.append(Document(f"silver-{number}", text, entities=spans))
    write_documents(given.out, documents, format="spans-jsonl")
