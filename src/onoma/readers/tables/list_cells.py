"""Lists of strings or whole numbers in the cells of a table, as Python, numpy and JSON write them.

``['Ann', 'left']`` (Python; pandas saves lists so), ``['Ann' 'left']`` (numpy: no commas), and
``["Ann", "left"]`` (JSON). Also whatever else of values Python or JSON write.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from onoma.errors import DataError

_LONGEST = 1_000_000
_ITEM = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d{1,9}(?=[\s,\]])""", re.DOTALL)
_BETWEEN = re.compile(r"\s*,\s*|\s+|(?=\])")


def read_list(cell: str) -> list[Any]:
    """Return the strings or whole numbers of a list.

    Raises:
        DataError: without path and line, code ``bad-list``: it is no such list.
    """
    text = cell.strip()
    if len(text) > _LONGEST:
        raise DataError(f"a list of more than {_LONGEST:,} characters", code="bad-list", text=text)
    if "'" not in text or '"' in text:
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError):
            listed = None
        if isinstance(listed, list) and all(isinstance(one, str) or type(one) is int for one in listed):
            return listed
    return _read_items(text)


def read_literal(cell: str) -> Any:
    """Return what a cell holds as JSON, or as Python writes it: ``[(0, 3, 'PER')]``.

    Raises:
        DataError: without path and line, code ``bad-list``: it is neither, or very long.
    """
    text = cell.strip()
    if len(text) > _LONGEST:
        raise DataError(f"a list of more than {_LONGEST:,} characters", code="bad-list", text=text[:100])
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        what = "neither JSON nor what Python writes, such as [(0, 3, 'PER')]"
        raise DataError(what, code="bad-list", text=text) from None


def _read_items(text: str) -> list[Any]:
    items: list[Any] = []
    at = len(text) - len(text[1:].lstrip())
    while at < len(text) and text[at] != "]":
        match = _ITEM.match(text, at)
        between = None if match is None else _BETWEEN.match(text, match.end())
        if match is None or between is None:
            raise _bad_list(text, at)
        try:
            items.append(ast.literal_eval(match[0].replace("\n", "\\n").replace("\r", "\\r")))
        except (ValueError, SyntaxError):
            raise _bad_list(text, at) from None
        at = between.end()
    if at != len(text) - 1:
        raise _bad_list(text, at)
    return items


def _bad_list(text: str, at: int) -> DataError:
    if text[at:].startswith("..."):
        what = "the list is cut by '...', as numpy prints long arrays: save it whole"
    else:
        what = "not a list of strings or whole numbers, such as ['Ann', 'left']"
    return DataError(what, code="bad-list", text=text[max(0, at - 20) :])
