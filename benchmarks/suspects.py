"""How well label suspects are found: against a corrected copy of the data, or against errors planted here.

    python benchmarks/suspects.py RUN --corrected FILE
    python benchmarks/suspects.py RUN --corrupt 0.05 --seed 1

The run's model judges a split that it was not trained on. With ``--corrupt`` the split's gold is taken for
right, so that its own errors count against the ranking: the precision is a lower bound.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from onoma.inspection.suspects import JudgedDocument, Suspect, find_suspects
from onoma.runtime.judging import judge
from onoma.runtime.loading import load
from onoma.text import Document, Span
from onoma.tokenize import get_tokenizer
from onoma.training.data import load_corpus, load_run_data
from onoma.training.folder import stored_config

KINDS = ("label", "boundary", "deletion", "addition")
RANKS = (10, 20, 50, 100, 200, 500, 1000)


class Error(NamedTuple):
    """A difference of gold from the corrected data: ``wrong`` stands in gold, ``right`` is missing there."""

    document: str
    kind: str
    wrong: Span | None
    right: Span | None


def plant_errors(documents: Sequence[Document], share: float, seed: int) -> list[Document]:
    """Spoil a share of the entities, in equal parts by each of `KINDS`; an added one counts as one."""
    rng = random.Random(seed)
    labels = sorted({span.label for document in documents for span in document.entities})
    places = [(index, span) for index, document in enumerate(documents) for span in document.entities]
    chosen = rng.sample(places, round(share * len(places)))
    entities = [list(document.entities) for document in documents]
    for number, (index, span) in enumerate(chosen):
        kind = KINDS[number % len(KINDS)]
        document, own = documents[index], entities[index]
        if kind == "addition":
            new = _free_span(document, own, rng.choice(labels), rng)
        else:
            own.remove(span)
            new = None
            if kind == "label" and len(labels) > 1:
                new = span._replace(label=rng.choice([label for label in labels if label != span.label]))
            elif kind == "boundary":
                new = _shifted(document, own, span, rng) or span
        if new is not None:
            own.append(new)
    return [one.with_entities(spans) for one, spans in zip(documents, entities, strict=True)]


def _free_span(document: Document, taken: Sequence[Span], label: str, rng: random.Random) -> Span | None:
    """Some one or two tokens of a sentence that are in no entity."""
    for _ in range(50):
        first, end = rng.choice([one for one in document.sentences if one[1] > one[0]])
        start = rng.randrange(first, end)
        new = _span(document, start, min(end, start + rng.choice((1, 2))), label)
        if not any(_overlap(new, other) for other in taken):
            return new
    return None


def _shifted(document: Document, others: Sequence[Span], span: Span, rng: random.Random) -> Span | None:
    """The span with a token more or less at one end, where there is room for that."""
    first = next(index for index, token in enumerate(document.tokens) if token.end > span.start)
    end = next(index for index, token in enumerate(document.tokens) if token.end >= span.end) + 1
    low, high = next(one for one in document.sentences if one[0] <= first < one[1])
    options = [(first - 1, end), (first + 1, end), (first, end - 1), (first, end + 1)]
    rng.shuffle(options)
    for start, stop in options:
        if low <= start < stop <= high:
            new = _span(document, start, stop, span.label)
            if not any(_overlap(new, other) for other in others):
                return new
    return None


def _span(document: Document, first: int, end: int, label: str) -> Span:
    start, stop = document.tokens[first].start, document.tokens[end - 1].end
    return Span(start, stop, label, document.text[start:stop])


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def find_errors(gold: Sequence[Document], corrected: Sequence[Document]) -> list[Error]:
    """Return where two annotations of the same texts differ."""
    errors = []
    for one, other in zip(gold, corrected, strict=True):
        if one.text != other.text:
            sys.exit(f"{one.id}: the corrected data has another text here, so it cannot be compared")
        kept = {span.key for span in one.entities} & {span.key for span in other.entities}
        lost = [span for span in other.entities if span.key not in kept]
        for wrong in (span for span in one.entities if span.key not in kept):
            rights = [right for right in lost if _overlap(wrong, right)]
            same = [right for right in rights if right[:2] == wrong[:2]]
            kind = "label" if same else "boundary" if rights else "addition"
            errors.append(Error(one.id, kind, wrong, (same or rights or [None])[0]))
            lost = [right for right in lost if right not in rights]
        errors += [Error(one.id, "deletion", None, right) for right in lost]
    return errors


def hits(suspects: Sequence[Suspect], errors: Sequence[Error]) -> list[int | None]:
    """Return for each suspect the error that it points at, None where there is none."""
    wrong = {(one.document, one.wrong.key): i for i, one in enumerate(errors) if one.wrong is not None}
    lost: dict[str, list[tuple[int, Span]]] = {}
    for index, one in enumerate(errors):
        if one.wrong is None and one.right is not None:
            lost.setdefault(one.document, []).append((index, one.right))
    found: list[int | None] = []
    for suspect in suspects:
        if suspect.gold is not None:
            found.append(wrong.get((suspect.document, suspect.gold.key)))
        else:
            assert suspect.suggested is not None
            here = lost.get(suspect.document, ())
            found.append(next((i for i, right in here if _overlap(suspect.suggested, right)), None))
    return found


def measure(judged: Sequence[JudgedDocument], errors: Sequence[Error]) -> dict[str, object]:
    """Return precision at ranks, recall, and what a random order of all places would give."""
    suspicion = find_suspects(judged)
    found = hits(suspicion.suspects, errors)
    candidates = sum(len(one.entities) + len(one.extra) for one in judged)
    distinct: set[int] = set()
    rows = []
    ranks = sorted({rank for rank in (*RANKS, len(errors), len(found)) if 0 < rank <= len(found)})
    for rank, index in enumerate(found, 1):
        if index is not None:
            distinct.add(index)
        if rank in ranks:
            right = sum(one is not None for one in found[:rank])
            row = {"k": rank, "precision": right / rank, "recall": len(distinct) / max(1, len(errors))}
            rows.append({**row, "random_precision": len(errors) / candidates})
    totals = Counter(error.kind for error in errors)
    by_kind = Counter(errors[index].kind for index in distinct)
    return {
        "errors": len(errors),
        "candidates": candidates,
        "suspects": len(found),
        "at": rows,
        "recall_by_kind": {kind: by_kind[kind] / totals[kind] for kind in KINDS if totals[kind]},
        "suspects_by_kind": dict(suspicion.kinds),
    }


def _documents(run: Path, split: str) -> tuple[Sequence[Document], str]:
    config = stored_config(run)
    if config is None:
        sys.exit(f"{run}: is no run")
    splits = load_run_data(config.data, config.training.seed).splits
    if split not in splits or split == "train":
        sys.exit(f"{run}: has no {split} documents that it was not trained on")
    return splits[split].documents, config.data.on_nested


def _lines(result: dict[str, object]) -> Iterator[str]:
    yield f"{result['errors']} errors among {result['candidates']} places, {result['suspects']} suspects"
    yield f"{'k':>6} {'precision':>10} {'recall':>8} {'random precision':>17}"
    rows = result["at"]
    assert isinstance(rows, list)
    for row in rows:
        rates = f"{row['precision']:>10.3f} {row['recall']:>8.3f} {row['random_precision']:>17.3f}"
        yield f"{row['k']:>6} {rates}"
    yield f"recall by kind of error: {json.dumps(result['recall_by_kind'])}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, help="a finished run")
    parser.add_argument("--split", default="test", help="dev or test")
    parser.add_argument("--corrected", type=Path, help="the split's file, corrected")
    parser.add_argument("--corrupt", type=float, help="share of the split's entities to spoil")
    parser.add_argument("--seed", type=int, default=1, help="of what is spoilt")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if (given.corrected is None) == (given.corrupt is None):
        parser.error("give --corrected FILE or --corrupt SHARE")
    gold, on_nested = _documents(given.run, given.split)
    if given.corrected is not None:
        config = stored_config(given.run)
        assert config is not None
        options, tokenizer = config.data.read_options(), get_tokenizer(config.data.tokenizer)
        corrected = load_corpus(given.corrected, options, given.split, tokenizer).documents
        if len(corrected) != len(gold):
            sys.exit(f"{given.corrected}: has {len(corrected)} documents, the split has {len(gold)}")
    else:
        corrected, gold = gold, plant_errors(gold, given.corrupt, given.seed)
    begin = time.perf_counter()
    judged = list(judge(load(given.run), gold, on_nested=on_nested))
    result = measure(judged, find_errors(gold, corrected))
    result["seconds"] = round(time.perf_counter() - begin, 1)
    print(json.dumps(result) if given.json else "\n".join(_lines(result)))


if __name__ == "__main__":
    main()
