"""A whole training run: from configuration to a folder with model, scores and evidence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from onoma.errors import OutputError
from onoma.features.examples import Examples, prepare_examples
from onoma.files import write_text
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.report import Evaluation, evaluate
from onoma.metrics.seen import train_mentions
from onoma.metrics.spans import spans_from_documents
from onoma.readers import write_documents
from onoma.runtime.bundle import Bundle, bundle_size, save_bundle
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import TorchBackend
from onoma.tags import get_scheme
from onoma.text import Corpus, Document
from onoma.training.config import RunConfig
from onoma.training.data import RunData, load_run_data
from onoma.training.environment import describe_environment, peak_memory_mb
from onoma.training.loop import Epoch, Step, Trainer
from onoma.training.precision import pick_device, pick_precision, set_threads
from onoma.training.tensorboard import TensorBoardLog


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a run.

    Args:
        metrics: what ``metrics.json`` holds.
        history: the epochs.
        evaluations: the full scores by split, for plots.
    """

    metrics: dict[str, Any]
    history: list[Epoch]
    evaluations: dict[str, Evaluation]


class Run:
    """A training run in preparation.

    Args:
        config: the resolved configuration.
        folder: where everything goes; must not hold a run already.
        say: is told what happens, in plain lines.

    Raises:
        OutputError: the folder is in use or cannot be written.
        DataError: the data cannot be read.
    """

    def __init__(self, config: RunConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config = config
        self.folder = folder
        self.say = say
        _claim(folder)
        try:
            self.threads = set_threads(config.training)
            self.device = pick_device(config.training)
            self.precision = pick_precision(config.training, self.device)
            self.data: RunData = load_run_data(config.data, config.training.seed, say)
            self._build()
        except BaseException:
            folder.rmdir()  # nothing has been written yet
            raise
        write_text(folder / "config.toml", config.as_toml())

    def _build(self) -> None:
        config, train = self.config, self.data.splits["train"]
        scheme = get_scheme(config.model.scheme)
        self.tags = scheme.tags(train.entity_labels)
        sentences = [words for document in train.documents for words in document.sentence_words()]
        self.features = config.rung.fit_features(config.model, sentences)
        self.examples: dict[str, Examples] = {
            name: prepare_examples(
                corpus.documents,
                self.features,
                self.tags,
                scheme,
                on_misaligned=config.data.on_misaligned,
                on_nested=config.data.on_nested,
            )
            for name, corpus in self.data.splits.items()
        }
        for name, examples in self.examples.items():
            if examples.ledger.kept != examples.ledger.read:
                self.say(f"{name}, as tags: {examples.ledger}")
        torch.manual_seed(config.training.seed)
        self.network = config.rung.build(config.model, self.features, self.tags, scheme).to(self.device)
        self.num_parameters = sum(parameter.numel() for parameter in self.network.parameters())
        self.say(f"{config.rung.name}: {self.num_parameters:,} parameters, {len(self.tags)} tags")

    def execute(self) -> Iterator[Step | Epoch | Finished]:
        """Train, evaluate and write; yields what happens."""
        dev = self.data.splits["dev"].documents
        gold = spans_from_documents(dev)

        def score_dev() -> tuple[float, float, float]:
            predicted = self._tagger(with_scores=False).tag(dev)
            score = entity_scores(match_exact(gold, spans_from_documents(predicted))).micro
            return score.precision, score.recall, score.f1

        trainer = Trainer(
            self.network,
            self.features,
            self.examples["train"],
            self.examples["dev"],
            score_dev,
            self.config.training,
        )
        started = time.perf_counter()
        history: list[Epoch] = []
        board = TensorBoardLog(self.folder / "tensorboard")
        with (self.folder / "history.jsonl").open("w", encoding="utf-8") as log:
            for event in trainer.epochs():
                if isinstance(event, Epoch):
                    history.append(event)
                    board.add(event)
                    log.write(json.dumps(event.as_dict()) + "\n")
                    log.flush()
                yield event
        board.close()
        yield self._finish(trainer, history, time.perf_counter() - started)

    def _tagger(self, *, with_scores: bool = True) -> Tagger:
        return Tagger(
            TorchBackend(self.network, self.device),
            self.features,
            self.tags,
            get_scheme(self.config.model.scheme),
            self.network.head.transitions(),
            with_scores=with_scores,
        )

    def _finish(self, trainer: Trainer, history: list[Epoch], seconds: float) -> Finished:
        save_bundle(self.folder / "bundle", self._bundle())
        metrics: dict[str, Any] = {
            "model": self.config.rung.name,
            "seed": self.config.training.seed,
            "parameters": self.num_parameters,
            "epochs": len(history),
            "best_epoch": trainer.best_epoch,
            "train_seconds": seconds,
            "train_tokens_per_second": _mean([epoch.tokens_per_second for epoch in history]),
            "bundle_bytes": bundle_size(self.folder / "bundle"),
        }
        evaluations: dict[str, Evaluation] = {}
        (self.folder / "predictions").mkdir()
        for name in ("dev", "test"):
            corpus = self.data.splits.get(name)
            if corpus is not None:
                reading = self.data.reading.get(name)
                evaluations[name], predicted = self.evaluate(corpus, reading.num_unread if reading else 0)
                metrics[name] = evaluations[name].as_dict()
                write_documents(self.folder / "predictions" / f"{name}.jsonl", predicted)
        metrics["peak_memory_mb"] = peak_memory_mb()
        self._write_json("metrics.json", metrics)
        self._write_json("ledger.json", self._ledgers())
        facts = {"threads": self.threads, "device": str(self.device), "precision": self.precision}
        self._write_json("environment.json", describe_environment(**facts))
        return Finished(metrics, history, evaluations)

    def evaluate(self, corpus: Corpus, num_unread: int) -> tuple[Evaluation, list[Document]]:
        """Score the network on a split; all gold entities of the file count, the unread ones as missed."""
        predicted = self._tagger().tag(corpus.documents)
        mentions = train_mentions(self.data.splits["train"].documents)
        evaluation = evaluate(
            corpus.documents,
            predicted,
            train_mentions=mentions,
            scheme=self.config.model.scheme,
            num_unread=num_unread,
        )
        return evaluation, predicted

    def _bundle(self) -> Bundle:
        config = {
            "model": self.config.rung.name,
            "options": self.config.model.model_dump(),
            "tags": self.tags,
            "scheme": self.config.model.scheme,
        }
        tensors = {name: value.detach().cpu().numpy() for name, value in self.network.state_dict().items()}
        return Bundle(config, self.features.state(), tensors)

    def _ledgers(self) -> dict[str, Any]:
        return {
            "reading": {name: ledger.as_dict() for name, ledger in self.data.reading.items()},
            "tagging": {name: examples.ledger.as_dict() for name, examples in self.examples.items()},
        }

    def _write_json(self, name: str, value: object) -> None:
        write_text(self.folder / name, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _claim(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise OutputError(f"{folder}: cannot write here: {error.strerror}") from None
    if taken:
        raise OutputError(f"{folder}: is not empty; name another folder with --out, or remove it")


def _mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))
