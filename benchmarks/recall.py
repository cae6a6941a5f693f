"""Whether a promised recall is kept: in random re-splits of dev and test, and from the one to the other.

    python benchmarks/recall.py RUN --dev FILE --test FILE [--json]

The documents of both files are put together and divided at random, 20 times (seeds 0 to 19), into as many
as dev has, on which the threshold is chosen, and the rest, on which is looked what is covered. Then the
threshold of dev itself on test itself: the shift. The network and its temperature stay what they are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import onoma
from onoma.decode.protocol import Found
from onoma.decode.resolving import resolve
from onoma.errors import ConfigError
from onoma.runtime.recall import FLOOR, CoverValues, make_promise
from onoma.text import Document, Span

TARGETS = (0.90, 0.95, 0.98)
NUM_SPLITS = 20


class Looked(NamedTuple):
    """A document with all that is needed to see what a threshold does."""

    document: Document
    candidates: list[Span]
    values: NDArray[np.float64]
    found: list[Found]
    gold: set[tuple[int, int, str]]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--dev", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    tagger = onoma.load(given.run)
    assert tagger.decoder is not None
    nested = tagger.decoder.nested
    dev, test = (look(tagger, path) for path in (given.dev, given.test))
    rows = [{"what": "best path", **best_path(tagger, dev + test)}]
    for target in TARGETS:
        splits = []
        for seed in range(NUM_SPLITS):
            order = np.random.default_rng(seed).permutation(len(dev) + len(test))
            both = [(dev + test)[index] for index in order]
            splits.append(kept(both[: len(dev)], both[len(dev) :], target, nested))
        rows.append({"what": f"{target:g}, {NUM_SPLITS} re-splits", **summary(splits, target)})
        rows.append(
            {"what": f"{target:g}, dev to test", **summary([kept(dev, test, target, nested)], target)}
        )
    if given.json:
        print(json.dumps(rows))
    else:
        show(rows, len(dev), len(test))


def look(tagger: onoma.runtime.tagger.Tagger, path: str) -> list[Looked]:
    """Return the documents of a file that have gold, with all candidates."""
    corpus = onoma.read(path, on_misaligned="expand")
    documents = [tagger.tokenizer.document(one) for one in corpus.documents if one.entities]
    values = CoverValues(())
    looked = []
    for row, (document, candidates) in enumerate(
        zip(documents, tagger.candidates(documents, FLOOR), strict=True)
    ):
        values.add(document, candidates)
        first = {token.start: index for index, token in enumerate(document.tokens)}
        end = {token.end: index + 1 for index, token in enumerate(document.tokens)}
        found = [Found(row, first[one.start], end[one.end], one.label, one.score) for one in candidates]
        gold = {(first.get(one.start, -1), end.get(one.end, -1), one.label) for one in document.entities}
        looked.append(Looked(document, candidates, values.overall[-1], found, gold))
    return looked


def kept(
    dev: Sequence[Looked], test: Sequence[Looked], target: float, nested: bool
) -> dict[str, float] | None:
    """Return what a threshold that was chosen on dev does on test; None where it cannot be promised."""
    values = CoverValues(())
    values.overall = [one.values for one in dev]
    try:
        promise = make_promise(values.covering(), target)
    except ConfigError as error:
        print(error)
        return None
    threshold = promise.floor
    covered = [one.values >= threshold for one in test]
    given = [
        resolve([found for found in one.found if (found.score or 0) >= threshold], nested=nested)
        for one in test
    ]
    right = sum(
        len({found[1:4] for found in found} & one.gold) for one, found in zip(test, given, strict=True)
    )
    return {
        "threshold": threshold,
        "covered": float(np.mean([one.mean() for one in covered])),
        "covered_entities": float(np.concatenate(covered).mean()),
        "precision": right / max(1, sum(map(len, given))),
        "exact_recall": right / sum(len(one.gold) for one in test),
        "given_per_gold": sum(map(len, given)) / sum(len(one.gold) for one in test),
    }


def best_path(tagger: onoma.runtime.tagger.Tagger, looked: Sequence[Looked]) -> dict[str, float]:
    """Return the same of the entities that the model gives by itself."""
    from onoma.metrics.report import evaluate
    from onoma.metrics.risk import measure_coverage

    gold = [one.document for one in looked]
    given = tagger.tag(gold)
    coverage, micro = measure_coverage(gold, given), evaluate(gold, given).entity.micro
    assert coverage is not None
    return {
        "covered": coverage.by_document,
        "covered_entities": coverage.by_entity,
        "precision": micro.precision,
        "exact_recall": micro.recall,
    }


def summary(splits: Sequence[dict[str, float] | None], target: float) -> dict[str, Any]:
    """Return means over the splits, and how far what was kept lies from what was promised."""
    made = [one for one in splits if one is not None]
    if not made:
        return {"refused": len(splits)}
    means = {name: float(np.mean([one[name] for one in made])) for name in made[0]}
    covered = np.array([one["covered"] for one in made])
    spread = {"sd": float(covered.std(ddof=1)) if len(made) > 1 else 0.0, "lowest": float(covered.min())}
    below = int((covered < target).sum())
    return {**means, **spread, "below": below, "of": len(made), "refused": len(splits) - len(made)}


def show(rows: Sequence[dict[str, Any]], num_dev: int, num_test: int) -> None:
    """Print a table in Markdown."""
    print(f"{num_dev} documents of dev and {num_test} of test with an entity\n")
    names = (
        "covered",
        "sd",
        "lowest",
        "covered_entities",
        "precision",
        "exact_recall",
        "given_per_gold",
        "threshold",
    )
    print(f"| promised | {' | '.join(name.replace('_', ' ') for name in names)} | below it |")
    print("|---|" + "---|" * (len(names) + 1))
    for row in rows:
        cells = [f"{row[name]:.4f}" if name in row else "" for name in names]
        below = f"{row['below']} of {row['of']}" if "of" in row else ""
        below += f", {row['refused']} refused" if row.get("refused") else ""
        print(f"| {row['what']} | {' | '.join(cells)} | {below} |")


if __name__ == "__main__":
    main()
