"""Time our entity report against seqeval's, from the same lists of tag sequences.

Run: python benchmarks/scoring.py [--sentences 50000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence

from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from onoma.metrics.exact import EntityScores, entity_scores, match_exact
from onoma.metrics.spans import spans_from_tags
from onoma.tags import Scheme, get_scheme, spans_to_tags

LABELS = ("LOC", "MISC", "ORG", "PER")
BIO = get_scheme("BIO")
Sentences = list[list[str]]


def random_sentences(count: int, seed: int) -> tuple[Sentences, Sentences]:
    """Return gold and predicted tags of about CoNLL-2003's shape: 14 tokens and 1.7 entities a sentence."""
    rng = random.Random(seed)
    gold, predicted = [], []
    for _ in range(count):
        length = min(60, max(1, round(rng.lognormvariate(2.4, 0.7))))
        spans, guesses, place = [], [], 0
        while place < length:
            if rng.random() < 0.13:
                end = min(length, place + rng.choice((1, 1, 1, 2, 2, 3)))
                label = rng.choice(LABELS)
                spans.append((place, end, label))
                if rng.random() > 0.05:
                    guess = rng.choice(LABELS) if rng.random() < 0.08 else label
                    guesses.append((place, end - 1 if end - place > 1 and rng.random() < 0.1 else end, guess))
                place = end
            else:
                place += 1
        gold.append(spans_to_tags(spans, length, BIO))
        predicted.append(spans_to_tags(guesses, length, BIO))
    return gold, predicted


def our_report(gold: Sentences, predicted: Sentences, scheme: Scheme) -> EntityScores:
    return entity_scores(match_exact(spans_from_tags(gold, scheme), spans_from_tags(predicted, scheme)))


def best_seconds(run: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def check_equal(ours: EntityScores, theirs: dict[str, dict[str, float]]) -> None:
    rows = {"micro avg": ours.micro, **ours.per_label}
    for name, score in rows.items():
        for rate, value in (
            ("precision", score.precision),
            ("recall", score.recall),
            ("f1-score", score.f1),
            ("support", score.gold),
        ):
            if abs(theirs[name][rate] - value) > 1e-12:
                raise SystemExit(f"{name} {rate}: ours {value}, seqeval {theirs[name][rate]}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Entity report from tag lists: ours against seqeval.")
    parser.add_argument("--sentences", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args(arguments)
    gold, predicted = random_sentences(options.sentences, options.seed)

    ours = our_report(gold, predicted, BIO)
    strict = {"mode": "strict", "scheme": IOB2, "output_dict": True}
    check_equal(ours, classification_report(gold, predicted, **strict))
    check_equal(ours, classification_report(gold, predicted, output_dict=True))

    seconds = {
        "onoma": best_seconds(lambda: our_report(gold, predicted, BIO), options.repeats),
        "seqeval strict IOB2": best_seconds(
            lambda: classification_report(gold, predicted, **strict), options.repeats
        ),
        "seqeval default": best_seconds(
            lambda: classification_report(gold, predicted, output_dict=True), options.repeats
        ),
    }
    tokens = sum(map(len, gold))
    print(
        f"{options.sentences:,} sentences, {tokens:,} tokens, {ours.micro.gold:,} gold entities, equal scores"
    )
    print(f"{'report from tag lists':<22} {'seconds':>9} {'ratio':>7}")
    for name, value in seconds.items():
        print(f"{name:<22} {value:>9.4f} {value / seconds['onoma']:>7.1f}")


if __name__ == "__main__":
    main()
