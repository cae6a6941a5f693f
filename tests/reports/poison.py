"""Results in which whatever is text is an attack."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from onoma.text import Document, Span

T = TypeVar("T")


def poisoned(value: T, evil: str) -> T:
    """Return a copy in which every text from data has another one behind it, so that names stay distinct."""
    return _Poison(evil)(value)


# Names of programs' own, by which code looks things up.
_OWN = {"code", "kind", "fates", "model_id", "split", "pareto"}


class _Poison:
    def __init__(self, evil: str) -> None:
        self.evil = evil

    def __call__(self, value: Any, name: str = "") -> Any:
        if isinstance(value, Path):  # what a file system takes
            return value / re.sub(r"[^ -~]|/", "", self.evil)
        if isinstance(value, str):
            return value if name in _OWN or not value else f"{value}{self.evil}"
        if isinstance(value, Document):
            return self.document(value)
        if isinstance(value, Mapping):
            return {self.key(key, name): self(item, name) for key, item in value.items()}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*(self(item, field) for field, item in zip(value._fields, value, strict=True)))
        if isinstance(value, list | tuple):
            return type(value)(self(item, name) for item in value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [field.name for field in dataclasses.fields(value) if field.init]
            return type(value)(**{field: self(getattr(value, field), field) for field in fields})
        return value

    def key(self, key: Any, name: str) -> Any:
        return f"{key}{self.evil}" if isinstance(key, str) and name in _BY_DATA else key

    def document(self, document: Document) -> Document:
        spans = [
            Span(span.start, span.end, f"{span.label}{self.evil}", span.text) for span in document.entities
        ]
        text = f"{document.text}{self.evil}"
        return Document(f"{document.id}{self.evil}", text, entities=tuple(spans))


# Mappings whose keys come from data; those of others are names of figures.
_BY_DATA = {"labels", "counts", "intervals", "confusions", "problem_counts", "relations", "inputs"}
