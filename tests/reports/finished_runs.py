"""Finished runs made by hand: data, predictions and scores, without any training."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from onoma.comparison.runs import LoadedRun, ModelRuns, load_run
from onoma.metrics.report import evaluate
from onoma.readers import write_documents
from onoma.runtime.cost import Cost
from onoma.text import Document, Span, document_from_sentences
from onoma.training.fingerprints import fingerprint

NAMES = ("Anna", "Oslo", "Acme", "Rio")


def make_gold(num_documents: int = 40, *, seed: int = 3, extra: Sequence[Document] = ()) -> list[Document]:
    """Return documents of two short sentences with an entity each."""
    rng = random.Random(seed)
    documents = []
    for number in range(num_documents):
        sentences = [["Then", rng.choice(NAMES), "left", "."], ["It", "was", rng.choice(NAMES), "!"]]
        spans = [(0, 1, 2, rng.choice(["PER", "ORG"])), (1, 2, 3, "LOC")]
        documents.append(document_from_sentences(f"d:{number}", sentences, spans))
    return [*documents, *extra]


def predict(gold: Sequence[Document], accuracy: float, seed: int) -> list[Document]:
    """Return the documents with each entity kept with a probability, else given another label."""
    rng = random.Random(seed)
    return [
        document.with_entities(
            span._replace(score=0.9)
            if rng.random() < accuracy
            else Span(span.start, span.end, "MISC", span.text, 0.4)
            for span in document.entities
        )
        for document in gold
    ]


def make_run(
    folder: Path,
    gold: Sequence[Document],
    *,
    rung: str = "lstm",
    accuracy: float = 0.8,
    seed: int = 1,
    share: float | None = None,
    counts: bool = True,
) -> LoadedRun:
    """Write the folder of a finished run, and its data beside it, and read it back."""
    folder.mkdir(parents=True)
    data = folder.parent / "test.jsonl"
    write_documents(data, gold)
    predicted = predict(gold, accuracy, seed)
    evaluation = evaluate(gold, predicted, train_mentions=frozenset({"Anna"}))
    (folder / "predictions").mkdir()
    write_documents(folder / "predictions" / "test.jsonl", predicted)
    config = f'[model]\nid = "{rung}"\n[training]\nseed = {seed}\n[data]\ntrain = "{data}"\ntest = "{data}"\n'
    (folder / "config.toml").write_text(config + (f"train_share = {share}\n" if share else ""))
    history = [{"epoch": n, "train_loss": 1 / n, "dev_loss": 1.2 / n, "dev_f1": 0.2 * n} for n in range(1, 4)]
    of_sample = {"train_f1": 0.9, "train_accuracy": 0.97, "dev_accuracy": 0.95}
    history = [row | of_sample if accuracy == 0.9 else row for row in history]
    (folder / "history.jsonl").write_text("".join(json.dumps(row) + "\n" for row in history))
    environment = {
        "onoma": "0.1.0",
        "python": "3.11",
        "packages": {"numpy": "2"},
        "inputs": {str(data): fingerprint(data)},
    }
    (folder / "environment.json").write_text(json.dumps(environment))
    if counts:
        (folder / "counts.json").write_text(json.dumps({"test": evaluation.document_counts_as_dict()}))
    metrics = {"model": rung, "seed": seed, "parameters": 1000, "epochs": 3, "train_seconds": 2.5}
    (folder / "metrics.json").write_text(json.dumps({**metrics, "test": evaluation.as_dict()}))
    return load_run(folder)


def make_model(
    folder: Path,
    name: str,
    gold: Sequence[Document],
    accuracy: float,
    seeds: Sequence[int] = (1, 2),
    shares: Sequence[float] = (),
) -> ModelRuns:
    """Return a model with runs of several seeds."""
    model = ModelRuns(name)
    for seed in seeds:
        model.add(make_run(folder / f"{name}-{seed}", gold, accuracy=accuracy, seed=seed))
        for share in shares:
            place = folder / f"{name}-{seed}-{share}"
            model.add(make_run(place, gold, accuracy=accuracy * share, seed=seed, share=share))
    return model


def make_cost(
    latency: float,
    size: float = 5.0,
    memory: float = 200.0,
    throughput: float = 1e4,
    spread: float = 0.01,
    waited: float = 0.0,
) -> Cost:
    """Return a cost whose rounds lie within a share ``spread`` of the median latencies."""
    figures = {"latency_p50_ms": latency, "latency_p95_ms": 2 * latency}
    intervals = {name: ((1 - spread) * one, (1 + spread) * one) for name, one in figures.items()}
    return Cost(
        **figures,
        tokens_per_second=throughput,
        cold_start_seconds=1.0,
        memory_mb=memory,
        bundle_mb=size,
        num_sentences=300,
        rounds=5,
        intervals=intervals,
        waited=waited,
        others=0.1,
    )
