"""How many of a visitor's sentences a model tags without an error.

    python benchmarks/visitors.py en [MODEL ...] [--half open|held] [--errors]

`benchmarks/visitors/` has 60 sentences a language that people might type, written and annotated for this,
in two halves of the same kinds: `open` is looked at while models are made, `held` is not, and its errors
are not shown. How they are annotated, and why, is in `GUIDE.md` there. A sentence is right when the
entities found are all those of its gold, or of one of the readings accepted beside it, and no more.

For Russian a second figure asks for the core labels alone (people, organisations, cities, countries, dates),
outermost ones, which a flat model can find, too.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onoma

FOLDER = Path(__file__).parent / "visitors"
CORE = {"PERSON", "ORGANIZATION", "CITY", "COUNTRY", "DATE"}

Found = frozenset[tuple[int, int, str]]


@dataclass(frozen=True)
class Sentence:
    """What a visitor types, and what is right: any of these."""

    kind: str
    text: str
    right: tuple[Found, ...]
    core: tuple[Found, ...]


def read(path: Path) -> list[Sentence]:
    """Return the sentences of a file."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        right = (record["entities"], *record.get("accept", ()))
        core = (record["flat_core"], *record.get("flat_core_accept", ())) if "flat_core" in record else ()
        found.append(Sentence(record["kind"], record["text"], _sets(right), _sets(core)))
    return found


def _sets(lists: Iterable[Iterable[Sequence[Any]]]) -> tuple[Found, ...]:
    return tuple(frozenset((start, end, label) for start, end, label in entities) for entities in lists)


def outermost_core(found: Found) -> Found:
    """Return the core entities that lie in no other one of them."""
    core = [entity for entity in found if entity[2] in CORE]
    return frozenset(
        one
        for one in core
        if not any(other != one and other[0] <= one[0] and one[1] <= other[1] for other in core)
    )


def main() -> None:
    """Print a table, and errors where they may be seen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", choices=("en", "ru"))
    parser.add_argument("models", nargs="*", help="the shipped model of the language when none is given")
    parser.add_argument("--half", choices=("open", "held"), action="append")
    parser.add_argument("--errors", action="store_true", help="show the errors of the open half")
    given = parser.parse_args()
    for model in given.models or [given.language]:
        tagger = onoma.load(model)
        for half in given.half or ("open", "held"):
            sentences = read(FOLDER / f"{given.language}-{half}.jsonl")
            show(model, half, sentences, tagger, errors=given.errors and half == "open")


def show(model: str, half: str, sentences: Sequence[Sentence], tagger: Any, *, errors: bool) -> None:
    """Print how many sentences of a half are right, and of which kinds the others are."""
    right, core, wrong = 0, [], Counter[str]()
    for sentence in sentences:
        document = tagger(sentence.text)
        found = frozenset((one.start, one.end, one.label) for one in document.entities)
        right += (fits := found in sentence.right)
        wrong[sentence.kind] += not fits
        if sentence.core:
            core.append(outermost_core(found) in sentence.core)
        if errors and not fits:
            print(f"  {sentence.text}")
            for sign, entities in (("-", sentence.right[0] - found), ("+", found - sentence.right[0])):
                for start, end, label in sorted(entities):
                    print(f"    {sign} {sentence.text[start:end]} [{label}]")
    line = f"{model}, {half}: {right} of {len(sentences)} right ({right / len(sentences):.0%})"
    if core:
        line += f"; core labels {sum(core)} of {len(core)} ({sum(core) / len(core):.0%})"
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(wrong.items()) if count)
    print(f"{line}; wrong by kind: {kinds or 'none'}")


if __name__ == "__main__":
    main()
