"""The kinds of teachers there are: one a module of `onoma.teachers.kinds`, or an entry point elsewhere."""

from __future__ import annotations

import functools
from pathlib import Path

from onoma.errors import ConfigError, ModelError
from onoma.plugins import find_all, pick
from onoma.teachers.base import Teacher, TeacherKind, TeacherOptions

ENTRY_POINT_GROUP = "onoma.teachers"

MODEL, PREDICTIONS = "onoma", "predictions"
"""Kinds of what looks like none: a name of a model that is no place, and any other file."""


@functools.cache
def _kinds() -> dict[str, TeacherKind]:
    return dict(sorted(find_all("onoma.teachers.kinds", "TEACHER", ENTRY_POINT_GROUP, TeacherKind).items()))


def list_teachers() -> tuple[TeacherKind, ...]:
    """Return all kinds, sorted by name."""
    return tuple(_kinds().values())


def open_teacher(place: str, options: TeacherOptions) -> Teacher:
    """Return a teacher.

    Args:
        place: a file, a folder or the name of a model; its kind is found by what lies there, or is named
            before it: ``spacy:en_core_web_sm``.
        options: for all kinds.

    Raises:
        ConfigError: no such kind.
        ModelError: there is nothing of that name.
        OnomaError: the kind's own.
    """
    kind, inner = _find(place)
    return kind.open(inner, options)


def _find(place: str) -> tuple[TeacherKind, str]:
    kinds = _kinds()
    name, colon, inner = place.partition(":")
    if colon and not inner.startswith("//") and not Path(place).exists():
        if not inner:
            raise ConfigError(f"{place}: names no teacher after the colon")
        return pick(kinds, name, "kind of teacher"), inner
    path = Path(place)
    if not path.exists():
        return kinds[MODEL], place
    matching = [kind for kind in kinds.values() if kind.name != PREDICTIONS and kind.matches(path)]
    if len(matching) > 1:
        names = ", ".join(f"{kind.name}:{place}" for kind in matching)
        raise ConfigError(f"{place}: could be several kinds of teacher; say which: {names}")
    if matching:
        return matching[0], place
    if not kinds[PREDICTIONS].matches(path):
        known = ", ".join(kinds)
        raise ModelError(f"{place}: is no teacher of a known kind ({known}); name it as KIND:{place}")
    return kinds[PREDICTIONS], place
