"""A rules file: which sources vote, a table each.

[[words]]                          # the kind; see `onoma.voting.kinds`
name = "cities"
file = "cities.txt"
label = "LOC"
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from onoma.errors import ConfigError, DataError, MissingExtraError, OnomaError, did_you_mean, first_fault
from onoma.files.toml import read_toml
from onoma.teachers import Teacher
from onoma.teachers.digests import text_digest
from onoma.voting.source import Context, SourceKind, SourceSettings, source_kinds
from onoma.voting.votes import MOST_SOURCES, Ballot


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source that is ready to vote.

    Args:
        kind: of it.
        settings: as the rules have them, with a name.
        teacher: votes.
    """

    kind: str
    settings: SourceSettings
    teacher: Teacher

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.settings.name

    def identity(self) -> list[str]:
        """Return all that its votes depend on."""
        digest = text_digest(json.dumps(self.settings.model_dump(mode="json"), sort_keys=True))
        return [self.name, self.kind, digest, self.teacher.digest, *self.teacher.labels]


def ballot_of(sources: list[OpenSource]) -> Ballot:
    """Return who votes about what."""
    return Ballot(tuple(one.name for one in sources), tuple(one.teacher.labels for one in sources))


def open_sources(path: Path, context: Context, also: Mapping[str, str]) -> list[OpenSource]:
    """Read a rules file and open its sources.

    Args:
        path: a TOML file.
        context: what they are opened with.
        also: functions that vote whether the rules name them or not, each with where it comes from.

    Raises:
        ConfigError: it cannot be read, names what does not exist, or a source cannot be opened; one line with
            file and key.
        MissingExtraError: what a source needs is not installed.
    """
    found: list[OpenSource] = []
    entries = list(_entries(path))
    named = {values.get("function") for kind, _, values in entries if kind.name == "functions"}
    functions = source_kinds()["functions"]
    entries += [
        (functions, f"--functions {place}", {"function": name})
        for name, place in also.items()
        if name not in named
    ]
    for kind, place, values in entries:
        settings = _settings(kind, place, values)
        if not settings.name:
            settings = settings.model_copy(update={"name": _free_name(kind, values, found)})
        if any(one.name == settings.name for one in found):
            raise ConfigError(f"{place}: name: another source is called '{settings.name}'")
        found.append(OpenSource(kind.name, settings, _open(kind, place, settings, context)))
    if not found:
        raise ConfigError(f"{path}: names no source; onoma weak --example shows some")
    if len(found) > MOST_SOURCES:
        raise ConfigError(f"{path}: has {len(found)} sources, and {MOST_SOURCES} can vote at most")
    return found


def _entries(path: Path) -> Iterator[tuple[SourceKind, str, dict[str, Any]]]:
    """Yield the kind of each table, where it stands in words, and its content."""
    kinds = source_kinds()
    for name, tables in read_toml(path, "rules").items():
        if name not in kinds:
            raise ConfigError(f"{path}: unknown kind of source '{name}'{did_you_mean(name, kinds)}")
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise ConfigError(f"{path}: {name}: has to be tables, each under [[{name}]]")
        for number, table in enumerate(tables, start=1):
            called = table.get("name")
            shown = f" '{called}'" if isinstance(called, str) and called else ""
            yield kinds[name], f"{path}: {name} {number}{shown}", table


def _settings(kind: SourceKind, place: str, values: dict[str, Any]) -> SourceSettings:
    fields = kind.settings.model_fields
    if unknown := sorted(set(values) - set(fields)):
        raise ConfigError(f"{place}: unknown key '{unknown[0]}'{did_you_mean(unknown[0], fields)}")
    try:
        return kind.settings(**values)
    except ValidationError as error:
        key, message, _ = first_fault(error)
        raise ConfigError(f"{place}: {key}: {message}") from None


def _open(kind: SourceKind, place: str, settings: SourceSettings, context: Context) -> Teacher:
    try:
        teacher = kind.open(settings, context)
    except MissingExtraError:
        raise
    except DataError as error:
        raise ConfigError(f"{place}: {error}") from None
    except OnomaError as error:
        raise type(error)(f"{place}: {error}") from None
    if not teacher.labels:
        raise ConfigError(f"{place}: map: no label is left of what it gives")
    return teacher


def _free_name(kind: SourceKind, values: Mapping[str, Any], taken: list[OpenSource]) -> str:
    """Return a name that says what a source is of: its file, model, function or label."""
    parts = (values.get(key) for key in ("file", "model", "function", "label"))
    base = next((str(part) for part in parts if part), kind.name)[:80]
    names = {one.name for one in taken}
    number, name = 1, base
    while name in names:
        number, name = number + 1, f"{base} {number + 1}"
    return name
