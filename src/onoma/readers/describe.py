"""What a file that no format fits looks like, in a phrase, and which format is nearest."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from onoma.errors import excerpt
from onoma.readers.sample import JsonSample, Sample

_MAX_KEYS = 8
_KINDS: dict[type, str] = {dict: "objects", list: "arrays", str: "strings"}


def describe(sample: Sample) -> str:
    """Return what a sample looks like: "a JSON array of objects with the keys content, annotations"."""
    if not sample.filled:
        return "an empty file" if sample.whole else "blank lines"
    if sample.json.layout != "none":
        return _describe_json(sample.json)
    first = sample.filled[0].lstrip()
    if first[:1] in ("{", "["):
        return f"what begins like JSON and is none, first line {excerpt(first, 40)}"
    if first.startswith(("<?xml", "<")) and ">" in first:
        return f"XML or HTML, beginning with {excerpt(first, 40)}"
    if sample.table is not None:
        mark = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}[sample.table.delimiter]
        return f"a table between {mark} with the columns {_listed(sample.table.header)}"
    lines = len(sample.filled)
    return f"text, {lines} line{'s' * (lines != 1)}{'' if sample.whole else ' or more'}"


def _describe_json(sample: JsonSample) -> str:
    around = {"lines": "JSON lines", "array": "a JSON array", "object": "a JSON object"}[sample.layout]
    kinds = Counter(_KINDS.get(type(value), "numbers") for value in sample.values)
    if not kinds:
        return f"{around}, empty"
    kind = kinds.most_common(1)[0][0]
    keys = f" with the keys {_listed(json_keys(sample))}" if kind == "objects" else ""
    return f"{around}{keys}" if sample.layout == "object" else f"{around} of {kind}{keys}"


def json_keys(sample: JsonSample) -> list[str]:
    """Return the keys of a sample's objects, in the order in which they come."""
    return list(dict.fromkeys(key for value in sample.objects for key in value))


def field_names(sample: Sample) -> list[str]:
    """Return the keys or column names of a sample, which tell the nearest format."""
    if sample.json.layout != "none":
        return json_keys(sample.json)
    return [] if sample.table is None else list(sample.table.header)


def nearest(names: Iterable[str], known: Mapping[str, Iterable[str]]) -> str | None:
    """Return the format whose keys or columns are most like ``names``; None where nothing is.

    Args:
        names: of the file.
        known: names of each format.
    """
    given = {name.casefold() for name in names}

    def likeness(format: str) -> float:
        keys = {key.casefold() for key in known[format]}
        alike = sum(bool(difflib.get_close_matches(name, keys, n=1, cutoff=0.75)) for name in given)
        return alike / max(1, len(keys | given) - alike)

    best = max(known, key=likeness, default=None)
    return best if best is not None and likeness(best) > 0 else None


def _listed(names: Iterable[Any]) -> str:
    shown = [excerpt(str(name), 30) for name in names]
    more = f" and {len(shown) - _MAX_KEYS} more" if len(shown) > _MAX_KEYS else ""
    return ", ".join(shown[:_MAX_KEYS]) + more
