"""NEREL through `onoma convert` and back: JSONL, brat, span JSONL, JSONL. Exit code 1 if anything is lost.

    python benchmarks/roundtrip.py --data NEREL_FOLDER

Every step is the command line in a process of its own. After each, the documents are read and compared with
those of the beginning: ids, texts, entities with their ids and pieces, relations, links, and document
labels where the format has room for them. brat has none; the step out of it makes them of the relations, as
they were made at first. At the end the two JSONL files are compared line by line, without Onoma's readers:
pieces in text order, relations and links without their numbers, to which nothing refers. A link of an
entity that is not there has no place in a document: the reader leaves it out and says so. Such links are
counted here, and not as lost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from onoma.errors import OnomaError
from onoma.readers import ReadOptions, find_splits, read_corpus
from onoma.text import Document

STEPS = (("brat", "brat"), ("spans-jsonl", "spans.jsonl"), ("nerel", "nerel.jsonl"))
KINDS = ("documents", "entities", "pieces", "relations", "links", "labels")
SHOWN = 5


class Record(NamedTuple):
    """A line of NEREL's JSONL as its own strings have it, without what may change."""

    id: str
    text: str
    entities: Counter[Any]
    relations: Counter[Any]
    links: Counter[Any]
    dangling: int


def convert(source: Path, target: Path, formats: tuple[str, str]) -> dict[str, Any]:
    """Run the command and return the account that it gives."""
    command = [sys.executable, "-m", "onoma", "convert", str(source), str(target), "--json", "--quiet"]
    command += ["--from", formats[0], "--to", formats[1]]
    if formats[0] == "brat":
        command += ["--document-labels", "relations"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"onoma convert {source.name} {target.name}: {done.stderr.strip()}")
    account: dict[str, Any] = json.loads(done.stdout)
    return account


def count(documents: Iterable[Document]) -> Counter[str]:
    """Count what the documents hold; ``labels`` is missing where none is annotated."""
    counts: Counter[str] = Counter()
    for one in documents:
        counts["documents"] += 1
        counts["entities"] += len(one.entities)
        counts["pieces"] += sum(len(span.fragments) or 1 for span in one.entities)
        counts["relations"] += len(one.relations)
        counts["links"] += len(one.links)
        if one.labels is not None:
            counts["labels"] += len(one.labels)
    return counts


def differences(before: Sequence[Document], after: Sequence[Document]) -> list[str]:
    """Return a line for each part of a document that is not what it was; tokens, a view, do not count."""
    found = []
    known = {one.id: one for one in after}
    for one in before:
        other = known.pop(one.id, None)
        if other is None:
            found.append(f"{one.id}: gone")
            continue
        parts = ["text", "entities", "relations", "links"] + ["labels"] * (other.labels is not None)
        found += [f"{one.id}: other {part}" for part in parts if getattr(one, part) != getattr(other, part)]
    return found + [f"{name}: was not there" for name in known]


def raw_records(path: Path) -> list[Record]:
    with path.open(encoding="utf-8") as lines:
        return [raw_record(json.loads(line)) for line in lines]


def raw_record(line: dict[str, Any]) -> Record:
    entities: Counter[Any] = Counter()
    names = set()
    for entity in line["entities"]:
        name, place, surface = entity.split("\t")
        label, _, offsets = place.partition(" ")
        listed = [tuple(map(int, piece.split(" "))) for piece in offsets.split(";")]
        in_order = listed == sorted(listed)
        pieces = [(start, end, line["text"][start:end]) for start, end in sorted(listed)]
        joined = " ".join(text for *_, text in pieces)
        if in_order and surface.split() != joined.split():
            raise SystemExit(f"document {line['id']}: {name} is not at its offsets: {surface!r}, {joined!r}")
        entities[name, label, tuple(pieces)] += 1
        names.add(name)
    links = Counter(tuple(link.split("\t", 1)[1].split("\t")) for link in line.get("links", ()))
    dangling = sum(n for (what, *_), n in links.items() if what.split(" ")[1] not in names)
    kept = Counter({link: n for link, n in links.items() if link[0].split(" ")[1] in names})
    relations = Counter(relation.split("\t")[1] for relation in line["relations"])
    return Record(str(line["id"]), line["text"], entities, relations, kept, dangling)


def raw_differences(before: Path, after: Path) -> tuple[list[str], int]:
    """Return where two files of NEREL differ, and how many links of nothing the first has."""
    one, other = raw_records(before), raw_records(after)
    found = [] if len(one) == len(other) else [f"{len(one)} lines, {len(other)} afterwards"]
    for left, right in zip(one, other, strict=False):
        for part in Record._fields[:-1]:
            if getattr(left, part) != getattr(right, part):
                found.append(f"{left.id}: other {part}")
    return found, sum(record.dangling for record in one)


def print_row(name: str, counts: Counter[str], note: str) -> None:
    cells = (f"{counts[kind]:>10,}" if kind in counts else f"{'-':>10}" for kind in KINDS)
    print(f"{name:<20}{''.join(cells)}  {note}")


def tell(found: Sequence[str]) -> str:
    for line in found[:SHOWN]:
        print(f"    {line}")
    return f"{len(found)} differences" if found else "equal"


def trip(split: str, source: Path, folder: Path) -> int:
    """Take one split there and back; print each step and return the number of differences."""
    before = read_corpus(source).documents
    print_row(split, count(before), "")
    number, last, format = 0, source, "nerel"
    for to, name in STEPS:
        target = folder / f"{split}-{name}"
        account = convert(last, target, (format, to))
        after = read_corpus(target, ReadOptions(format=to)).documents
        changed = differences(before, after)
        lost = sum(account[part]["read"] - account[part]["kept"] for part in ("fitting", "writing"))
        print_row(f"  {to}", count(after), f"{tell(changed)}, {lost} not written as they were")
        number += len(changed) + lost
        last, format = target, to
    changed, dangling = raw_differences(source, last)
    note = f"; {dangling} link of no entity left out on reading" if dangling else ""
    print(f"  the two files line by line: {tell(changed)}{note}")
    return number + len(changed)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="NEREL through onoma convert and back.")
    parser.add_argument("--data", type=Path, required=True, help="NEREL's folder")
    options = parser.parse_args(arguments)
    try:
        splits = find_splits(options.data)
        print(f"{'':<20}{''.join(f'{kind:>10}' for kind in KINDS)}")
        with tempfile.TemporaryDirectory() as folder:
            number = sum(trip(split, path, Path(folder)) for split, path in splits.items())
    except OnomaError as error:
        raise SystemExit(str(error)) from None
    print("nothing is lost" if not number else f"{number} differences")
    return int(number > 0)


if __name__ == "__main__":
    sys.exit(main())
