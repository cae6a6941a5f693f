"""The fields of an entity as JSON has them, each checked by type; errors have no path and mostly no line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from onoma.errors import DataError
from onoma.readers.json.lines import as_json
from onoma.readers.json.lists import read_pairs, to_codepoint
from onoma.readers.offsets import OffsetTable
from onoma.tokenize.align import Fragments

_LINE_ENDS = re.compile(r"(?:\r?\n)+")


def read_place(item: Any, table: OffsetTable, length: int) -> tuple[int, int, str]:
    """Return start and end in code points, and the label.

    Args:
        item: the entity.
        table: from the file's offsets to code points.
        length: of the text.

    Raises:
        DataError: a key is missing or of the wrong type, or it is no place in the text.
    """
    if not isinstance(item, dict):
        what = 'an entity must be an object: {"start", "end", "label"}'
        raise DataError(what, code="wrong-type", text=as_json(item))
    for key in ("start", "end", "label"):
        if key not in item:
            keys = ", ".join(item) or "nothing"
            what = f"an entity lacks '{key}', it has {keys}"
            raise DataError(what, code="missing-key", text=as_json(item))
    start, end, label = item["start"], item["end"], item["label"]
    if type(start) is not int or type(end) is not int:
        raise DataError("'start' and 'end' must be whole numbers", code="wrong-type", text=as_json(item))
    if not isinstance(label, str) or not label:
        what = "'label' must be a string that is not empty"
        raise DataError(what, code="wrong-type", text=as_json(item))
    if start > end:
        what = "an entity ends before it starts"
        raise DataError(what, code="reversed-span", text=f"{label} {start}-{end}")
    if start == end:
        raise DataError("an entity is empty", code="empty-span", text=f"{label} {start}-{end}")
    if table is not None:
        shown = f"{label} {start}-{end}"
        start, end = to_codepoint(start, table), to_codepoint(end, table)
        if start == end:
            raise DataError("an entity is empty", code="empty-span", text=shown)
    if start < 0 or end > length:
        what = f"an entity lies outside the text of {length} characters; is --offset-unit right?"
        raise DataError(what, code="span-out-of-range", text=f"{label} {item['start']}-{item['end']}")
    return start, end, label


def read_fragments(listed: Any, table: OffsetTable, start: int, end: int) -> tuple[Fragments, Fragments]:
    """Return the pieces of an entity in text order, and in the order given.

    Raises:
        DataError: they are empty, overlap, or are not those of the entity.
    """
    pairs = read_pairs(listed, "fragments", table)
    fragments = tuple(sorted(pairs))
    if any(first >= last for first, last in fragments):
        raise DataError("a fragment is empty or reversed", code="bad-fragment", text=str(listed))
    if (fragments[0][0], fragments[-1][1]) != (start, end):
        what = "'start' and 'end' must be those of the first and last fragment"
        raise DataError(what, code="bad-fragment", text=str(listed))
    if any(before[1] > after[0] for before, after in pairwise(fragments)):
        raise DataError("fragments overlap", code="bad-fragment", text=str(listed))
    return fragments, tuple(pairs)


def join_lines(fragments: Iterable[tuple[int, int]], text: str) -> Fragments:
    """Join fragments between which there are only line ends: that is how one entity over them is written."""
    joined: list[tuple[int, int]] = []
    for start, end in fragments:
        if joined and joined[-1][1] < start and _LINE_ENDS.fullmatch(text, joined[-1][1], start):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def read_id(id: Any) -> str | None:
    """Return an id as text, None where there is none.

    Raises:
        DataError: neither text nor a whole number.
    """
    if id is None:
        return None
    if type(id) is int or (isinstance(id, str) and id):
        return str(id)
    what = "'id' must be a string that is not empty, or a whole number"
    raise DataError(what, code="wrong-type", text=as_json(id))


def read_score(score: Any) -> float | None:
    """Return a probability, or whatever number stands for one; None where there is none.

    Raises:
        DataError: no finite number.
    """
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
        raise DataError("'score' must be a finite number", code="wrong-type", text=str(score))
    return float(score)
