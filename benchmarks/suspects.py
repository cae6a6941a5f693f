"""How well label suspects are found: against a corrected copy of the data, or against errors planted here.

    python benchmarks/suspects.py RUN [RUN...] --corrected FILE
    python benchmarks/suspects.py RUN [RUN...] --corrupt 0.05 [--likely] --seed 1

The runs' models judge a split that they were not trained on. With ``--corrupt`` the split's gold is taken for
right, so that its own errors count against the ranking: the precision is a lower bound. Errors are at random,
or with ``--likely`` as annotators err (`planted_errors.plant_likely`).

Three rankings are compared: by the margin alone, with precedents (what `onoma inspect --suspects` shows), and
that of cleanlab's token classification on the first model's marginals, where cleanlab can be imported.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from onoma.inspection.suspect_ranking import merge, weigh
from onoma.inspection.suspects import Suspect, Suspicion, find_suspects
from onoma.runtime.judging import judge
from onoma.runtime.loading import load
from onoma.runtime.tagger import Tagger
from onoma.teachers import TeacherOptions, open_teacher
from onoma.text import Document, Span
from onoma.tokenize import get_tokenizer
from onoma.training.config import RunConfig
from onoma.training.data import load_corpus, load_run_data
from onoma.training.folder import stored_config
from planted_errors import KINDS, Confusions, overlap, plant_likely, plant_random

RANKS = (10, 20, 50, 100, 200, 500, 1000)


class Error(NamedTuple):
    """A difference of gold from the corrected data: ``wrong`` stands in gold, ``right`` is missing there."""

    document: str
    kind: str
    wrong: Span | None
    right: Span | None


def find_errors(gold: Sequence[Document], corrected: Sequence[Document]) -> list[Error]:
    """Return where two annotations of the same texts differ."""
    errors = []
    for one, other in zip(gold, corrected, strict=True):
        if one.text != other.text:
            sys.exit(f"{one.id}: the corrected data has another text here, so it cannot be compared")
        kept = {span.key for span in one.entities} & {span.key for span in other.entities}
        lost = [span for span in other.entities if span.key not in kept]
        for wrong in (span for span in one.entities if span.key not in kept):
            rights = [right for right in lost if overlap(wrong, right)]
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
            found.append(next((i for i, right in here if overlap(suspect.suggested, right)), None))
    return found


def measure(name: str, suspects: Sequence[Suspect], errors: Sequence[Error]) -> dict[str, object]:
    """Return a ranking's precision at ranks, and its recall."""
    found = hits(suspects, errors)
    distinct: set[int] = set()
    at: dict[int, float] = {}
    for rank, index in enumerate(found, 1):
        if index is not None:
            distinct.add(index)
        if rank in RANKS:
            at[rank] = sum(one is not None for one in found[:rank]) / rank
    totals = Counter(error.kind for error in errors)
    by_kind = Counter(errors[index].kind for index in distinct)
    return {
        "ranking": name,
        "suspects": len(found),
        "precision_at": at,
        "recall": len(distinct) / max(1, len(errors)),
        "recall_by_kind": {kind: by_kind[kind] / totals[kind] for kind in KINDS if totals[kind]},
    }


def confusions(tagger: Tagger, documents: Sequence[Document]) -> Confusions:
    """Return which labels a model gives to the entities of documents that it has not seen, where it errs."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for gold, predicted in zip(documents, tagger.tag(documents), strict=True):
        found = {span.key[:2]: span.label for span in predicted.entities}
        for span in gold.entities:
            other = found.get(span.key[:2], span.label)
            if other != span.label:
                counts[span.label][other] += 1
    return counts


def by_cleanlab(run: Path, documents: Sequence[Document]) -> list[Suspect] | None:
    """Rank by cleanlab's token classification: the least probable tokens first, an entity by its worst one.

    Returns None where cleanlab cannot be imported.
    """
    try:
        from cleanlab.token_classification.rank import get_label_quality_scores
    except ImportError:
        return None
    teacher = open_teacher(str(run), TeacherOptions())
    place = {label: number for number, label in enumerate(teacher.labels, 1)}
    tokens, given, probabilities = [], [], []
    for document, marginals in zip(documents, teacher.teach(documents), strict=True):
        parts = marginals[:, 1:].reshape(len(marginals), len(place), -1).sum(-1)  # [T, L]
        for first, end in document.sentences:
            if first == end:
                continue
            inside = [
                next((span for span in document.entities if span.start <= token.start < span.end), None)
                for token in document.tokens[first:end]
            ]
            tokens.append([(document, *one) for one in zip(document.tokens[first:end], inside, strict=True)])
            given.append([0 if span is None else place[span.label] for span in inside])
            probabilities.append(np.concatenate([marginals[first:end, :1], parts[first:end]], axis=1))
    _, scores = get_label_quality_scores(given, probabilities)
    order = sorted(
        ((score, row, column) for row, series in enumerate(scores) for column, score in enumerate(series)),
    )
    ranked: dict[tuple[object, ...], Suspect] = {}
    for score, row, column in order:
        document, token, gold = tokens[row][column]
        suggested = Span(token.start, token.end, "", token.text) if gold is None else None
        key = (document.id, token.start if gold is None else gold.key)
        ranked.setdefault(key, _bare(document, gold, suggested, float(score)))
    return list(ranked.values())


def _bare(document: Document, gold: Span | None, suggested: Span | None, score: float) -> Suspect:
    return Suspect(
        document=document.id,
        kind="missing" if gold is None else "spurious",
        gold=gold,
        suggested=suggested,
        gold_score=score,
        confidence=1 - score,
        before="",
        text="",
        after="",
    )


def rankings(
    runs: Sequence[Path], gold: Sequence[Document], train: Sequence[Document], on_nested: str
) -> Iterator[tuple[str, Sequence[Suspect]]]:
    """Yield the suspects in each order."""
    found: list[Suspicion] = [find_suspects(judge(load(run), gold, on_nested=on_nested)) for run in runs]
    yield "margin, one model", found[0].suspects
    yield "weighed, one model", weigh(found[0], gold, train).suspects
    if len(runs) > 1:
        yield f"margin, {len(runs)} models", merge(found).suspects
        yield f"weighed, {len(runs)} models", weigh(merge(found), gold, train).suspects
    theirs = by_cleanlab(runs[0], gold)
    if theirs is not None:
        yield "cleanlab, one model", theirs


def _lines(results: Sequence[dict[str, Any]], errors: int) -> Iterator[str]:
    yield f"{errors} errors; precision at"
    yield f"{'ranking':<24}" + "".join(f"{rank:>7}" for rank in RANKS) + f"{'suspects':>10}{'recall':>8}"
    for one in results:
        rates = "".join(f"{one['precision_at'].get(rank, float('nan')):>7.3f}" for rank in RANKS)
        yield f"{one['ranking']:<24}{rates}{one['suspects']:>10}{one['recall']:>8.3f}"


def _corrected(given: argparse.Namespace, config: RunConfig, gold: Sequence[Document]) -> Sequence[Document]:
    options, tokenizer = config.data.read_options(), get_tokenizer(config.data.tokenizer)
    corrected = load_corpus(given.corrected, options, given.split, tokenizer).documents
    if len(corrected) != len(gold):
        sys.exit(f"{given.corrected}: has {len(corrected)} documents, the split has {len(gold)}")
    return corrected


def main() -> None:
    """Print a table of the rankings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="finished runs of the same data")
    parser.add_argument("--split", default="test", help="dev or test")
    parser.add_argument("--corrected", type=Path, help="the split's file, corrected")
    parser.add_argument("--corrupt", type=float, help="share of the split's entities to spoil")
    parser.add_argument("--likely", action="store_true", help="spoil them as annotators err, not at random")
    parser.add_argument("--seed", type=int, default=1, help="of what is spoilt")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if (given.corrected is None) == (given.corrupt is None):
        parser.error("give --corrected FILE or --corrupt SHARE")
    config = stored_config(given.runs[0])
    if config is None:
        sys.exit(f"{given.runs[0]}: is no run")
    splits = load_run_data(config.data, config.training.seed).splits
    if given.split not in splits or given.split == "train":
        sys.exit(f"{given.runs[0]}: has no {given.split} documents that it was not trained on")
    gold, train = splits[given.split].documents, splits["train"].documents
    if given.corrected is not None:
        corrected = _corrected(given, config, gold)
    elif given.likely:
        known = confusions(load(given.runs[0]), splits["dev"].documents)
        corrected, gold = gold, plant_likely(gold, train, known, given.corrupt, given.seed)
    else:
        corrected, gold = gold, plant_random(gold, given.corrupt, given.seed)
    errors = find_errors(gold, corrected)
    found = rankings(given.runs, gold, train, config.data.on_nested)
    results = [measure(name, suspects, errors) for name, suspects in found]
    print(
        json.dumps({"errors": len(errors), "rankings": results})
        if given.json
        else "\n".join(_lines(results, len(errors)))
    )


if __name__ == "__main__":
    main()
