"""What `make demo` runs: a shipped model tags a paragraph; three rungs are trained, compared, one chosen."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

from rich.console import Console

from onoma.cli.main import main
from onoma.readers import read_corpus, write_documents
from onoma.reports.tables import listing_table
from onoma.resources import bundled_corpora

HERE = Path(__file__).parent
OUT = Path("demo-run")
REPORT, SHOWN, PAGE = OUT / "report", OUT / "shown.jsonl", OUT / "predictions.html"
PARAGRAPH = (
    "Anna Lindqvist flew from Stockholm to Geneva on Monday to sign a contract with the World Health "
    "Organization. Her company, Nordic Filters, makes water pumps that are used in Kenya and Vietnam."
)


def onoma(*arguments: str, text: str = "") -> None:
    """Run a command as a user would, showing it first."""
    shown = " ".join(arguments)
    print(f"\n$ {f'echo {chr(34)}{text}{chr(34)} | ' if text else ''}onoma {shown}", flush=True)
    if text:
        sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    code = main(arguments)
    if code:
        sys.exit(code)


def show_scores() -> str:
    """Print what the comparison stored, a rung a row; return the folder of the recommended rung's run."""
    results = json.loads((REPORT / "results.json").read_text(encoding="utf-8"))
    rows = []
    for model in results["models"]:
        scores, cost = model["scores"], model["cost"]
        rows.append(
            (
                model["name"],
                *(f"{100 * scores[name]['mean']:.2f}" for name in ("entity.f1", "seen.f1", "unseen.f1")),
                f"{cost['bundle_mb']:.1f}" if cost else "",
                f"{cost['latency_p50_ms']:.2f}" if cost else "",
            )
        )
    headings = ("model", "test F1, %", "names of train", "unseen names", "MB", "ms a sentence")
    Console().print(listing_table(headings, rows, title="Three rungs of the ladder on en-silver, test split"))
    name = results["recommendation"]["model"]
    return str(next(model["runs"][0]["folder"] for model in results["models"] if model["name"] == name))


def write_some(count: int = 60) -> None:
    """Write the first sentences of test, to be looked at."""
    documents = read_corpus(bundled_corpora()["en-silver"] / "test.jsonl.gz").documents[:count]
    write_documents(SHOWN, documents)


def demo() -> None:
    """Tag, train, compare, decide."""
    shutil.rmtree(OUT, ignore_errors=True)
    print("1. A model that comes with Onoma, at once:")
    onoma("predict", "en", "-", text=PARAGRAPH)
    print("\n2. Three models are trained on a corpus that comes with Onoma, 2,400 made-up sentences:")
    onoma("decide", str(HERE / "suite-demo.toml"), "--out", str(REPORT))
    run = show_scores()
    print("\n3. What the recommended one finds in sentences that it has not seen, beside gold:")
    write_some()
    onoma("predict", run, str(SHOWN), "--to", "html", "--out", str(PAGE))
    print(
        f"""
Pages to look at (nothing is opened, they need no network):
  {REPORT / "index.html"}     which model to ship, and why
  {PAGE}      predictions beside gold

The corpus is invented, sentences and names, so that the ladder can be climbed in minutes: its scores say how
the models differ, and nothing about real text. Half of what test is made of is in no training sentence.

With your own labelled file (CoNLL, JSONL, Label Studio, brat, spaCy, ...: `onoma formats`):
  onoma inspect FILE                               what is in it, and what is wrong with it
  onoma split FILE data --test 0.1 --dev 0.1       divide it
  onoma train --model charcnn-bilstm-crf --data data --out run
  onoma evaluate run data/test.jsonl; onoma predict run TEXT.txt --to html --out page.html
Without labels: `onoma weak`, `onoma distill` and `onoma select` begin with raw text."""
    )


if __name__ == "__main__":
    demo()
