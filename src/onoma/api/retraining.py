"""Training a model on with new annotation, and judging whether the new one is to be used in its place."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import read
from onoma.api.jobs import Watch, unwatched
from onoma.api.taggers import as_tagger
from onoma.errors import ConfigError
from onoma.text import Corpus, Document, Ledger

if TYPE_CHECKING:
    from onoma.reports.comparison.decision import Decision
    from onoma.reports.comparison.evidence import Evidence

_LOG = logging.getLogger("onoma")
_RECORD = "retrained.json"
_PATHS = ("train", "dev", "test", "targets")
_OF_DATA = ("tokenizer", "on_nested")
_NEVER = (("model", "id"), ("training", "init_from"))
NEW, OLD = "the new model", "the old one"


@dataclass(frozen=True, slots=True)
class Judged:
    """Two models on the same documents.

    Args:
        split: of the data that they were judged on.
        evidence: intervals of both, and how they compare.
        decision: by the rule of ``onoma decide``.
        learned: annotated documents that were learned from.
        left_out: annotated documents whose text the models are chosen or judged by.
        replaced: documents of train whose text was annotated anew.
    """

    split: str
    evidence: Evidence
    decision: Decision
    learned: int
    left_out: int
    replaced: int

    @property
    def taken(self) -> bool:
        """Whether the new model is to be used."""
        return next(one.qualifies for one in self.decision.verdicts if one.name == NEW)

    @property
    def reason(self) -> str:
        """In one sentence."""
        found = self.evidence.difference(NEW, OLD)
        scores = [100 * self.evidence.intervals[name].score for name in (NEW, OLD)]
        return (
            f"{NEW} {'is taken' if self.taken else 'is not taken'}: F1 {scores[0]:.2f} on {self.split} "
            f"({self.evidence.num_documents:,} documents) where {OLD} has {scores[1]:.2f}: "
            f"{100 * found.value:+.2f} points, between {100 * found.low:+.2f} and {100 * found.high:+.2f}, "
            f"p = {found.p_value:.2f}; the margin is {self.decision.constraints.margin:g}"
        )

    @property
    def undecided(self) -> list[str]:
        """Whether the documents can tell the two apart, and how many would."""
        from onoma.reports.comparison.cautions import undecided

        return list(undecided(self.evidence))

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return {
            "taken": self.taken,
            "reason": self.reason,
            "undecided": self.undecided,
            "split": self.split,
            "documents": self.evidence.num_documents,
            "f1": {"new": self.evidence.intervals[NEW].score, "old": self.evidence.intervals[OLD].score},
            "difference": asdict(self.evidence.difference(NEW, OLD)),
            "margin": self.decision.constraints.margin,
            "learned": self.learned,
            "left_out": self.left_out,
            "replaced": self.replaced,
        }


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
    watch: Watch = unwatched,
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
        watch: sees what happens.

    Raises:
        ConfigError: a setting that does not exist, or nothing to judge by.
        DataError: data that cannot be used, or no new document is left.
        ModelError: there is no such model, or it is exported.
        StoppedError: SIGTERM or Ctrl-C.
    """
    from onoma.api.runs import train

    start = _find(init_from or model)
    tables = _settings(start)
    splits = _read_splits(str(data), tables["data"])
    judge = "test" if "test" in splits else "dev"
    if judge not in splits:
        raise ConfigError(f"{data}: has neither test nor dev to judge the new model by")
    if judge == "dev":
        _LOG.warning("there is no test: models are judged on dev, by which the new one is chosen, too")
    held = [splits[name] for name in ("dev", "test") if name in splits]
    new, left_out = _new_documents(annotated, held, on_error)
    old = splits["train"].documents if "train" in splits else ()
    texts = {_key(document) for document in new}
    kept = [document for document in old if _key(document) not in texts]
    learned = Corpus((*kept, *new), Ledger())
    train(
        tables["model"]["id"],
        {"train": learned, **{name: splits[name] for name in ("dev", "test") if name in splits}},
        out,
        watch=watch,
        **_given(tables, settings or {}, start),
    )
    _keep_reading(Path(out), tables["data"])
    evidence, decision = _judge(splits[judge], out, model, judge, margin)
    return Judged(judge, evidence, decision, len(new), left_out, len(old) - len(kept))


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
    from onoma.training.config import DataConfig, validate
    from onoma.training.settings import data_folder

    options = validate(DataConfig, {**data, "train": ""}, "data").read_options()
    found = find_splits(data_folder(name), required=())
    return {split: read_corpus(path, options) for split, path in found.items()}


def _new_documents(
    files: Sequence[str | Path], held: Sequence[Corpus], on_error: str
) -> tuple[list[Document], int]:
    """Return the new documents but those that are held out, with ids of their own; and how many these are."""
    from onoma.errors import DataError

    how = {"on_misaligned": "expand", "on_error": on_error}
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
    told = {name.rpartition(".")[2] for name in settings}
    kept = {"training.init_from": str(start)}
    for table, values in tables.items():
        for key, value in values.items():
            if key not in told and (table != "data" or key in _OF_DATA) and (table, key) not in _NEVER:
                kept[f"{table}.{key}"] = value
    return kept | dict(settings)


def _judge(
    gold: Corpus, new: str | Path, old: str | Path, split: str, margin: float
) -> tuple[Evidence, Decision]:
    """Compare two models on gold, by the rule of ``onoma decide``."""
    from onoma.metrics.report import evaluate
    from onoma.metrics.significance import stack_counts
    from onoma.reports.comparison.decision import Candidate, Constraints, decide
    from onoma.reports.comparison.evidence import resample

    counts = []
    for model in (new, old):
        tagger = as_tagger(model)
        documents = [tagger.tokenizer.document(document) for document in gold.documents]
        counts.append(stack_counts([evaluate(documents, tagger.tag(documents)).document_counts]))
    evidence = resample((NEW, OLD), counts, split)
    candidates = [Candidate(name, evidence.intervals[name].score, None) for name in (NEW, OLD)]
    return evidence, decide(candidates, evidence.difference, Constraints(margin=margin))
