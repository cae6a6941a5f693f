"""What a source of votes is: a teacher that a rules file describes; and which kinds of it there are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from onoma.plugins import find_all
from onoma.readers.label_map import LabelMap
from onoma.teachers import Teacher, TeacherOptions
from onoma.tokenize import Tokenizer
from onoma.voting.labeller import Labeller

ENTRY_POINT_GROUP = "onoma.sources"


class SourceSettings(BaseModel):
    """What every kind of source can be told.

    Args:
        name: what tables call it; one is made where none is given.
        map: renames, merges and drops (``""``) its labels.
        confidence: how sure it counts as where it does not say how sure it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("", max_length=80)
    map: dict[str, str] = Field(default_factory=dict)
    confidence: float = Field(1.0, gt=0, le=1)


@dataclass(frozen=True, slots=True)
class Context:
    """What sources are opened with.

    Args:
        folder: of the rules; files in them are relative to it.
        tokenizer: cuts the texts, and phrases alike.
        threads: of models, 0 to leave the number as it is.
        functions: Python functions by name, from a file or from other packages.
    """

    folder: Path
    tokenizer: Tokenizer
    threads: int = 0
    functions: Mapping[str, Labeller] = field(default_factory=dict)

    def path(self, given: str) -> Path:
        """Return a file of the rules."""
        return self.folder / given

    def options(self, settings: SourceSettings) -> TeacherOptions:
        """Return what the teacher of a source is told."""
        return TeacherOptions(LabelMap(settings.map), settings.confidence, self.threads)


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of sources. A module of `onoma.voting.kinds` that has one as ``SOURCE`` is found by itself;
    others register under the entry point group ``onoma.sources``.

    Args:
        name: of its tables in a rules file: ``[[NAME]]``.
        summary: a line about it.
        settings: the schema of such a table.
        open: makes the teacher that votes. Raises an OnomaError where that is impossible, without the place
            in the rules.
    """

    name: str
    summary: str
    settings: type[SourceSettings]
    open: Callable[[Any, Context], Teacher]


@functools.cache
def source_kinds() -> dict[str, SourceKind]:
    """Return all kinds by name; ours cannot be replaced."""
    return find_all("onoma.voting.kinds", "SOURCE", ENTRY_POINT_GROUP, SourceKind)
