"""Scoring a finished model into a folder that reads as a run does: scores, counts, predictions.

    JUDGED/  config.toml  metrics.json  counts.json  environment.json  predictions/SPLIT.jsonl

``metrics.json`` has the scores where a run's has them, and under ``judged`` what the model is. There is no
seed, no history and no time of training in it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import onoma
from onoma.files import atomic_folder, write_json, write_text
from onoma.metrics.report import evaluate
from onoma.readers import write_documents
from onoma.runtime.bundle import bundle_size
from onoma.training.environment import describe_environment
from onoma.training.folder import CONFIG, COUNTS, METRICS
from onoma.training.judged.exam import Exam
from onoma.training.judged.model import Answers, FinishedModel

_ENVIRONMENT, _RECORD = "environment.json", "judged_by"


def judge(model: FinishedModel, exam: Exam, folder: Path) -> bool:
    """Score a model on the documents, unless it was on the same ones before.

    Args:
        model: to be scored.
        exam: on what.
        folder: for what was found; another that was there is replaced once this one is complete.

    Returns:
        Whether it had to be scored.

    Raises:
        OnomaError: the model cannot be used, or is not for these documents.
        OutputError: the folder cannot be written.
    """
    record = _record(model, exam)
    if _known(folder) == record:
        return False
    import tomli_w

    answers = model.answer(exam)
    with atomic_folder(folder) as part:
        (part / "predictions").mkdir()
        # Without tokens: what others predict may begin or end within one.
        found = (document.with_tokens((), ()) for document in answers.documents)
        write_documents(part / "predictions" / f"{exam.split}.jsonl", found)
        config = {"model": {"id": model.rung}, "data": exam.data.model_dump(exclude_none=True)}
        write_text(part / CONFIG, tomli_w.dumps(config))
        _write_scores(part, model, exam, answers)
        facts = describe_environment(inputs=_inputs(model, exam), **{_RECORD: record})
        write_json(part / _ENVIRONMENT, facts)
    return True


def _write_scores(part: Path, model: FinishedModel, exam: Exam, answers: Answers) -> None:
    evaluation = evaluate(
        exam.gold,
        answers.documents,
        train_mentions=exam.mentions,
        num_unread=exam.num_unread,
        num_unplaced=sum(answers.unplaced) + answers.lost,
    )
    write_json(part / COUNTS, {exam.split: evaluation.document_counts_as_dict(answers.unplaced)})
    metrics: dict[str, Any] = {"model": model.rung, "judged": _facts(model, exam, answers)}
    if model.place is not None:
        metrics["bundle_bytes"] = bundle_size(model.place)
    write_json(part / METRICS, {**metrics, exam.split: evaluation.as_dict()})


def _facts(model: FinishedModel, exam: Exam, answers: Answers) -> dict[str, Any]:
    return {
        "kind": model.KIND,
        "source": model.source,
        "bundle": None if model.place is None else str(model.place.resolve()),
        "map": dict(model.labels(exam).names),
        "cost": model.given_cost.model_dump(exclude_none=True) if model.given_cost else None,
        "placed": answers.placed,
        "notes": list(answers.notes),
        "command": model.command(exam),
    }


def _inputs(model: FinishedModel, exam: Exam) -> dict[str, str]:
    return exam.inputs if model.place is not None else {**exam.inputs, model.source: model.digest()}


def _record(model: FinishedModel, exam: Exam) -> str:
    """Return a hash of all that the scores depend on."""
    said = {
        "onoma": onoma.__version__,
        "model": [model.KIND, model.digest(), model.model_dump(mode="json")],
        "split": exam.split,
        "data": exam.data.model_dump(mode="json"),
        "inputs": exam.inputs,
        "documents": [document.id for document in exam.gold],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def _known(folder: Path) -> object:
    try:
        facts = json.loads((folder / _ENVIRONMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts.get(_RECORD) if isinstance(facts, dict) else None
