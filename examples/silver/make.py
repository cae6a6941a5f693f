"""Makes the corpus ``en-silver``: invented English news, marked as it is made, from one seed.

    python examples/silver/make.py FOLDER

A sentence is an opening, a main clause and endings (`phrases`), filled with names (`names`). Dev and test
draw half of their phrases and half of their names from some that no other split has. Nothing was taken from
a text or a list of anyone's: what is learned from it is how models differ, and nothing about the world.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from names import SPLITS, Names, divide
from phrases import ENDINGS, MAINS, OPENINGS, WORDS

SEED = 19
SIZES = {"train": 2400, "dev": 500, "test": 1000}
_LABELS = {
    **dict.fromkeys(("PER", "SURNAME"), "PER"),
    **dict.fromkeys(("LOC", "TOWN"), "LOC"),
    **dict.fromkeys(("FIRM", "BODY", "TEAM"), "ORG"),
    **dict.fromkeys(("ADJ", "MISC", "WORK"), "MISC"),
}
_SLOT = re.compile(r"\{(\w+)(?::(\w+))?\}")
_WITH_ARTICLE = ("Ministry", "University", "National Union", "General Union", "Strait", "Gulf", "Isle")
_OPENED, _ENDED, _ENDED_TWICE, _SHOUTED, _OWN = 0.4, 0.65, 0.2, 0.04, 0.5

Entity = tuple[int, int, str]


def make(split: str, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Yield the documents of a split, a sentence each, as span JSONL has them."""
    random = Random(f"{seed} {split}")
    names = Names(split, seed, random)
    phrases = [
        divide(text.strip("\n").split("\n"), Random(f"{seed} phrases")) for text in (OPENINGS, MAINS, ENDINGS)
    ]
    for number in range(SIZES[split]):
        text, entities = _fill(_pattern(phrases, split, random), names, random)
        found = [{"start": start, "end": end, "label": label} for start, end, label in entities]
        yield {"id": f"{split}-{number + 1}", "text": text, "entities": found}


def _pattern(phrases: Sequence[dict[str, list[str]]], split: str, random: Random) -> str:
    """Put a sentence together; slots are still empty."""

    def draw(parts: dict[str, list[str]]) -> str:
        own = split != "train" and random.random() < _OWN
        return random.choice(parts[split if own else "train"])

    openings, mains, endings = phrases
    pattern = draw(mains)
    if random.random() < _OPENED:
        pattern = f"{draw(openings)} {pattern}"
    for share in (_ENDED, _ENDED_TWICE):
        if random.random() < share:
            pattern += draw(endings)
    return f"{pattern}."


def _fill(pattern: str, names: Names, random: Random) -> tuple[str, list[Entity]]:
    """Fill the slots; a capital at the beginning."""
    text, entities, last = "", [], 0
    for slot in _SLOT.finditer(pattern):
        text += pattern[last : slot.start()]
        kind, role = slot.groups()
        if kind.islower():
            text += _word(kind, random)
        else:
            name = names.of(kind)
            if name.startswith(_WITH_ARTICLE) and not text.lower().endswith("the "):
                text += "the "
            quote = '"' if kind == "WORK" else ""
            text += quote
            entities.append((len(text), len(text) + len(name), role or _LABELS[kind]))
            text += name + quote
        last = slot.end()
    text += pattern[last:]
    text = text[0].upper() + text[1:]
    return text.upper() if random.random() < _SHOUTED else text, entities


def _word(kind: str, random: Random) -> str:
    if kind == "n":
        return str(random.choice((random.randint(1, 9), random.randint(10, 99), random.randint(100, 9000))))
    if kind == "goals":
        return str(random.randint(0, 6))
    if kind == "percent":
        return f"{random.randint(1, 60)} percent"
    if kind == "years":
        return str(random.randint(2, 40))
    if kind == "year":
        return str(random.randint(1950, 2025))
    if kind == "money":
        return f"${random.randint(2, 900)} million"
    return random.choice(WORDS[kind].split("|"))


def write(folder: Path) -> None:
    """Write all splits, compressed; the same bytes whenever and wherever it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        lines = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in make(split))
        packed = gzip.compress(lines.encode(), 9, mtime=0)
        (folder / f"{split}.jsonl.gz").write_bytes(packed)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
