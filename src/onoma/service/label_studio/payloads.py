"""What Label Studio sends, checked: nothing of it is repeated, run or fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from pydantic_core import from_json

from onoma.service.limits import BAD_JSON, Limits, read_body
from onoma.service.problems import ProblemError

Json = dict[str, Any]

ANNOTATED = ("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED")
DELETED = {
    "ANNOTATIONS_DELETED": "annotations",
    "ANNOTATION_DELETED": "annotations",
    "TASKS_DELETED": "tasks",
}
START = "START_TRAINING"


def _wrong(what: str) -> ProblemError:
    return ProblemError(422, "bad-request", what)


async def read_object(request: Request, limits: Limits) -> Json:
    """Read a body that is a JSON object.

    Raises:
        ProblemError: see `read_body`; 400 not JSON, 422 another value.
    """
    body = await read_body(request, limits)
    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise BAD_JSON from None
    if not isinstance(found, dict):
        raise _wrong("expected a JSON object, as Label Studio sends them")
    return found


def project_of(payload: Json) -> str:
    """Return the project's number as text; ``"3.1700000000"`` and ``{"id": 3, ...}`` are project 3.

    Raises:
        ProblemError: 422: there is none.
    """
    project = payload.get("project")
    found = project.get("id") if isinstance(project, dict) else project
    if not isinstance(found, int | str) or isinstance(found, bool) or not str(found):
        raise _wrong("the request names no project")
    return str(found).partition(".")[0]


def configuration_of(payload: Json) -> str | None:
    """Return the labelling configuration, wherever this kind of request has it."""
    project = payload.get("project")
    inner = project.get("label_config") if isinstance(project, dict) else None
    places = (payload.get("label_config"), payload.get("schema"), inner)
    return next((one for one in places if isinstance(one, str) and one.strip()), None)


def tasks_of(payload: Json, most: int) -> list[Json]:
    """Return the tasks of a request for predictions.

    Raises:
        ProblemError: 422 no list of tasks, 413 too many.
    """
    tasks = payload.get("tasks")
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise _wrong("expected 'tasks', a list of objects")
    if len(tasks) > most:
        raise ProblemError(413, "too-many-texts", f"at most {most} tasks a request; start with --max-texts")
    return tasks


@dataclass(frozen=True, slots=True)
class Event:
    """What a webhook says.

    Args:
        project: number of the project.
        records: for `onoma.service.label_studio.annotations`.
        starts: somebody asks for a training.
    """

    project: str
    records: tuple[Json, ...]
    starts: bool


def read_event(payload: Json) -> Event | None:
    """Return what a webhook is about; None where it is nothing to us.

    Raises:
        ProblemError: 422: an event without what belongs to it.
    """
    action = payload.get("action")
    if not isinstance(action, str) or action not in (*ANNOTATED, *DELETED, START, "PROJECT_UPDATED"):
        return None
    project = project_of(payload)
    records: list[Json] = []
    if (configuration := configuration_of(payload)) is not None:
        records.append({"project": project, "configuration": configuration})
    if action in ANNOTATED:
        records += _annotated(project, payload)
    elif action in DELETED:
        kind = DELETED[action]
        numbers = [_number(one) for one in _several(payload, kind)]
        records.append({"project": project, "deleted": {kind: numbers}})
    return Event(project, tuple(records), action == START)


def _annotated(project: str, payload: Json) -> Iterator[Json]:
    tasks = {str(_number(task)): task for task in _several(payload, "task")}
    only = next(iter(tasks)) if len(tasks) == 1 else None
    for annotation in _several(payload, "annotation"):
        task = tasks.get(str(annotation.get("task", only)))
        if task is None:
            raise _wrong("an annotation is of no task of the request")
        yield annotated(project, task, annotation)


def annotated(project: str, task: Json, annotation: Json) -> Json:
    """Return the record of an annotation.

    Raises:
        ProblemError: 422: the task has no data, the annotation no result, or a number cannot be kept.
    """
    if not isinstance(task.get("data"), dict) or not isinstance(annotation.get("result"), list):
        raise _wrong("expected a task with 'data' and an annotation with 'result'")
    kept = ("result", "was_cancelled", "ground_truth", "updated_at")
    record = {
        "project": project,
        "task": {"id": _number(task), "data": task["data"]},
        "annotation": {"id": _number(annotation)}
        | {key: annotation[key] for key in kept if key in annotation},
    }
    try:
        json.dumps(record, allow_nan=False)
    except ValueError:  # 1e999 is read as infinity, which is no JSON
        raise _wrong("a number of the task or annotation is too large") from None
    return record


def _several(payload: Json, key: str) -> list[Json]:
    """Return what is one object in one event, and a list of them, or under the plural's name, in another."""
    found = payload.get(key, payload.get(f"{key}s", payload.get(key.removesuffix("s"))))
    listed = [found] if isinstance(found, dict) else found
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise _wrong(f"the event has no '{key}'")
    return listed


def _number(thing: Json) -> int | str:
    number = thing.get("id")
    if not isinstance(number, int | str) or isinstance(number, bool):
        raise _wrong("expected an 'id' with each task and annotation")
    return number
