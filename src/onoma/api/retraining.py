"""Training a model on with new annotation, and judging whether the new one is to be used in its place."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from onoma.api.data import read
from onoma.api.jobs import SAME_CALL, Watch, unwatched
from onoma.api.judging import Judged, judge_models
from onoma.errors import ConfigError
from onoma.text import Corpus, Document, Ledger

_LOG = logging.getLogger("onoma")
_RECORD = "retrained.json"
_PATHS = ("train", "dev", "test", "targets")
_OF_DATA = ("tokenizer", "on_nested")
_NEVER = (("model", "id"), ("training", "init_from"))


def retrain(
    model: str | Path,
    annotated: Sequence[str | Path],
    data: str | Path,
    out: str | Path,
    *,
    init_from: str | Path | None = None,
    margin: float = 0.5,
    on_error: str = "strict",
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    watch: Watch = unwatched,
    go_on: str = SAME_CALL,
) -> Judged:
    """Train on from a model with new gold beside its data, and judge; what ``onoma retrain`` does.

    Documents whose text is among those that models are chosen or judged by are not learned from. A document
    of train with the text of a new one gives way to it.

    Args:
        model: run or bundle in use, which the new one is compared with.
        annotated: new gold.
        data: folder with ``train`` (or none), ``dev`` (or none) and ``test``; or a bundled corpus.
        out: folder of the new run; what it learns from is written beside it, as ``OUT-data``.
        init_from: run or bundle to start from, and whose settings to train with; ``model`` when not given.
        margin: F1 points that may be lost.
        on_error: of the reading of ``annotated``: ``strict``, ``skip`` or ``repair``.
        settings: of the training, in place of those that ``init_from`` was trained with.
        resume: go on with the training in ``out``, if it has begun; one that is finished is judged.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Raises:
        ConfigError: a setting that does not exist, or nothing to judge by.
        DataError: data that cannot be used, or no new document is left.
        ModelError: there is no such model, or it is exported.
        StoppedError: SIGTERM or Ctrl-C.
    """
    from onoma.api.runs import train_given
    from onoma.training.folder import is_begun

    start = _find(init_from or model)
    tables = _settings(start)
    splits = _read_splits(str(data), tables["data"])
    judge = "test" if "test" in splits else "dev"
    if judge not in splits:
        raise ConfigError(f"{data}: has neither test nor dev to judge the new model by")
    if judge == "dev":
        _LOG.warning("there is no test: models are judged on dev, by which the new one is chosen, too")
    held = [splits[name] for name in ("dev", "test") if name in splits]
    how = _how_to_read(model, tables["data"], on_error)
    new, left_out = _new_documents(annotated, held, how)
    old = splits["train"].documents if "train" in splits else ()
    texts = {_key(document) for document in new}
    kept = [document for document in old if _key(document) not in texts]
    learned = Corpus((*kept, *new), Ledger())
    train_given(
        tables["model"]["id"],
        {"train": learned, **{name: splits[name] for name in ("dev", "test") if name in splits}},
        Path(out),
        _given(tables, settings or {}, start),
        resume=resume and is_begun(Path(out)),
        watch=watch,
        go_on=go_on,
    )
    _keep_reading(Path(out), tables["data"])
    judgements = judge_models(splits[judge], out, model, judge, margin)
    return Judged(judge, judgements, len(new), left_out, len(old) - len(kept))


def _find(model: str | Path) -> Path:
    from onoma.runtime.loading import find_bundle

    return find_bundle(model).resolve()


def _settings(bundle: Path) -> dict[str, dict[str, Any]]:
    """Return what a model was trained with, by table; of a bundle alone what it is, and the defaults."""
    from onoma.runtime.bundle import load_bundle
    from onoma.training.config import read_run_settings

    path = bundle.parent / "config.toml"
    if not path.is_file():
        config = load_bundle(bundle).config
        return {
            "model": {"id": config.model, **config.options},
            "training": {},
            "data": {"tokenizer": config.tokenizer},
        }
    tables = {"training": {}, "data": {}, **read_run_settings(path)}
    record = bundle.parent / _RECORD
    if record.is_file():  # a retrained run reads what was written for it; this is how its data was read first
        tables["data"] |= json.loads(record.read_text(encoding="utf-8"))
    return tables


def _keep_reading(out: Path, data: Mapping[str, Any]) -> None:
    from onoma.files import write_text

    kept = {key: value for key, value in data.items() if key not in _PATHS}
    write_text(out / _RECORD, json.dumps(kept) + "\n")


def _read_splits(name: str, data: Mapping[str, Any]) -> dict[str, Corpus]:
    """Read a data folder as the model's own data was read."""
    from onoma.readers import read_corpus
    from onoma.readers.splits import find_splits
    from onoma.resources import data_folder
    from onoma.training.config import DataConfig, validate

    options = validate(DataConfig, {**data, "train": ""}, "data").read_options()
    found = find_splits(data_folder(name), required=())
    return {split: read_corpus(path, options) for split, path in found.items()}


def _how_to_read(model: str | Path, data: Mapping[str, Any], on_error: str) -> dict[str, Any]:
    """Return how new gold is read: its format is its own, its labels mean what they do in the model's data.

    What was renamed, merged or dropped there is here, too, but not labels that the model has: annotation
    that began with its suggestions speaks of these.
    """
    from onoma.readers.label_map import read_label_map
    from onoma.runtime.bundle import bundled_labels

    known = set(bundled_labels(_find(model)))
    names = read_label_map(data.get("label_map", ())).names
    return {
        "on_misaligned": "expand",
        "on_error": on_error,
        "document_labels": data.get("document_labels"),
        "labels": {old: new for old, new in names.items() if old not in known},
    }


def _new_documents(
    files: Sequence[str | Path], held: Sequence[Corpus], how: Mapping[str, Any]
) -> tuple[list[Document], int]:
    """Return the new documents but those that are held out, with ids of their own; and how many these are."""
    from onoma.errors import DataError

    found = [document for path in files for document in read(path, **how).documents]
    known = {_key(document) for corpus in held for document in corpus.documents}
    new = [
        replace(document, id=f"annotated-{number}")
        for number, document in enumerate(found)
        if _key(document) not in known
    ]
    if not new:
        what = f"none of the {len(found)} annotated documents is new: their texts are among dev and test"
        raise DataError(what, code="nothing-new")
    if len(new) < len(found):
        _LOG.warning(
            f"{len(found) - len(new)} annotated documents are left out: their texts are among dev and test"
        )
    return new, len(found) - len(new)


def _key(document: Document) -> str:
    return " ".join(document.text.split())


def _given(
    tables: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any], start: Path
) -> dict[str, Any]:
    """Return the settings of the new run: those of the old one, but for what the user gives."""
    kept = {"training.init_from": str(start)}
    for table, values in tables.items():
        for key, value in values.items():
            told = not settings.keys().isdisjoint((key, f"{table}.{key}"))
            if not told and (table != "data" or key in _OF_DATA) and (table, key) not in _NEVER:
                kept[f"{table}.{key}"] = value
    return kept | dict(settings)
