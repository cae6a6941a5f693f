"""Document labels by TF-IDF and logistic regression: what a model of document labels has to beat.

    python benchmarks/document_baseline.py --data FOLDER [--document-labels relations] [--out FILE.jsonl]
        [--against FILE.jsonl...]

Features are TF-IDF of words (one and two in a row) and of characters (two to five, within words), fitted on
train. Each label has a logistic regression of its own. The strength of the regularisation (C) and the
threshold are chosen by micro F1 on dev, the threshold as that of Onoma's own models of document labels is.

Seconds are those of reading, of the features, of the fits with all C, and of labelling test by one of them.
`--out` writes test with the predicted labels as span JSONL, without entities. Needs scikit-learn
(`pip install scikit-learn`).

`--against` takes a model's predictions of test, a file for each seed (`RUN/predictions/test.jsonl`), and
tells the difference of micro F1 with its 95 % bootstrap interval over documents and the p-value of the paired
randomisation test, as `onoma compare` does.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.decode.documents import tune_threshold
from onoma.metrics.documents import DocumentScores, document_scores, label_counts
from onoma.metrics.exact import DocumentCounts
from onoma.metrics.rates import Score
from onoma.metrics.significance import bootstrap, compare_all, mean_f1_of_counts, stack_counts
from onoma.readers import ReadOptions, find_splits, read_corpus, write_documents
from onoma.text import Document

try:
    from sklearn.base import clone
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_union
except ImportError:
    raise SystemExit("this benchmark needs scikit-learn: pip install scikit-learn") from None

SPLITS = ("train", "dev", "test")
STRENGTHS = (1.0, 10.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class Chosen(NamedTuple):
    """What dev chose: C, the threshold and its micro F1 on dev."""

    strength: float
    threshold: float
    dev_f1: float


class Stopwatch:
    """Seconds of each part of the work, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def read_splits(folder: Path, rule: str | None) -> dict[str, list[Document]]:
    """Return the annotated documents of each split, whatever the reader's rule for labels finds."""
    options = ReadOptions(document_labels=rule)
    splits = {}
    for name, path in find_splits(folder, required=SPLITS).items():
        documents = read_corpus(path, options).documents
        splits[name] = [one for one in documents if one.labels is not None]
        if not any(one.labels for one in splits[name]):
            raise SystemExit(f"{path}: no document has labels; see --document-labels")
    return splits


def targets(documents: Sequence[Document], labels: Sequence[str]) -> Bools:
    """Return which labels are on, [D, L]. A label that train does not have cannot be learned."""
    return np.array([[label in (one.labels or ()) for label in labels] for one in documents])


def fit(features: Any, on: Bools, strength: float, weights: str | None) -> Callable[[Any], Floats]:
    """Fit a model a label and return what gives the probabilities of other documents, [D, L]."""
    model = LogisticRegression(C=strength, solver="liblinear", class_weight=weights)
    models = [None if column.all() else clone(model) for column in on.T]
    for model, column in zip(models, on.T, strict=True):
        if model is not None:
            model.fit(features, column)

    def probabilities(others: Any) -> Floats:
        always = np.ones(others.shape[0])  # there is nothing to learn of a label that all of train has
        columns = [always if one is None else one.predict_proba(others)[:, 1] for one in models]
        return np.stack(columns, axis=1)

    return probabilities


def labelled(documents: Sequence[Document], on: Bools, labels: Sequence[str]) -> list[Document]:
    """Return the documents with the labels that are on, and with nothing else that is annotated."""
    return [
        Document(
            one.id, one.text, labels=tuple(label for label, given in zip(labels, row, strict=True) if given)
        )
        for one, row in zip(documents, on, strict=True)
    ]


def scores(gold: Sequence[Document], on: Bools, labels: Sequence[str]) -> DocumentScores:
    found = document_scores(gold, labelled(gold, on, labels))
    assert found is not None  # read_splits refuses documents without labels
    return found


def choose(strength: float, probabilities: Floats, dev: Bools) -> Chosen:
    threshold = tune_threshold(probabilities, dev)
    given = probabilities >= threshold
    f1 = Score(int((given & dev).sum()), int(given.sum()), int(dev.sum())).f1
    return Chosen(strength, threshold, f1)


def macro(found: DocumentScores, rate: str) -> float:
    """Return the mean of a rate over the labels that occur in gold."""
    return float(np.mean([getattr(one, rate) for one in found.per_label.values() if one.gold]))


def print_table(chosen: Chosen, found: DocumentScores) -> None:
    names = ("micro F1", "P", "R", "macro F1", "P", "R", "dev F1", "C")
    rates = ("f1", "precision", "recall")
    values = [getattr(found.micro, rate) for rate in rates]
    values += [*(macro(found, rate) for rate in rates), chosen.dev_f1]
    print("".join(f"{name:>9}" for name in names))
    print(f"{''.join(f'{100 * value:>9.2f}' for value in values)}{chosen.strength:>9g}")


def counts(gold: Sequence[Document], predicted: Sequence[Document]) -> DocumentCounts:
    found = label_counts(gold, predicted)
    assert found is not None  # read_splits refuses documents without labels
    return found


def read_predictions(path: Path, gold: Sequence[Document]) -> list[Document]:
    """Return a model's predictions in the order of gold."""
    by_text = {one.text: one for one in read_corpus(path, ReadOptions()).documents}
    missing = sum(one.text not in by_text for one in gold)
    if missing:
        raise SystemExit(f"{path}: lacks {missing} of the {len(gold)} test documents")
    return [by_text[one.text] for one in gold]


def print_difference(gold: Sequence[Document], baseline: Sequence[Document], paths: Sequence[Path]) -> None:
    # The baseline has no seeds: it stands beside each of the model's.
    ours = stack_counts([counts(gold, read_predictions(path, gold)) for path in paths])  # [S, D, 3]
    theirs = stack_counts([counts(gold, baseline)] * len(paths))  # [S, D, 3]
    both = [ours, theirs]
    found = compare_all(both, bootstrap(both))[0]
    mean = mean_f1_of_counts(ours.sum(axis=1))
    print(
        f"\n{len(paths)} runs: micro F1 {100 * mean:.2f}, {100 * found.difference:+.2f} against the baseline "
        f"(95 % interval {100 * found.low:+.2f} to {100 * found.high:+.2f}, p {found.p_value:.4f})"
    )


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Document labels by TF-IDF and logistic regression.")
    parser.add_argument("--data", type=Path, required=True, help="folder with train, dev and test")
    parser.add_argument(
        "--document-labels", help="field, relations, entities; the format's own when not given"
    )
    parser.add_argument(
        "--balanced", action="store_true", help="documents with a rare label count as much as those without"
    )
    parser.add_argument("--out", type=Path, help="test with the predicted labels, as span JSONL")
    parser.add_argument("--against", type=Path, nargs="+", default=[], help="a model's predictions of test")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    options, clock = parse(arguments), Stopwatch()
    with clock.part("reading"):
        splits = read_splits(options.data, options.document_labels)
    labels = sorted({label for one in splits["train"] for label in one.labels or ()})
    on = {name: targets(documents, labels) for name, documents in splits.items()}
    with clock.part("features"):
        tfidf = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=r"\b\w+\b"),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        )
        tfidf.fit([one.text for one in splits["train"]])
        x = {name: tfidf.transform([one.text for one in splits[name]]) for name in SPLITS}
    best: Chosen | None = None
    models: dict[float, Callable[[Any], Floats]] = {}
    with clock.part(f"fits with {len(STRENGTHS)} values of C"):
        for strength in STRENGTHS:
            models[strength] = fit(
                x["train"], on["train"], strength, "balanced" if options.balanced else None
            )
            chosen = choose(strength, models[strength](x["dev"]), on["dev"])
            if best is None or chosen.dev_f1 > best.dev_f1:
                best = chosen
    assert best is not None  # there are values of C
    with clock.part("test"):
        given = models[best.strength](x["test"]) >= best.threshold

    counts = ", ".join(f"{name} {len(splits[name])}" for name in SPLITS)
    print(f"{counts} documents; {len(labels)} labels in train; {x['train'].shape[1]:,} features")
    print("test, in percent:\n")
    print_table(best, scores(splits["test"], given, labels))
    print("\nseconds: " + ", ".join(f"{name} {value:.1f}" for name, value in clock.seconds.items()))
    predicted = labelled(splits["test"], given, labels)
    if options.against:
        print_difference(splits["test"], predicted, options.against)
    if options.out:
        write_documents(options.out, predicted, "spans-jsonl")
        print(f"written: {options.out}")


if __name__ == "__main__":
    main()
