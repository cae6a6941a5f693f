"""What a temperature fitted on dev does to the scores on test, and what thresholds from dev keep there.

    python benchmarks/calibration.py RUN ... --data FOLDER

The runs may be older than calibration: it is fitted here, from scores as they were trained. ``--data`` holds
the dev (or valid) and test files. For each wanted precision: the threshold that dev gives, and what test then
has.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from onoma.errors import ConfigError
from onoma.metrics.calibration import bin_scores
from onoma.readers import ReadOptions
from onoma.readers.splits import find_splits
from onoma.runtime.calibrating import Outcomes, find_outcomes, fit_confidence
from onoma.runtime.confidence import Confidence
from onoma.runtime.loading import load
from onoma.text import Corpus
from onoma.tokenize import get_tokenizer
from onoma.training.data import load_corpus

PRECISIONS = (0.90, 0.95, 0.98)


def measure(run: Path, dev: Corpus, test: Corpus) -> None:
    """Print the row of one run, and one for each wanted precision."""
    tagger = load(run)
    confidence, on_dev = fit_confidence(tagger, dev.documents, dev.ledger.num_unread)
    if on_dev is None:
        print(f"{run.name}: finds nothing on dev")
        return
    temperatures = [1.0, confidence.temperature]
    on_test = find_outcomes(tagger, test.documents, temperatures, test.ledger.num_unread)
    before, after = (bin_scores(scores, on_test.correct) for scores in on_test.scores)
    print(
        f"{run.name}: T {confidence.temperature:.2f}, "
        f"ECE dev {on_dev[0].ece:.4f} -> {on_dev[1].ece:.4f}, "
        f"test {before.ece if before else 0:.4f} -> {after.ece if after else 0:.4f}",
        flush=True,
    )
    print_kept("all", 0.0, on_test)
    for wanted in PRECISIONS:
        print_wanted(wanted, confidence, on_test)


def print_wanted(wanted: float, confidence: Confidence, on_test: Outcomes) -> None:
    """Print what the threshold of a wanted precision keeps."""
    try:
        point = confidence.point_for(wanted)
    except ConfigError as error:
        print(f"  {wanted:.2f}  {error}")
        return
    print_kept(f"{wanted:.2f}", confidence.thresholds[point], on_test)


def print_kept(name: str, threshold: float, outcomes: Outcomes) -> None:
    """Print precision and recall of what has the threshold's score or more."""
    kept = outcomes.scores[1] >= threshold  # [E]
    right = int((kept & outcomes.correct).sum())
    precision, recall = right / max(1, int(kept.sum())), right / max(1, outcomes.num_gold)
    print(f"  {name:<4}  threshold {threshold:.4f}  test P {precision:.4f}  R {recall:.4f}", flush=True)


def main() -> None:
    """Measure every run on the same data."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    files = find_splits(arguments.data, required=("dev", "test"))
    tokenizer = get_tokenizer("onoma")
    dev, test = (load_corpus(files[name], ReadOptions(), name, tokenizer) for name in ("dev", "test"))
    for run in arguments.runs:
        measure(run, dev, test)


if __name__ == "__main__":
    main()
