"""Prediction speed and F1 of Onoma beside spaCy, Stanza and Flair, from strings to entities, on one thread.

    python benchmarks/inference.py --data FILE --onoma BUNDLE [BUNDLE ...] [--spacy FOLDER]
        [--stanza FILE[,VECTORS]] [--flair FILE] [--peer-python [KIND=]PYTHON ...] [--rounds 3] [--json FILE]

All models were trained before, on the same data; each library runs in a process of its own
(`inference_worker.py`) with one thread, under the Python that has it. All get the same strings, the sentences
of FILE with words joined by blanks, and are told to split there, so that no tokenizer is compared. All give
tuples of first token, token after the last, and label. What each runs:

- Onoma: `Tagger.pipe` and the tagger itself, of documents made in the timed part; it also computes a
  probability for each entity.
- spaCy: `nlp.pipe` with the whitespace tokenizer of its documentation, and `nlp(text)`.
- Stanza: one pretokenised text with a sentence a line. Flair: `predict` of a list of sentences.

Libraries that leave the batch size to the caller run with the fastest of a few, found before anything is
measured. Systems take turns, so that other work on the machine meets all alike. Bulk is tokens a second over
every n-th sentence, counted in gold tokens; one sentence is measured warm, by itself. Times are CPU seconds:
on one thread about those of an idle core, more where others empty the caches; wall seconds are in the JSON
too. F1 is of exact spans, by Onoma's own scorer, over all sentences of FILE. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onoma.metrics.report import evaluate
from onoma.readers import read_corpus
from onoma.readers.partition import sentence_documents
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

KINDS = ("onoma", "spacy", "stanza", "flair")
WORKER = Path(__file__).with_name("inference_worker.py")
ONE_THREAD = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class Worker:
    """A process with one library and one model."""

    def __init__(self, kind: str, model: str, python: str) -> None:
        settings = dict.fromkeys(ONE_THREAD, "1") | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        self._process = subprocess.Popen(
            [python, str(WORKER), kind, model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | settings,
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a library's process has ended; what it said stands above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


@dataclass
class System:
    """A model and what was measured of it: pairs of wall and CPU seconds."""

    kind: str
    model: str
    worker: Worker
    version: str = ""
    batch: int = 0
    f1: float = 0.0
    bulk: list[list[float]] = field(default_factory=list)
    single: list[list[float]] = field(default_factory=list)

    @property
    def name(self) -> str:
        model = Path(self.model.partition(",")[0])
        return f"{self.kind} {model.name}" if self.kind == "onoma" else self.kind

    def as_dict(self, tokens: int) -> dict[str, Any]:
        wall, processor = (statistics.median(column) for column in zip(*self.bulk, strict=True))
        one_wall, one_processor = (sorted(column) for column in zip(*self.single, strict=True))
        last = int(len(one_wall) * 0.95)
        return {
            "system": self.name,
            "version": self.version,
            "batch": self.batch,
            "f1": self.f1,
            "tokens_per_second": tokens / processor,
            "tokens_per_second_wall": tokens / wall,
            "p50_ms": 1000 * statistics.median(one_processor),
            "p95_ms": 1000 * one_processor[last],
            "p50_ms_wall": 1000 * statistics.median(one_wall),
            "p95_ms_wall": 1000 * one_wall[last],
        }


def read_sentences(path: Path) -> list[Document]:
    documents = map(tokenize_document, read_corpus(path).documents)
    return [one for document in documents for one in sentence_documents(document) if one.tokens]


def f1_of(gold: Sequence[Document], found: Sequence[Sequence[tuple[int, int, str]]]) -> float:
    """Score entities in token positions; a label that the library writes otherwise counts as wrong."""
    predicted = []
    for document, entities in zip(gold, found, strict=True):
        spans = []
        for first, end, label in entities:
            start, stop = document.tokens[first].start, document.tokens[end - 1].end
            spans.append(Span(start, stop, label, document.text[start:stop]))
        predicted.append(document.with_entities(spans))
    return evaluate(gold, predicted).entity.micro.f1


def every_nth(texts: Sequence[str], count: int) -> list[str]:
    """Return about so many texts from all over the list."""
    return list(texts[:: max(1, len(texts) // count)])


def measure(systems: Sequence[System], texts: Sequence[str], options: argparse.Namespace) -> None:
    some, few = every_nth(texts, options.bulk), every_nth(texts, options.single)
    for system in systems:
        ready = system.worker.ask(texts=some)
        system.version, system.batch = ready["version"], ready["batch"]
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for system in systems:
            system.bulk.append(system.worker.ask(do="bulk", texts=[])["seconds"])
        for system in systems:
            system.single += system.worker.ask(do="single", texts=few)["seconds"]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="annotated sentences: what all are scored on"
    )
    parser.add_argument("--onoma", nargs="+", default=[], metavar="BUNDLE", help="runs or bundles, PATH@bf16")
    parser.add_argument("--spacy", metavar="FOLDER")
    parser.add_argument(
        "--stanza", metavar="FILE[,VECTORS]", help="NER model, with the vectors it was trained with"
    )
    parser.add_argument("--flair", metavar="FILE")
    parser.add_argument(
        "--peer-python",
        nargs="+",
        default=[],
        metavar="[KIND=]PYTHON",
        help="the Python that has the other libraries; by default this one",
    )
    parser.add_argument("--bulk", type=int, default=1000, help="sentences of a bulk turn")
    parser.add_argument(
        "--single", type=int, default=100, help="sentences measured one at a time in each round"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    return parser.parse_args()


def start(options: argparse.Namespace) -> list[System]:
    pythons = dict.fromkeys(KINDS[1:], sys.executable) | {"onoma": sys.executable}
    for given in options.peer_python:
        kind, equals, python = given.partition("=")
        pythons |= {kind: python} if equals else dict.fromkeys(KINDS[1:], given)
    chosen = [("onoma", model) for model in options.onoma]
    chosen += [(kind, getattr(options, kind)) for kind in KINDS[1:] if getattr(options, kind)]
    return [System(kind, model, Worker(kind, model, pythons[kind])) for kind, model in chosen]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return a table; ratios are against the first system."""
    lines = [
        f"{'':34}{'F1':>7}{'tokens/s':>10}{'ratio':>7}{'p50 ms':>9}{'p95 ms':>9}{'ratio':>7}{'batch':>7}"
    ]
    first = rows[0]
    for row in rows:
        lines.append(
            f"{row['system'] + ' ' + row['version']:34}{100 * row['f1']:>7.2f}"
            f"{row['tokens_per_second']:>10,.0f}"
            f"{first['tokens_per_second'] / row['tokens_per_second']:>7.2f}{row['p50_ms']:>9.3f}"
            f"{row['p95_ms']:>9.3f}{row['p50_ms'] / first['p50_ms']:>7.2f}{row['batch'] or '':>7}"
        )
    return "\n".join(lines)


def main() -> None:
    options = parse()
    gold = read_sentences(options.data)
    texts = [" ".join(document.words) for document in gold]
    systems = start(options)
    if not systems:
        raise SystemExit("name at least one model")
    measure(systems, texts, options)
    for system in systems:
        system.f1 = f1_of(gold, system.worker.ask(do="entities", texts=texts)["entities"])
        system.worker.stop()
    tokens = sum(len(text.split(" ")) for text in every_nth(texts, options.bulk))
    rows = [system.as_dict(tokens) for system in systems]
    print(table(rows))
    if options.json:
        options.json.write_text(
            json.dumps({"tokens": tokens, "systems": rows}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
