"""From no labels to a model: rules, silver, a model of it, what to annotate, a better model, score, export.

    python examples/no_labels/road.py OUT [--texts 2400] [--budget 150] [--epochs 10]

Every command is printed before it runs; OUT keeps all that they write. The sentences of the bundled corpus
`en-silver`, without their labels, stand in for your texts, and these labels for your annotators
(`annotator.py`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from annotator import annotate  # noqa: E402 - beside this file

from onoma.cli.main import main as run  # noqa: E402
from onoma.readers import read_corpus, write_documents  # noqa: E402
from onoma.resources import bundled_corpora  # noqa: E402

SMALL, LARGE = "bilstm-crf", "charcnn-bilstm-crf"
NO_MISC = ("--map", "MISC=")
"""The rules know no MISC, so that gold forgets it, too."""


def onoma(*arguments: object) -> None:
    """Run a command as a user would, showing it first."""
    words = [str(one) for one in arguments]
    print(f"\n$ onoma {' '.join(words)}", flush=True)
    if code := run(words):
        sys.exit(code)


def step(number: int, title: str) -> None:
    """Print a heading."""
    print(f"\n{number}. {title}", flush=True)


def road(out: Path, settings: Sequence[str], *, texts: int, budget: int, epochs: int) -> None:
    """Go it."""
    out.mkdir(parents=True, exist_ok=True)
    corpus = bundled_corpora()["en-silver"]
    gold, test = corpus / "train.jsonl.gz", out / "test.jsonl"
    raw, silver, weak = out / "texts.txt", out / "silver", out / "weak"
    write_documents(test, islice(read_corpus(corpus / "test.jsonl.gz").documents, texts))
    with raw.open("w", encoding="utf-8") as file:
        file.writelines(f"{one.text}\n" for one in islice(read_corpus(gold).documents, texts))

    step(1, "Rules say what they think of the texts; whom to believe is learned from where they meet")
    onoma("weak", HERE / "rules.toml", raw, "--out", silver)
    step(2, "A model learns their probabilities, and finds what no list holds")
    more = [part for one in settings for part in ("--set", one)]
    learn = ("--set", f"targets={silver}", "--epochs", epochs, *more)
    onoma("train", "--model", SMALL, "--data", silver, *learn, "--set", "targets_share=1", "--out", weak)
    step(3, "What is most worth a look is chosen, with suggestions; a third is drawn at random, to judge by")
    chosen, drawn = out / "next.json", out / "next.random.json"
    onoma("select", weak, raw, "--budget", budget, "--random-share", 0.33, "--out", chosen)
    step(4, "Somebody annotates")
    for file in (chosen, drawn):
        annotate(gold, file, out / f"done-{file.name}")
    step(5, "A model learns from both: what was annotated, and what the rules say of the rest")
    annotated = ("--train", out / "done-next.json", "--dev", out / "done-next.random.json", *NO_MISC)
    onoma("train", "--model", LARGE, *annotated, *learn, "--out", out / "final")
    step(6, "Both are scored on texts that nobody has looked at")
    for model in (weak, out / "final"):
        onoma("predict", model, test, "--to", "jsonl", "--out", out / f"{model.name}.jsonl")
    onoma(
        "score", test, *(f"{name}={out / name}.jsonl" for name in ("weak", "final")), *NO_MISC, "--errors", 0
    )
    step(7, "The better one is made small, to be shipped without PyTorch")
    onoma("export", out / "final", out / "bundle", "--precision", "int8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="From no labels to a model.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--texts", type=int, default=2_400)
    parser.add_argument("--budget", type=int, default=150)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--set", action="append", default=[], help="a setting of both trainings, A=B")
    given = parser.parse_args()
    road(given.out, given.set, texts=given.texts, budget=given.budget, epochs=given.epochs)
