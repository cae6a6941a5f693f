"""What `make demo` runs: two rungs on the bundled corpus, their scores side by side, a prediction."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

from rich.console import Console

from onoma.cli.main import main
from onoma.reports.tables import listing_table

RUNS = Path("demo-run")
RUNGS = ("lstm", "charcnn-bilstm-crf")
SENTENCE = "John lives in New York."


def onoma(*arguments: str) -> None:
    """Run a command as a user would, showing it first."""
    print(f"\n$ onoma {' '.join(arguments)}", flush=True)
    code = main(arguments)
    if code:
        sys.exit(code)


def show_scores() -> None:
    """Print what the runs stored in their metrics.json, side by side."""
    rows = []
    for rung in RUNGS:
        metrics = json.loads((RUNS / rung / "metrics.json").read_text(encoding="utf-8"))
        entity = metrics["test"]["entity"]
        rows.append(
            (
                rung,
                f"{100 * metrics['dev']['entity']['f1']:.2f}",
                *(f"{100 * entity[name]:.2f}" for name in ("f1", "precision", "recall")),
                f"{metrics['parameters']:,}",
                f"{metrics['train_seconds']:.0f}",
            )
        )
    headings = ("model", "dev F1, %", "test F1, %", "precision, %", "recall, %", "parameters", "training, s")
    Console().print(listing_table(headings, rows, title="The bundled English corpus, test split"))


def demo() -> None:
    """Train, compare, predict."""
    shutil.rmtree(RUNS, ignore_errors=True)
    for rung in RUNGS:
        onoma("train", "--model", rung, "--data", "en", "--out", str(RUNS / rung))
    show_scores()
    best = str(RUNS / RUNGS[-1])
    print(f"$ echo '{SENTENCE}' | onoma predict {best} -", flush=True)
    sys.stdin = io.TextIOWrapper(io.BytesIO(SENTENCE.encode()))
    main(["predict", best, "-"])
    print(
        f"""
What next:
  onoma evaluate {best} FILE            score it on your own labelled file
  onoma predict {best} FILE --to html   tag your own text as a web page (also jsonl, conll)
  onoma models; onoma formats           what else can be trained, and from what
  onoma train --model charcnn-bilstm-crf --data FOLDER --out RUN   train on your own data
The corpus has only 451 sentences to learn from: expect much better scores from a real one."""
    )


if __name__ == "__main__":
    demo()
