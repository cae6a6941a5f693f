"""Markdown and YAML of which data can be a part: nothing in it is taken for a mark, a link or HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from onoma.reports.escapes import visible

_MARKS = re.compile(r"[\\`*_{}\[\]<>()#~|!&$:@]")
_INLINE = re.compile(r"[\w .,;:/=+-]+")


def plain(text: object) -> str:
    """Return text that Markdown shows as it is, on one line, also in a table."""
    return _MARKS.sub(r"\\\g<0>", visible(str(text), one_line=True))


def code(text: str) -> str:
    """Return text as inline code where it can stand there, else as plain text."""
    return f"`{text}`" if _INLINE.fullmatch(text) and text == text.strip() else plain(text)


def code_block(text: str) -> str:
    """Return an indented block; lines of the text stay lines, and nothing in it ends the block."""
    return "\n".join(f"    {visible(line, one_line=True)}".rstrip() for line in text.split("\n"))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers_from: int = 1) -> str:
    """Return a table of cells that are Markdown already; columns from ``numbers_from`` on stand right."""
    rule = ["---" if index < numbers_from else "---:" for index in range(len(headings))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (headings, rule, *rows))


def yaml(value: Mapping[str, Any]) -> str:
    """Return plain values as YAML blocks; every text is quoted, so that none is read as something else."""
    return "\n".join(_mapping(value, ""))


def _mapping(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        yield from _item(f"{indent}{key}:", item, indent)


def _item(start: str, item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping):
        yield start
        yield from _mapping(item, indent + "  ")
    elif isinstance(item, list | tuple):
        yield start
        for one in item:
            if isinstance(one, Mapping):
                first, *rest = _mapping(one, indent + "  ")
                yield f"{indent}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{indent}- {_scalar(one)}"
    else:
        yield f"{start} {_scalar(item)}"


def _scalar(value: object) -> str:
    # JSON's strings and numbers are YAML's.
    return json.dumps(visible(value, one_line=True) if isinstance(value, str) else value, ensure_ascii=False)
