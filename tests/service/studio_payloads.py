"""What Label Studio sends, shortened: shapes as its 1.x versions have them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

CONFIGURATION = """
<View>
  <Header value="Who and where?"/>
  <View style="display: flex">
    <Labels name="ner" toName="doc">
      <Label value="Person" predicted_values="PER, PERSON"/>
      <Label value="loc" background="#fff"/>
      <Label value="Organisation" alias="ORG"/>
      <Label value="Animal"/>
    </Labels>
    <Text name="doc" value="$body"/>
  </View>
  <Choices name="topic" toName="doc"><Choice value="news"/><Choice value="sport"/></Choices>
</View>
"""


def project(number: int = 3, configuration: str = CONFIGURATION) -> Json:
    return {
        "id": number,
        "title": "names",
        "label_config": configuration,
        "created_at": "2026-01-01T00:00:00Z",
        "task_number": 2,
        "min_annotations_to_start_training": 0,
    }


def predict(*texts: object, number: int = 3, configuration: str | None = CONFIGURATION) -> Json:
    tasks = [{"id": n, "data": {"body": text}, "meta": {}, "project": number} for n, text in enumerate(texts)]
    body = {
        "tasks": tasks,
        "project": f"{number}.1767225600",
        "params": {"login": "x", "password": "y", "context": None},
    }
    return body if configuration is None else body | {"label_config": configuration}


def setup(configuration: str = CONFIGURATION) -> Json:
    return {
        "project": "3.1767225600",
        "schema": configuration,
        "hostname": "http://127.0.0.1:1",
        "access_token": "never-used",
        "extra_params": None,
    }


def region(start: int, end: int, text: str, label: str, id: str = "r") -> Json:
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {
        "id": id,
        "from_name": "ner",
        "to_name": "doc",
        "type": "labels",
        "origin": "prediction-changed",
        "value": value,
    }


def annotation(task: int, *regions: Json, id: int | None = None, **more: Any) -> Json:
    return {
        "id": 100 + task if id is None else id,
        "completed_by": 1,
        "result": list(regions),
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-01-02T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
        "lead_time": 3.5,
        "task": task,
        "project": 3,
        **more,
    }


def event(action: str, task: int, text: str, *regions: Json, number: int = 3, **more: Any) -> Json:
    return {
        "action": action,
        "annotation": annotation(task, *regions, **more),
        "project": project(number),
        "task": {"id": task, "data": {"body": text}, "meta": {}, "is_labeled": True, "project": number},
    }


def start(number: int = 3) -> Json:
    return {"action": "START_TRAINING", "project": project(number)}
