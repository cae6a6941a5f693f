"""Label Studio's tasks: which annotation counts, which string is the text, what regions and relations say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from onoma.errors import DataError
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import objects_field
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.offsets import UTF16
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside

_ANNOTATIONS = ("annotations", "completions")
BOOKKEEPING = (
    "id",
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
    "agreement",
    "project",
)
"""Keys and columns of a task in JSON-MIN, CSV and TSV that are no data of it."""
_TEXT = "text"
SUGGESTED = ("document", "strategy", "selection")
"""Data of the tasks that `onoma.readers.formats.label_studio.suggest` writes."""


class Stated(NamedTuple):
    """The place of a region as the file has it, and its text."""

    start: int
    end: int
    surface: str


class TaskReader:
    """Translates tasks into records of span JSONL.

    Args:
        options: policies; ``text_column`` names the key of the text.
        sample: some of the tasks, which tell the key of the text where one task does not.
    """

    def __init__(self, options: ReadOptions, sample: Iterable[Any] = ()) -> None:
        self._options = options
        self._usual = _usual_key(sample)

    def translate(self, task: JsonObject, aside: Aside) -> JsonObject | None:
        """Return the record of a task, None where it has no annotation.

        Raises:
            DataError: without path and line, a fault of the task.
        """
        found = listed_annotations(task)
        data: Any
        if found is None:
            data, results = split_minimal(task)
        else:
            chosen = _choose(found, aside)
            if chosen is None and self._options.gold:
                aside.note("not-annotated", "the task has no annotation and is left out")
                return None
            data, results = task.get("data"), [] if chosen is None else _results(chosen)
        regions = [one for one in results if _is_region(one)]
        try:
            key = self._text_key(data, [stated for one in regions if (stated := _state(one))])
        except DataError as error:
            aside.drop(error.code, len(regions))
            raise
        # What has no value may be a control's column in CSV, of a task without regions.
        aside.unknown |= {
            f"data.{other}" for other, value in data.items() if value and other not in (key, *SUGGESTED)
        }
        relations = [one for one in results if one.get("type") == "relation"]
        referred = {as_json(one.get(key)) for one in relations for key in ("from_id", "to_id")}
        return {
            "id": task.get("id"),
            "text": data[key],
            "entities": [item for one in regions for item in _entities(one, data[key], referred, aside)],
            "relations": [item for one in relations for item in _relations(one, aside)],
            "labels": _labels(results, aside),
        }

    def _text_key(self, data: Any, stated: Sequence[Stated]) -> str:
        """Return the key of the string where the regions' texts stand; the usual one where none tells."""
        strings = _strings(data)
        asked = self._options.text_column
        if asked is not None and asked in strings:
            return asked
        fitting = [] if asked is not None else _fitting(strings, stated)
        for key in (self._usual, _TEXT, fitting[0] if len(fitting) == 1 else None):
            if key is not None and key in fitting:
                return key
        keys = ", ".join(data) if isinstance(data, dict) and data else "nothing"
        what = f"which string of a task's data is the text? It has {keys}: name the key with --text-column"
        raise DataError(what, code="no-text", text=as_json(data))


def _strings(data: Any) -> dict[str, str]:
    return {key: one for key, one in data.items() if isinstance(one, str)} if isinstance(data, dict) else {}


def _fitting(strings: dict[str, str], stated: Sequence[Stated]) -> list[str]:
    """Return the keys of the strings in which regions lie; else in which their texts occur; else all."""
    if stated:
        for stands in (_stands, _occurs):
            keys = [key for key, text in strings.items() if all(stands(text, one) for one in stated)]
            if keys:
                return keys
    return list(strings)


def _stands(text: str, stated: Stated) -> bool:
    if text[max(0, stated.start) : max(0, stated.end)] == stated.surface:
        return True
    table = UTF16.table(text)
    if table is None or stated.start not in table or stated.end not in table:
        return False
    return text[table[stated.start] : table[stated.end]] == stated.surface


def _occurs(text: str, stated: Stated) -> bool:
    return stated.surface in text or stated.surface.replace("\\n", "\n") in text


def _usual_key(sample: Iterable[Any]) -> str | None:
    """Return the key in whose strings most tasks' regions lie; None where several keys are as good."""
    counts: Counter[str] = Counter()
    for task in sample:
        try:
            found = listed_annotations(task) if isinstance(task, dict) else []
            data, results = split_minimal(task) if found is None else (task.get("data"), _all_results(found))
        except (DataError, AttributeError):
            continue
        stated = [one for one in map(_state, filter(_is_region, results)) if one is not None]
        counts.update(_fitting(_strings(data), stated) if stated else ())
    best = [key for key, count in counts.items() if count == max(counts.values())]
    return _TEXT if _TEXT in best else best[0] if len(best) == 1 else None


def _all_results(annotations: Sequence[JsonObject]) -> list[JsonObject]:
    return [result for one in annotations for result in _results(one)]


def _state(region: JsonObject) -> Stated | None:
    value = region["value"]
    start, end, surface = value.get("start"), value.get("end"), value.get("text")
    if type(start) is not int or type(end) is not int or not isinstance(surface, str):
        return None
    return Stated(start, end, surface)


def listed_annotations(task: JsonObject) -> list[JsonObject] | None:
    """Return the annotations of a task; None where it is one of JSON-MIN, CSV or TSV, which has no such list.

    Raises:
        DataError: without path and line: no list of objects.
    """
    key = next((key for key in _ANNOTATIONS if key in task), None)
    return None if key is None else objects_field(task, key)


def _results(annotation: JsonObject) -> list[JsonObject]:
    return objects_field(annotation, "result")


def _is_region(result: JsonObject) -> bool:
    """Whether a result marks a place; what else was answered about a place (``perRegion``) repeats it."""
    value, kind = result.get("value"), result.get("type")
    if not isinstance(value, dict) or "start" not in value or "choices" in value:
        return False
    return "labels" in value or not isinstance(kind, str) or kind.casefold().endswith("labels")


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


def is_list_of_regions(value: Any) -> bool:
    """Whether a value of a task in JSON-MIN, or a cell of CSV, is a list of regions."""
    return (
        isinstance(value, list)
        and value != []
        and all(isinstance(one, dict) and "labels" in one and not _is_of_flair(one) for one in value)
    )


def _is_of_flair(region: JsonObject) -> bool:
    """Flair writes entities with ``labels``, too: objects with a value and a confidence."""
    labels = region["labels"]
    return isinstance(labels, list) and any(isinstance(label, dict) for label in labels)


def split_minimal(task: JsonObject) -> tuple[JsonObject, list[JsonObject]]:
    """Return data and results of a task that has no results but lists of values by control."""
    data: JsonObject = {}
    results: list[JsonObject] = []
    for key, value in task.items():
        if is_list_of_regions(value):
            results += [{"type": "labels", "value": one} for one in value]
        elif isinstance(value, dict) and "choices" in value:
            results.append({"type": "choices", "value": value})
        elif key not in BOOKKEEPING:
            data[key] = value
    return data, results


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
    id = result.get("id") if as_json(result.get("id")) in referred else None
    for number, label in enumerate(labels):
        values = {"start": value["start"], "end": value.get("end"), "label": label}
        if id is not None:
            values["id"] = id if number == 0 else f"{id}#{number + 1}"
        if isinstance(value.get("text"), str):
            values["text"] = value["text"].replace("\\n", "\n") if "\\n" not in text else value["text"]
        yield Item(values, lenient_surface=True)


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
