"""Finished runs, read back from their folders and grouped into models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from onoma.errors import DataError, ModelError, OnomaError
from onoma.metrics.documents import label_counts
from onoma.metrics.exact import DocumentCounts, document_counts, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.readers import read_documents
from onoma.runtime.given_cost import GivenCost
from onoma.text import Document
from onoma.tokenize import get_tokenizer
from onoma.training.agreement import essential
from onoma.training.config import DataConfig, read_run_settings, validate
from onoma.training.data import divide, load_corpus
from onoma.training.folder import CONFIG, COUNTS, METRICS


@dataclass(frozen=True)
class LoadedRun:
    """A finished run.

    Args:
        folder: where it is.
        config: its tables model, training and data.
        metrics: ``metrics.json``.
        history: a row an epoch.
        environment: ``environment.json``; empty where it is missing.
    """

    folder: Path
    config: dict[str, dict[str, Any]]
    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    environment: dict[str, Any]

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return int(self.metrics.get("seed", self.config.get("training", {}).get("seed", 0)))

    @property
    def share(self) -> float:
        """Share of the training data that it learned from; 1 of what was only scored here."""
        share = self.config.get("data", {}).get("train_share") if self.is_trained else None
        return float(share or 1.0)

    @property
    def model_id(self) -> str:
        """Its rung."""
        return str(self.metrics.get("model") or self.config["model"]["id"])

    @property
    def judged(self) -> Mapping[str, Any] | None:
        """Facts of a model that was finished elsewhere and only scored here (`onoma.training.judged`)."""
        facts = self.metrics.get("judged")
        return facts if isinstance(facts, Mapping) else None

    @property
    def is_trained(self) -> bool:
        """Whether it came of a seed and a share of train, which are known."""
        return self.judged is None or "seed" in self.metrics

    @property
    def bundle(self) -> Path | None:
        """Where its model is, or the run that holds it; None of predictions, which have none."""
        if self.judged is None:
            return self.folder
        place = self.judged.get("bundle")
        return None if place is None else Path(place)

    @cached_property
    def stored_counts(self) -> dict[str, Any]:
        """What ``counts.json`` holds; empty in runs that were made before there was one."""
        path = self.folder / COUNTS
        return _read_json(path) if path.exists() else {}

    def counts(self, split: str) -> tuple[tuple[str, ...], DocumentCounts]:
        """Return the ids of a split's documents and their counts, made from the predictions if not stored.

        Raises:
            ModelError: neither the counts nor what they are made from is there.
        """
        stored = self.stored_counts.get(split)
        if stored is not None:
            columns = (np.asarray(stored[key], dtype=np.int64) for key in ("correct", "gold", "predicted"))
            return tuple(stored["documents"]), self._with_lost(DocumentCounts(*columns), split)
        gold, predicted = self.gold(split), self.predicted(split)
        match = match_exact(spans_from_documents(gold), spans_from_documents(predicted))
        return tuple(document.id for document in gold), self._with_lost(document_counts(match), split)

    def _with_lost(self, counts: DocumentCounts, split: str) -> DocumentCounts:
        """Return counts of all that was scored; older runs stored them without what was lost on reading."""
        there = int(counts.gold.sum())
        return counts.with_lost(self.metrics.get(split, {}).get("gold_entities", there) - there, 0)

    def gives_labels(self, split: str) -> bool:
        """Whether document labels were scored."""
        return "documents" in self.metrics.get(split, {})

    def label_counts(self, split: str) -> tuple[tuple[str, ...], DocumentCounts]:
        """Return the ids of a split's documents and the counts of their labels.

        Raises:
            ModelError: what they are made from is not there.
        """
        gold = self.gold(split)
        counts = label_counts(gold, self.predicted(split))
        if counts is None:
            raise ModelError(f"{self.folder}: its documents have no labels")
        return tuple(document.id for document in gold), counts

    def gold(self, split: str) -> tuple[Document, ...]:
        """Return the tokenised documents of a split as the run read them; of train what it learned from.

        Raises:
            ModelError: the data is no longer there, or no longer what it was.
        """
        try:
            data = validate(DataConfig, self.config.get("data", {}), "data")
            path, tokenizer = getattr(data, split), get_tokenizer(data.tokenizer)
            if not (path or data.train):
                raise ModelError(f"{self.folder}: no {split} file is known")
            corpus = load_corpus(Path(path or data.train), data.read_options(), split, tokenizer)
            if split == "train" or path is None:
                learned, held = divide(corpus, data, self.seed)
                corpus = held if path is None and held is not None else learned
            return tuple(corpus.documents)
        except OnomaError as error:
            raise ModelError(f"{self.folder}: its {split} data cannot be read again: {error}") from None

    def predicted(self, split: str) -> tuple[Document, ...]:
        """Return the documents of a split with the run's entities.

        Raises:
            ModelError: the predictions are missing or damaged.
        """
        path = self.folder / "predictions" / f"{split}.jsonl"
        try:
            return tuple(read_documents(path))
        except DataError as error:
            raise ModelError(f"{self.folder}: its predictions cannot be read: {error}") from None


@dataclass
class ModelRuns:
    """The runs of one model.

    Args:
        name: of the model in the report.
        runs: to compare, one a seed, in the order of the seeds; on all training data, or see
            `compare_on_largest_share`.
        partial: the runs on smaller shares of the training data.
        failures: runs that failed, with their message.
    """

    name: str
    runs: list[LoadedRun] = field(default_factory=list)
    partial: list[LoadedRun] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def add(self, run: LoadedRun) -> None:
        """Take in a run."""
        (self.runs if run.share == 1.0 else self.partial).append(run)

    @property
    def trained(self) -> list[LoadedRun]:
        """The runs that were trained with a seed: those of a model that was only scored here are not."""
        return [run for run in self.runs if run.is_trained]

    @property
    def given_cost(self) -> GivenCost | None:
        """The cost that somebody gave for it."""
        facts = self.runs[0].judged if self.runs else None
        cost = facts.get("cost") if facts else None
        return validate(GivenCost, cost, "cost") if cost else None

    @property
    def notes(self) -> list[str]:
        """What scoring it came across, in sentences."""
        return [note for run in self.runs if run.judged for note in run.judged.get("notes", ())]


def compare_on_largest_share(models: Sequence[ModelRuns]) -> float:
    """Where no run had all training data, let those of the largest share be the ones to compare.

    Models that were only scored here have no share, and stay.

    Returns:
        That share; 1 where nothing was to be done.
    """
    trained = [model for model in models if model.partial or model.trained or not model.runs]
    largest = max((run.share for model in trained for run in (*model.runs, *model.partial)), default=1.0)
    if largest < 1:
        for model in trained:
            model.runs = [run for run in model.partial if run.share == largest]
            model.partial = [run for run in model.partial if run.share != largest]
    return largest


def load_run(folder: Path) -> LoadedRun:
    """Read a finished run.

    Raises:
        ModelError: there is no run, it is not finished, or a file is damaged.
    """
    if not (folder / METRICS).is_file():
        what = "the run is not finished" if (folder / CONFIG).is_file() else "no run"
        raise ModelError(f"{folder}: {what}: there is no {METRICS}")
    try:
        config = read_run_settings(folder / CONFIG)
    except OnomaError as error:
        raise ModelError(str(error)) from None
    history = folder / "history.jsonl"
    environment = folder / "environment.json"
    return LoadedRun(
        folder,
        config,
        _read_json(folder / METRICS),
        _read_rows(history) if history.is_file() else [],
        _read_json(environment) if environment.is_file() else {},
    )


def _read_json(path: Path) -> dict[str, Any]:
    return _read_object(_read_text(path), path)


def _read_rows(path: Path) -> list[dict[str, Any]]:
    lines = enumerate(_read_text(path).split("\n"), start=1)
    return [_read_object(line, f"{path}:{number}") for number, line in lines if line]


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ModelError(f"{path}: damaged: {error}") from None


def _read_object(text: str, place: Path | str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{place}: damaged: {error}") from None
    if not isinstance(value, dict):
        raise ModelError(f"{place}: damaged: holds no object")
    return value


def group_runs(runs: Sequence[LoadedRun], given: Sequence[str] = ()) -> list[ModelRuns]:
    """Group runs that differ in nothing but their seed and share of data; name them by what differs.

    Two runs of the same settings and the same seed are two models, and named by their folders.

    Args:
        runs: to group.
        given: the name that a user gave to each, empty where none; runs of other names are other models.
    """
    groups: dict[tuple[str, str, int], list[LoadedRun]] = {}
    for run, name in zip(runs, given or [""] * len(runs), strict=True):
        key, copy = _settings_key(run), 0
        while any(_twins(one, run) for one in groups.get((name, key, copy), [])):
            copy += 1
        groups.setdefault((name, key, copy), []).append(run)
    made = iter(_names([group[0] for (name, *_), group in groups.items() if not name]))
    models = []
    for (name, *_), group in groups.items():
        model = ModelRuns(name or next(made))
        for run in sorted(group, key=lambda run: run.seed):
            model.add(run)
        models.append(model)
    return models


def _twins(one: LoadedRun, other: LoadedRun) -> bool:
    return (one.seed, one.share) == (other.seed, other.share)


def _settings_key(run: LoadedRun) -> str:
    tables = essential(run.config)
    tables.get("training", {}).pop("seed", None)
    tables.get("data", {}).pop("train_share", None)
    return json.dumps(tables, sort_keys=True)


def _names(firsts: Sequence[LoadedRun]) -> list[str]:
    """The rung where that tells models apart, else the folder, else the path."""
    ways: tuple[Callable[[LoadedRun], str], ...] = (
        lambda run: run.model_id,
        lambda run: run.folder.resolve().name,
    )
    for way in ways:
        names = [way(run) for run in firsts]
        if len(set(names)) == len(names):
            return names
    return [str(run.folder) for run in firsts]


def shared_split(models: Sequence[ModelRuns], wanted: str | None = None) -> str:
    """Return the split that all runs have scores on, test before dev.

    Raises:
        ModelError: there is none.
    """
    runs = [run for model in models for run in (*model.runs, *model.partial)]
    for split in (wanted,) if wanted else ("test", "dev"):
        if runs and all(isinstance(run.metrics.get(split), Mapping) for run in runs):
            return split
    raise ModelError(f"the runs have no {wanted or 'test or dev'} scores in common")
