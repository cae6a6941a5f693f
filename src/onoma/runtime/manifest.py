"""What may stand in a bundle's JSON files, read as if a stranger had written them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from onoma.errors import BundleError, ConfigError, excerpt, first_fault
from onoma.runtime.confidence import Confidence
from onoma.tags import get_scheme, labels_of_tags
from onoma.tasks import Task
from onoma.tokenize import get_tokenizer
from onoma.tokenize.registry import FIRST

SCHEMA_VERSION = 2
"""1: before `ModelSettings.tasks` and ``tokenizer``; all that is written since then is 2. Both are read."""
_MAX_TAGS = 10_000  # a model's transitions are the square of it
_OF_TASKS = ("tags", "scheme", "document_labels")
"""Settings of tasks that stand beside those of the model; those of others are under ``tasks``."""

Object = TypeVar("Object", bound=BaseModel)


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileEntry(_Plain):
    """A file of the bundle: bytes and SHA-256 in hexadecimal."""

    size: int = Field(ge=0, lt=1 << 63)
    sha256: str = Field(pattern=r"\A[0-9a-f]{64}\z")


class Manifest(_Plain):
    """``manifest.json``: schema version, the entity labels, and every other file of the bundle."""

    schema_version: int = Field(alias="schema", ge=1)
    labels: list[str]
    files: dict[str, FileEntry]


class ModelSettings(_Plain):
    """``config.json``: the rung's id and options, all tags of the scheme for the model's labels, the
    document labels of a model that gives some, what tasks of other packages keep, name and version of the
    tokeniser of its texts, and how its scores were calibrated.

    The options are the rung's to check, and what tasks keep is theirs: see `onoma.runtime.parts`.

    Raises:
        ValidationError: a key is missing, unknown or of a wrong type, the tags are not those of the scheme,
            or the tokeniser is not here.
    """

    model: str = Field(min_length=1, max_length=100)
    options: dict[str, Any]
    tags: list[str] = Field(min_length=1, max_length=_MAX_TAGS)
    scheme: str = Field(min_length=1, max_length=20)
    document_labels: list[str] = Field([], max_length=_MAX_TAGS)
    tasks: dict[str, dict[str, Any]] = Field({}, max_length=100)
    tokenizer: str = Field(FIRST, pattern=r"\A[^@]+@[0-9]+\z", max_length=100)
    confidence: Confidence = Confidence()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if fault := self._fault():
            raise PydanticCustomError("unfit", "{fault}", {"fault": fault})
        return self

    def _fault(self) -> str | None:
        try:
            scheme = get_scheme(self.scheme)
            get_tokenizer(self.tokenizer)
        except ConfigError as error:
            return str(error)
        labels = labels_of_tags(self.tags)
        try:
            "".join([*labels, *self.document_labels]).encode("utf-8")
        except UnicodeEncodeError:
            return "labels hold half a character (a lone surrogate)"
        if len(set(self.document_labels)) != len(self.document_labels):
            return "'document_labels' hold a label twice"
        if "" in labels or self.tags != scheme.tags(labels):
            return f"'tags' must be O, then {', '.join(scheme.prefixes)} of each label, each tag once"
        return None

    @property
    def labels(self) -> list[str]:
        """The entity labels, sorted."""
        return sorted(labels_of_tags(self.tags))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values as they are stored; what an older bundle does not say stays unsaid."""
        return self.model_dump(exclude_unset=True)

    def with_confidence(self, confidence: Confidence) -> Self:
        """Return the same settings with what was measured anew about the scores."""
        return self.model_validate({**self.as_dict(), "confidence": confidence.as_dict()})

    def for_tasks(self) -> dict[str, Any]:
        """Return what tasks keep, as `onoma.tasks.Task.restore` takes it."""
        return {**self.tasks, **{name: getattr(self, name) for name in _OF_TASKS}}


def settings_of_tasks(tasks: Iterable[Task]) -> dict[str, Any]:
    """Return what tasks keep, as `ModelSettings` has it; what it has no field for goes under ``tasks``."""
    kept: dict[str, Any] = {}
    for task in tasks:
        kept |= task.settings()
    others = {key: kept.pop(key) for key in kept.keys() - set(_OF_TASKS)}
    return kept | ({"tasks": others} if others else {})


def check_object(kind: type[Object], value: dict[str, Any], place: Path) -> Object:
    """Return ``value`` as a ``kind``.

    Raises:
        BundleError: names the first key that does not fit.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise BundleError(f"{place}: {_in_words(error)}") from None


def check_options(kind: type[Object], options: dict[str, Any], place: Path) -> Object:
    """Return a rung's options as its configuration; JSON's types, nothing converted.

    Raises:
        BundleError: names the first option that is unknown, of a wrong type or out of range.
    """
    try:
        return kind.model_validate_json(json.dumps(options), strict=True)
    except ValidationError as error:
        raise BundleError(f"{place}: 'options': {_in_words(error)}") from None


def _in_words(error: ValidationError) -> str:
    """The first fault on one line, without the value."""
    key, message, _ = first_fault(error)
    return f"'{excerpt(key)}': {message}" if key else message


def parse_object(data: bytes, place: Path) -> dict[str, Any]:
    """Read a JSON object: UTF-8, finite numbers, each key once.

    Raises:
        BundleError: it is anything else.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
        )
    except RecursionError:
        raise BundleError(f"{place}: not a JSON file of ours: nested too deeply") from None
    except ValueError as error:
        raise BundleError(f"{place}: not a JSON file of ours: {error}") from None
    if not isinstance(value, dict):
        raise BundleError(f"{place}: holds {type(value).__name__}, expected an object")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key occurs twice in an object")
    return table


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{excerpt(text)} is out of range")
    return number
