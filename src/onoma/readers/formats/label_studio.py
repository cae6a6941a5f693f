"""Label Studio's JSON exports (JSON and JSON-MIN): an array of tasks with regions of text as results.

Of several annotations of a task the one marked as ground truth is taken, else the one changed last; cancelled
ones never. What the others hold is counted as dropped. A task without annotation is left out. The text is the
data's ``text``, else its only string. ``choices`` about the whole text are document labels.

The browser counts UTF-16 units; newer versions store code points. The ``text`` of the regions tells which,
and where it does not, UTF-16 it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import Any, TextIO

from onoma.errors import DataError
from onoma.readers.evidence import CERTAIN, FAINT, STRONG, Evidence, weigh
from onoma.readers.json_array import read_array
from onoma.readers.json_lines import JsonObject, as_json
from onoma.readers.json_spans import Item
from onoma.readers.log import ReadLog
from onoma.readers.offsets import codepoint_offsets
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Ledger

_ANNOTATIONS = ("annotations", "completions")
_BOOKKEEPING = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time")


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, a task at a time.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any task.
    """
    return read_records(read_array(source, options, log), source, options, log, partial(_translate, options))


def _translate(options: ReadOptions, task: JsonObject, aside: Aside) -> JsonObject | None:
    annotations = next((task[key] for key in _ANNOTATIONS if key in task), None)
    data: Any
    if annotations is None:
        data, results = _minimal(task)
    else:
        chosen = _choose(_objects(annotations, "annotations"), aside)
        if chosen is None:
            aside.note("not-annotated", "the task has no annotation and is left out")
            return None
        data, results = task.get("data"), _results(chosen)
    text = _text(data)
    regions = [one for one in results if _is_region(one)]
    relations = [one for one in results if one.get("type") == "relation"]
    referred = {str(one.get(key)) for one in relations for key in ("from_id", "to_id")}
    entities = [item for one in regions for item in _entities(one, text, referred, aside)]
    return {
        "id": task.get("id"),
        "text": text,
        "entities": entities,
        "relations": [item for one in relations for item in _relations(one, aside)],
        "labels": _labels(results, aside),
        "unit": options.offset_unit or _unit(text, entities),
    }


def _objects(listed: Any, name: str) -> list[JsonObject]:
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise DataError(f"'{name}' must be a list of objects", code="wrong-type", text=as_json(listed))
    return listed


def _results(annotation: JsonObject) -> list[JsonObject]:
    return _objects(annotation.get("result", []), "result")


def _is_region(result: JsonObject) -> bool:
    value = result.get("value")
    return isinstance(value, dict) and "start" in value and "choices" not in value


def _choose(annotations: Sequence[JsonObject], aside: Aside) -> JsonObject | None:
    """Return the annotation that counts; count what the others hold."""
    done = [one for one in annotations if not one.get("was_cancelled")]
    chosen = max(done, key=_rank, default=None)
    for one in annotations:
        if one is not chosen:
            reason = "cancelled-annotation" if one.get("was_cancelled") else "other-annotation"
            number = sum(map(_is_region, _results(one)))
            aside.drop(reason, number)
            aside.note(reason, f"an annotation is not taken ({number} entities)")
    return chosen


def _rank(annotation: JsonObject) -> tuple[bool, str]:
    return bool(annotation.get("ground_truth")), str(annotation.get("updated_at") or "")


def _is_list_of_regions(value: Any) -> bool:
    return (
        isinstance(value, list)
        and value != []
        and all(isinstance(one, dict) and "labels" in one for one in value)
    )


def _minimal(task: JsonObject) -> tuple[JsonObject, list[JsonObject]]:
    """Return data and results of a JSON-MIN task, which has no results but lists of values by control."""
    data, results = {}, []
    for key, value in task.items():
        if (
            isinstance(value, list)
            and value
            and all(isinstance(one, dict) and "labels" in one for one in value)
        ):
            results += [{"type": "labels", "value": one} for one in value]
        elif isinstance(value, dict) and "choices" in value:
            results.append({"type": "choices", "value": value})
        elif key not in _BOOKKEEPING:
            data[key] = value
    return data, results


def _text(data: Any) -> str:
    if isinstance(data, dict):
        if isinstance(data.get("text"), str):
            return str(data["text"])
        strings = [value for value in data.values() if isinstance(value, str)]
        if len(strings) == 1:
            return strings[0]
    what = "a task's data must have 'text', or one string only"
    raise DataError(what, code="no-text", text=as_json(data))


def _entities(result: JsonObject, text: str, referred: set[str], aside: Aside) -> Iterator[Item | DataError]:
    value = result["value"]
    if type(value["start"]) is not int:
        what = "a region of hypertext or paragraphs has no place in plain text; export a project of Text"
        yield DataError(what, code="not-plain-text", text=as_json(value))
        return
    labels = value.get("labels")
    if not isinstance(labels, list):
        yield DataError("a region's 'labels' must be a list", code="wrong-type", text=as_json(value))
        return
    if not labels:
        aside.drop("no-label")
        aside.note("no-label", f"a region without label is left out: {as_json(value)[:60]}")
    id = result.get("id") if result.get("id") in referred else None
    for number, label in enumerate(labels):
        values = {"start": value["start"], "end": value.get("end"), "label": label}
        if id is not None:
            values["id"] = id if number == 0 else f"{id}#{number + 1}"
        if isinstance(value.get("text"), str):
            values["text"] = value["text"].replace("\\n", "\n") if "\\n" not in text else value["text"]
        yield Item(values)


def _relations(result: JsonObject, aside: Aside) -> Iterator[Item]:
    ends = result.get("from_id"), result.get("to_id")
    labels = result.get("labels") or []
    if not labels:
        aside.note("relation-ignored", "a relation without label is not read")
    directions = {"left": (ends[::-1],), "bi": (ends, ends[::-1])}
    for label in labels if isinstance(labels, list) else [labels]:
        for head, tail in directions.get(str(result.get("direction")), (ends,)):
            yield Item({"label": label, "head": head, "tail": tail})


def _labels(results: Sequence[JsonObject], aside: Aside) -> list[Any] | None:
    """Return the choices about the whole text; None where there are none. Note results of other kinds."""
    labels: list[Any] | None = None
    for one in results:
        value = one.get("value")
        if _is_region(one) or one.get("type") == "relation":
            continue
        if isinstance(value, dict) and isinstance(value.get("choices"), list) and "start" not in value:
            labels = [*(labels or []), *value["choices"]]
        else:
            aside.note("result-ignored", f"a result of type '{one.get('type')}' is not read")
    return labels


def _unit(text: str, entities: Sequence[Item | DataError]) -> str:
    """What the offsets of a task count, as far as the regions' texts tell."""
    table = codepoint_offsets(text, "utf16")
    if table is None or len(text) + 1 > max(table):
        return "codepoint"
    known = [one for one in entities if isinstance(one, Item) and "text" in one]
    if all(text[table.get(one["start"], 0) : table.get(one["end"], 0)] == one["text"] for one in known):
        return "utf16"
    return "codepoint" if all(text[one["start"] : one["end"]] == one["text"] for one in known) else "utf16"


def write(stream: TextIO, documents: Iterable[Document], scheme: str = "BIO") -> Ledger:
    """Write an array, a task a line, with offsets in UTF-16 units; memory stays flat.

    ``scheme`` means nothing here. The controls are called ``label`` (entities) and ``choices``, the text is
    ``text``.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    log = ReadLog()
    before = "[\n"
    for document in documents:
        number = document.id.isascii() and document.id.isdigit() and str(int(document.id)) == document.id
        task = {
            "id": int(document.id) if number else document.id,
            "data": {"text": document.text},
            "annotations": [{"result": list(_written(document, log)), "was_cancelled": False}],
        }
        stream.write(before + json.dumps(task, ensure_ascii=False))
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")
    return log.ledger()


def _written(document: Document, log: ReadLog) -> Iterator[JsonObject]:
    widths = (2 if char > "\uffff" else 1 for char in document.text)
    place = list(accumulate(widths, initial=0))
    for number, span in enumerate(document.entities, 1):
        check_surface(span, document)
        value: JsonObject = {"start": place[span.start], "end": place[span.end], "text": span.text}
        value["labels"] = [span.label]
        yield {"id": span.id or f"region-{number}", "type": "labels", **_control("label"), "value": value}
        if len(span.fragments) > 1:
            log.adjust("discontinuous")
        else:
            log.keep()
    for one in document.relations:
        ends = {"from_id": one.head, "to_id": one.tail, "direction": "right"}
        yield {"type": "relation", **ends, "labels": [one.label]}
    if document.labels is not None:
        choices = {"choices": list(document.labels)}
        yield {"id": "choices", "type": "choices", **_control("choices"), "value": choices}


def _control(name: str) -> JsonObject:
    return {"from_name": name, "to_name": "text"}


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "tasks with annotations and results")


def _judge(task: Any) -> float:
    if not isinstance(task, dict):
        return 0.0
    annotations = next((task[key] for key in _ANNOTATIONS if key in task), None)
    if annotations is None:
        regions = any(map(_is_list_of_regions, task.values()))
        return (CERTAIN if regions else STRONG) if "annotation_id" in task else STRONG if regions else 0.0
    if not isinstance(annotations, list) or not isinstance(task.get("data"), dict):
        return 0.0
    if not annotations:
        return FAINT + STRONG / 2
    return CERTAIN if all(isinstance(one, dict) and "result" in one for one in annotations) else 0.0


FORMAT = Format(
    name="label-studio",
    description="Label Studio's JSON and JSON-MIN: regions of text, relations, choices as document labels",
    suffixes=(".json",),
    sniff=_sniff,
    read=read,
    write=write,
    relations=True,
    keys=("id", "data", "annotations", "predictions"),
)
