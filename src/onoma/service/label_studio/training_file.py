"""From annotated tasks to a file to train on, in the labels of the model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onoma.errors import DataError
from onoma.files import write_text
from onoma.service.label_studio.configuration import Labelling, read_labelling
from onoma.service.label_studio.matching import match_labels
from onoma.service.problems import ProblemError

Json = dict[str, Any]


@dataclass(slots=True)
class Account:
    """What became of tasks and regions.

    Args:
        tasks: that were written.
        left_out: reason -> tasks that were not.
        foreign: label of a project that the model does not have -> regions that were left out.
    """

    tasks: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> Json:
        """Return plain values."""
        return {"tasks": self.tasks, "left_out": dict(self.left_out), "foreign_labels": dict(self.foreign)}


def write_training_file(
    path: Path,
    tasks: Iterable[tuple[str, Json]],
    configurations: Mapping[str, str],
    labels: Iterable[str],
    label_map: Mapping[str, str],
) -> Account:
    """Write tasks as an export of Label Studio with the model's labels; its readers judge all else.

    Args:
        path: of the file.
        tasks: (project, task), from `Annotations.tasks`.
        configurations: by project.
        labels: of the model.
        label_map: see `match_labels`.

    Raises:
        DataError: labels of the model that a project does not tell apart.
        OutputError: the file cannot be written.
    """
    account = Account()
    projects: dict[str, tuple[Labelling, dict[str, str]] | None] = {}
    lines = []
    for project, task in tasks:
        if project not in projects:
            projects[project] = _project(configurations.get(project), labels, label_map)
        known = projects[project]
        text = None if known is None else known[0].text_of(task["data"])
        text = None if text is None or "\0" in text else text
        if known is None or text is None:
            account.left_out["no usable configuration" if known is None else "no text"] += 1
            continue
        annotations = [
            {**one, "result": list(_translated(one["result"], known[1], account.foreign))}
            for one in task["annotations"]
        ]
        lines.append(
            json.dumps({"id": f"{project}-{task['id']}", "data": {"text": text}, "annotations": annotations})
        )
    account.tasks = len(lines)
    write_text(path, "[" + ",\n".join(lines) + "]\n")
    return account


def _project(
    configuration: str | None, labels: Iterable[str], label_map: Mapping[str, str]
) -> tuple[Labelling, dict[str, str]] | None:
    """Return a project's labelling, and its labels by the model's names."""
    try:
        labelling = read_labelling(configuration or "")
    except ProblemError:
        return None
    return labelling, match_labels(labels, labelling.labels, label_map, labelling.hints).back()


def _translated(results: list[Any], names: Mapping[str, str], foreign: Counter[str]) -> Iterator[Json]:
    """Yield regions with the model's labels; what is about the whole text, or relations, is not learned."""
    for result in results:
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict) or not isinstance(value.get("labels"), list):
            continue
        labels = [label if isinstance(label, str) else json.dumps(label) for label in value["labels"]]
        foreign.update(label for label in labels if label not in names)
        if kept := [names[label] for label in labels if label in names]:
            yield {**result, "value": {**value, "labels": kept}}


def refuse_empty(account: Account) -> None:
    """Raise where there is nothing to learn from.

    Raises:
        DataError: no task was written.
    """
    if not account.tasks:
        why = ", ".join(f"{number} with {reason}" for reason, number in account.left_out.items())
        raise DataError(
            f"there is no annotated task to learn from{f': {why}' if why else ''}", code="no-tasks"
        )
