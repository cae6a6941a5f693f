"""Active learning: F1 against sentences annotated, each strategy of `onoma select` beside plain draws.

    python benchmarks/active.py --train F --dev F --test F [--format NAME] [--model bilstm-crf] \\
        [--set KEY=VALUE] [--strategies draw random least-confidence entropy] [--shares 2 5 10 20 35] \\
        [--seeds 1 2 3] [--full] [--dev-sentences 200] [--threads 1] [--json] --out DIR

Annotation is simulated: train's gold is hidden, and shown for the sentences that are asked for. A first share
of train's sentences is drawn, the same for all strategies of a seed. A model learns from it and is scored on
the whole test file; then `onoma.select`, with that model, chooses from the rest what fills up to the next
share, near-duplicates passed over as ever; and so on, each time with a model trained from the start.
``--full`` trains on all sentences once a seed.

``draw`` is no strategy of Onoma: the next sentences of a shuffled train, as someone without `select` takes
them; ``random`` is `select`'s own, which passes over near-duplicates. Of `select`'s random share (drawn to be
scored on, and a part of its budget) nothing is asked for: all that is annotated was chosen by the strategy. A
strategy of several models has as many as it needs, of other seeds.

Which epoch is kept is chosen on a random sample of dev, the same for all (``--dev-sentences``). It is
annotated as well, and counted nowhere below. Scores are exact entities, micro F1. A strategy reaches 98 % of
the full data's F1 where the line between the means of two shares does. Seconds are of the processor: of a
training with its scoring, and of choosing what follows.

Each point is a file in DIR/points: what was killed goes on by the same command, and more seeds, strategies or
shares are added by a longer one. Points are named by the shares that led to them; those of other data, models
or settings belong in another DIR. With shares behind the last one, the last point is trained again.

Word vectors (``--set vectors=FILE``) are made by ``onoma vectors`` from text without labels. Nested data, as
NEREL, is made flat beforehand, each split: ``onoma convert train.jsonl train.conll --on-nested outermost``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onoma
from onoma.files import write_text
from onoma.readers import write_documents
from onoma.selection.strategy import get_strategy
from onoma.text import Document
from onoma.tokenize import get_tokenizer
from onoma.training.settings import read_assignments

DRAW = "draw"
WANTED = 0.98
_SMALL = {"num_layers": 1, "hidden_dim": 100, "epochs": 20, "patience": 5, "trackers": ""}
"""Settings of a network that learns 2,000 sentences in well under a minute on one core."""
_COMMITTEE = 1_000
"""What is added to a seed for each further model of a strategy that needs several."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """What all trainings have in common.

    Args:
        sentences: of train, with gold; each one's id is its place.
        splits: files of dev and test.
        num_dev: sentences of dev that epochs are chosen on.
        model: a rung.
        settings: of model and training.
        threads: of training and choosing.
        out: for points, and the run at hand.
    """

    sentences: Sequence[Document]
    splits: Mapping[str, Path]
    num_dev: int
    model: str
    settings: Mapping[str, Any]
    threads: int
    out: Path


def sentences_of(path: Path, format: str | None) -> list[Document]:
    """Return each sentence of a file as a document, with its gold; ids are places."""
    cut: list[Document] = []
    lost = 0
    for document in onoma.read(path, format=format).documents:
        whole = get_tokenizer("onoma").document(document)
        kept = 0
        for first, end in whole.sentences:
            cut.append(_sentence(whole, first, end, len(cut)))
            kept += len(cut[-1].entities)
        lost += len(whole.entities) - kept
    if lost:
        print(f"{path}: {lost:,} entities lie in two sentences, and are left out", file=sys.stderr)
    return cut


def _sentence(whole: Document, first: int, end: int, place: int) -> Document:
    tokens = whole.tokens[first:end]
    start, stop = tokens[0].start, tokens[-1].end
    moved = [token._replace(start=token.start - start, end=token.end - start) for token in tokens]
    inside = [span for span in whole.entities if start <= span.start and span.end <= stop]
    spans = [span._replace(start=span.start - start, end=span.end - start, id=None) for span in inside]
    bare = Document(str(place), whole.text[start:stop]).with_tokens(moved, ((0, len(moved)),))
    return bare.with_entities(spans)


def prepare(given: argparse.Namespace, settings: Mapping[str, Any]) -> Bench:
    """Read all, and write dev's sample and test where each training finds them."""
    train, dev = (sentences_of(path, given.format) for path in (given.train, given.dev))
    sample = sorted(random.Random(13).sample(range(len(dev)), min(given.dev_sentences, len(dev))))
    splits = {"dev": given.out / "dev.jsonl", "test": given.out / "test.jsonl"}
    test = onoma.read(given.test, format=given.format).documents
    for name, documents in (("dev", [dev[index] for index in sample]), ("test", test)):
        write_documents(splits[name], documents, "spans-jsonl")
    print(
        f"{len(train):,} sentences of train; epochs are chosen on {len(sample):,} of dev's {len(dev):,}",
        file=sys.stderr,
    )
    return Bench(train, splits, len(sample), given.model, settings, given.threads, given.out)


def train(bench: Bench, chosen: Sequence[int], seed: int, folder: Path) -> onoma.TrainedRun:
    """Train a model on the sentences that are annotated."""
    shutil.rmtree(folder, ignore_errors=True)
    data = {"train": [bench.sentences[index] for index in sorted(chosen)], **bench.splits}
    common = {"seed": seed, "threads": bench.threads}
    return onoma.train(bench.model, data, folder, **{**common, **bench.settings})


def choose(
    bench: Bench, run: onoma.TrainedRun, chosen: Sequence[int], strategy: str, budget: int, seed: int
) -> list[int]:
    """Return the places of the sentences to annotate next."""
    known = set(chosen)
    rest = [one for index, one in enumerate(bench.sentences) if index not in known]
    if strategy == DRAW:
        return [int(one.id) for one in random.Random(f"{seed} {len(chosen)}").sample(rest, budget)]
    others = [
        train(bench, chosen, seed + _COMMITTEE * number, run.folder.with_name(f"{run.folder.name}-{number}"))
        for number in range(1, get_strategy(strategy).models)
    ]
    taggers = [onoma.load(one.folder, threads=bench.threads) for one in (run, *others)]
    annotated = [bench.sentences[index] for index in chosen]
    selection = onoma.select(
        taggers[0], rest, budget, strategy=strategy, also=taggers[1:], without=[annotated], seed=seed
    )
    return [int(one.document.id) for one in selection.chosen]


def point(
    bench: Bench, name: str, seed: int, chosen: Sequence[int], wanted: Mapping[str, int]
) -> tuple[Record, Mapping[str, list[int]]]:
    """Train, score and choose, unless that was done; return scores, and what each strategy takes next.

    Args:
        bench: what all points have in common.
        name: of the point's file.
        seed: of training and choosing.
        chosen: places of the sentences that are annotated.
        wanted: how many sentences more, by strategy.
    """
    path = bench.out / "points" / f"{name}.json"
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        if all(found["asked"].get(one) == budget for one, budget in wanted.items()):
            return found["scores"], found["next"]
    start, folder = time.process_time(), bench.out / f"run-{name}"
    run = train(bench, chosen, seed, folder)
    seconds = {"training": time.process_time() - start}
    after = {}
    for one, budget in wanted.items():
        start = time.process_time()
        after[one] = choose(bench, run, chosen, one, budget, seed)
        seconds[one] = time.process_time() - start
    scores = {
        "seed": seed,
        "sentences": len(chosen),
        "tokens": sum(bench.sentences[index].num_tokens for index in chosen),
        "entities": sum(len(bench.sentences[index].entities) for index in chosen),
        "f1": run.test_f1,
        "epochs": len(run.history),
        "seconds": seconds,
    }
    whole = {"scores": scores, "chosen": list(chosen), "asked": dict(wanted), "next": after}
    write_text(path, json.dumps(whole) + "\n")
    for debris in bench.out.glob(f"run-{name}*"):
        shutil.rmtree(debris)
    return scores, after


def walk(bench: Bench, seed: int, strategies: Sequence[str], shares: Sequence[float]) -> Iterator[Record]:
    """Yield the scores of a seed's points: strategy by strategy, share by share."""
    sizes = [round(len(bench.sentences) * share / 100) for share in shares]
    begun = random.Random(f"{seed}").sample(range(len(bench.sentences)), sizes[0])
    budgets = [later - size for size, later in itertools.pairwise(sizes)]
    names = [f"{share:g}" for share in shares]
    asked = dict.fromkeys(strategies, budgets[0]) if budgets else {}
    first, wishes = point(bench, f"{seed}-first-{names[0]}", seed, begun, asked)
    for strategy in strategies:
        yield {**first, "strategy": strategy, "share": shares[0]}
        chosen, after = list(begun), wishes
        for place in range(1, len(shares)):
            chosen += after[strategy]
            asked = {strategy: budgets[place]} if place < len(budgets) else {}
            name = f"{seed}-{strategy}-{'-'.join(names[: place + 1])}"
            scores, after = point(bench, name, seed, chosen, asked)
            yield {**scores, "strategy": strategy, "share": shares[place]}


def full(bench: Bench, seed: int) -> Record:
    """Return the scores of a training on all sentences."""
    scores, _ = point(bench, f"{seed}-full", seed, range(len(bench.sentences)), {})
    return {**scores, "strategy": "full", "share": 100.0}


def summarise(rows: Sequence[Record], bench: Bench) -> Record:
    """Return means over seeds, by strategy and share, and where each strategy reaches 98 % of full."""
    whole = statistics.mean([row["f1"] for row in rows if row["strategy"] == "full"] or [0.0])
    goal = WANTED * whole
    tokens = sum(one.num_tokens for one in bench.sentences)
    curves: dict[str, list[Record]] = {}
    for strategy in dict.fromkeys(row["strategy"] for row in rows):
        mine = [row for row in rows if row["strategy"] == strategy]
        for share in dict.fromkeys(row["share"] for row in mine):
            means = _means([row for row in mine if row["share"] == share], whole, tokens)
            curves.setdefault(strategy, []).append({"share": share, **means})
    reached = {name: reaching(curve, goal) for name, curve in curves.items() if goal and name != "full"}
    return {"dev_sentences": bench.num_dev, "curves": curves, "share_for_98": reached, "points": list(rows)}


def _means(rows: Sequence[Record], whole: float, tokens: int) -> Record:
    """Return means over a strategy's seeds; ``whole`` is the full data's F1, ``tokens`` its size."""
    scores = [row["f1"] for row in rows]
    seconds = [row["seconds"] for row in rows]
    return {
        "sentences": statistics.mean(row["sentences"] for row in rows),
        "share_of_tokens": 100 * statistics.mean(row["tokens"] for row in rows) / tokens,
        "f1": statistics.mean(scores),
        "lowest": min(scores),
        "highest": max(scores),
        "of_full": statistics.mean(scores) / whole if whole else None,
        "training_seconds": statistics.mean(one["training"] for one in seconds),
        "choosing_seconds": statistics.mean(one.get(rows[0]["strategy"], 0.0) for one in seconds),
    }


def reaching(curve: Sequence[Record], goal: float) -> float | None:
    """Return the share at which the line through means of F1 first reaches a goal, None where it does not."""
    if curve[0]["f1"] >= goal:
        return float(curve[0]["share"])
    for before, here in itertools.pairwise(curve):
        if here["f1"] >= goal:
            part = (goal - before["f1"]) / (here["f1"] - before["f1"])
            return float(before["share"] + part * (here["share"] - before["share"]))
    return None


def show(found: Record) -> None:
    """Print the table: a row a strategy, a column a share."""
    curves = found["curves"]
    shares = [one["share"] for curve in curves.values() for one in curve]
    columns = sorted(set(shares))
    print(f"\n{'':<18}" + "".join(f"{f'{share:g} %':>22}" for share in columns))
    for name, curve in curves.items():
        there = {one["share"]: one for one in curve}
        for head, cell in ((name, _f1), ("  of full", _of_full), ("  tokens, CPU s", _price)):
            cells = (cell(there[share]) if share in there else "" for share in columns)
            print(f"{head:<18}" + "".join(f"{text:>22}" for text in cells))
    print(f"\nbeside them {found['dev_sentences']:,} sentences of dev are annotated")
    for name, share in found["share_for_98"].items():
        where = (
            f"not by {max(one['share'] for one in curves[name]):g} %" if share is None else f"{share:.1f} %"
        )
        print(f"{100 * WANTED:g} % of full: {name:<18} {where} of the sentences (between shares on a line)")


def _f1(one: Record) -> str:
    return f"{100 * one['f1']:.2f} ({100 * one['lowest']:.1f}..{100 * one['highest']:.1f})"


def _of_full(one: Record) -> str:
    return "" if one["of_full"] is None else f"{100 * one['of_full']:.1f} %"


def _price(one: Record) -> str:
    return f"{one['share_of_tokens']:.1f} %, {one['training_seconds']:.0f}+{one['choosing_seconds']:.0f}"


def options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for split in ("train", "dev", "test"):
        parser.add_argument(f"--{split}", type=Path, required=True)
    parser.add_argument("--format", help="of the files; by content")
    parser.add_argument("--model", default="bilstm-crf")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--strategies", nargs="+", default=[DRAW, "random", "least-confidence", "entropy"], metavar="NAME"
    )
    parser.add_argument("--shares", type=float, nargs="+", default=[2, 5, 10, 20, 35], metavar="PERCENT")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--full", action="store_true", help="train on all sentences, too")
    parser.add_argument("--dev-sentences", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--out", type=Path, required=True, help="folder of points; goes on where it has some")
    given = parser.parse_args()
    for name in set(given.strategies) - {DRAW}:
        get_strategy(name)
    if sorted(set(given.shares)) != given.shares or not 0 < given.shares[0] <= given.shares[-1] <= 100:
        parser.error("--shares rise, above 0 and up to 100")
    return given


def keep_to(folder: Path, asked: Mapping[str, Any]) -> None:
    """Hold a folder to the settings that its points were made with."""
    path, text = folder / "settings.json", json.dumps(asked, indent=1) + "\n"
    (folder / "points").mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        sys.exit(f"{path}: the points there are of other settings; take another --out")
    write_text(path, text)


def main() -> None:
    """Print a line for each point, and a table at the end."""
    given = options()
    settings = {**_SMALL, **read_assignments(given.set)}
    files = {split: str(getattr(given, split).resolve()) for split in ("train", "dev", "test")}
    keep_to(given.out, {**files, "dev_sentences": given.dev_sentences, "model": given.model, **settings})
    bench = prepare(given, settings)
    rows: list[Record] = []
    for seed in given.seeds:
        for row in walk(bench, seed, given.strategies, given.shares):
            print(json.dumps(row), file=sys.stderr, flush=True)
            rows.append(row)
        if given.full:
            rows.append(full(bench, seed))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    found = summarise(rows, bench)
    if given.json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
