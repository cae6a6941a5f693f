"""A folder of targets: what teachers say of texts, and by whom, of what and how it was made.

TARGETS/  targets.json               settings, hashes and counts; written first, and as finished last
          shards/00000.safetensors   see `onoma.teachers.shards`
          train.jsonl dev.jsonl      the same as labelled documents: the most probable entities
          cache/                     answers that cost money
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError, DataError, OutputError
from onoma.files import write_json
from onoma.teachers.form import DEFAULT, Form, get_form
from onoma.teachers.shards import Shard, read_shard

RECORD, SHARDS, CACHE = "targets.json", "shards", "cache"
TRAIN, DEV = "train.jsonl", "dev.jsonl"

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Targets:
    """A finished folder of targets.

    Args:
        folder: where it is.
        form: of what is said in it.
        labels: entity labels in the order in which tables name them.
        tokenizer: what cut the texts, with its version.
        num_shards: how many there are.
        record: all of ``targets.json``.
    """

    folder: Path
    form: Form
    labels: tuple[str, ...]
    tokenizer: str
    num_shards: int
    record: dict[str, Any] = field(default_factory=dict)

    def shards(self) -> Iterator[Shard[Any]]:
        """Yield the shards in order.

        Raises:
            DataError: one is missing or damaged.
        """
        width = self.form.width(self.labels)
        for number in range(self.num_shards):
            yield read_shard(shard_path(self.folder, number), width, self.form.table)


def shard_path(folder: Path, number: int) -> Path:
    """Return the file of a shard."""
    return folder / SHARDS / f"{number:05}.safetensors"


def read_record(folder: Path) -> dict[str, Any] | None:
    """Return what ``targets.json`` says; None where there is none.

    Raises:
        OutputError: it is not one of ours, or newer.
    """
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        raise OutputError(f"{path}: cannot be read: not a record of targets") from None
    if not isinstance(record, dict) or not isinstance(record.get("made"), dict):
        raise OutputError(f"{path}: cannot be read: not a record of targets")
    if record.get("format") != FORMAT:
        raise OutputError(f"{path}: is of another version of Onoma")
    return record


def form_of(record: Mapping[str, Any]) -> str:
    """Return the name of the form that a record's targets have."""
    return str(record["made"].get("form", DEFAULT))


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Write ``targets.json`` atomically."""
    write_json(folder / RECORD, record)


def open_targets(folder: Path) -> Targets:
    """Return a finished folder of targets.

    Raises:
        DataError: there is none, it is unfinished or damaged, or has another number of shards than it says.
    """
    try:
        record = read_record(folder)
    except OutputError as error:
        raise DataError(str(error), code="bad-targets") from None
    if record is None:
        raise DataError(
            f"holds no {RECORD}: make it with onoma distill or onoma weak", code="no-targets", path=folder
        )
    if not record.get("finished"):
        raise DataError(
            "is unfinished: the same command with --resume goes on", code="unfinished", path=folder
        )
    try:
        targets = _targets(folder, record)
    except (ConfigError, KeyError, TypeError, ValueError):
        raise DataError(f"{RECORD} is damaged", code="bad-targets", path=folder) from None
    lying = sum(1 for _ in (folder / SHARDS).glob("*.safetensors"))
    if lying != targets.num_shards:
        raise DataError(
            f"is made of {targets.num_shards:,} shards, and {lying:,} lie in it: it is damaged",
            code="bad-targets",
            path=folder,
        )
    if (made := record.get("sha256")) is not None and made != digest(folder, targets.labels):
        raise DataError("its shards are not those that it was made of", code="bad-targets", path=folder)
    return targets


def digest(folder: Path, labels: Sequence[str]) -> str:
    """Return a hash of the shards, in order, and of the labels by whose places they speak."""
    whole = hashlib.sha256(json.dumps(list(labels)).encode())
    for path in sorted((folder / SHARDS).glob("*.safetensors")):
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def _targets(folder: Path, record: dict[str, Any]) -> Targets:
    labels, shards, entities = record["labels"], record["shards"], record.get("entities", {})
    sound = (
        _are_names(labels)
        and type(shards) is int
        and shards > 0
        and isinstance(entities, dict)
        and set(entities) <= set(labels)
    )
    if not sound:
        raise ValueError(record)
    tokenizer = str(record["made"]["tokenizer"])
    return Targets(folder, get_form(form_of(record)), tuple(labels), tokenizer, shards, record)


def _are_names(labels: Any) -> bool:
    """Whether this is a list of texts, each once."""
    return (
        isinstance(labels, list)
        and all(isinstance(label, str) for label in labels)
        and len(set(labels)) == len(labels)
    )
