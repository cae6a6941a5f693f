"""Renaming, merging, dropping labels on the way in: ``--map PERSON=PER``, ``--map DATE=``, ``--map FILE``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from onoma.errors import ConfigError
from onoma.files.toml import read_toml
from onoma.text import Document

_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class LabelMap:
    """What becomes of labels; labels that it does not name stay as they are.

    Args:
        names: label of the file -> label to use; an empty one drops the entities of that label.
    """

    names: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.names)

    def __call__(self, label: str) -> str | None:
        """Return the label to use; None where the entity is to be dropped."""
        return self.names.get(label, label) or None

    def as_assignments(self) -> list[str]:
        """Return it as ``A=B`` texts, which `read_label_map` takes; a label with ``=`` stands in quotes."""
        return [f"{_quoted(old)}={new}" for old, new in self.names.items()]


def map_entities(document: Document, labels: LabelMap) -> Document:
    """Return a document with its entities' labels mapped; those mapped to nothing are left out."""
    if not labels:
        return document
    mapped = [
        entity._replace(label=new)
        for entity in document.entities
        if (new := labels(entity.label)) is not None
    ]
    return document.with_entities(list({entity.key: entity for entity in mapped}.values()))


def read_label_map(given: Iterable[str]) -> LabelMap:
    """Read ``A=B`` (rename, or merge), ``A=`` (drop) and TOML files of ``A = "B"``; later ones win.

    A may stand in quotes, as in JSON: ``"A=1"=B``. Blanks around ``=`` are passed over where they are on both
    sides; one before it alone is part of the label, and may be the very fault to mend.

    Raises:
        ConfigError: neither, or a file that cannot be read.
    """
    names: dict[str, str] = {}
    for one in given:
        old, equals, new = _parted(one)
        if equals and old.strip():
            names[old] = new.strip()
        elif equals:
            raise ConfigError(f"--map needs A=B, A= or a TOML file, not '{one}'")
        else:
            names |= _read_file(Path(one))
    return LabelMap(names)


def _parted(one: str) -> tuple[str, str, str]:
    """Return label, ``=`` (or nothing, where it is no assignment) and new label."""
    if one.startswith('"'):
        with suppress(ValueError):
            old, end = _DECODER.raw_decode(one)
            rest = one[end:].lstrip()
            if isinstance(old, str) and rest.startswith("="):
                return old, "=", rest[1:]
    old, equals, new = one.partition("=")
    return old.rstrip() if new[:1].isspace() else old, equals, new


def _quoted(label: str) -> str:
    return json.dumps(label, ensure_ascii=False) if "=" in label or label.startswith('"') else label


def _read_file(path: Path) -> dict[str, str]:
    try:
        values = read_toml(path, "labels")
    except ConfigError as error:
        raise ConfigError(f"--map takes A=B, A= or a TOML file; {error}") from None
    if len(values) == 1 and isinstance(table := next(iter(values.values())), dict):
        values = table
    wrong = next((name for name, value in values.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise ConfigError(f'{path}: the label {wrong} must be given another as text: {wrong} = "B"')
    return values
