"""What is done: a record a shard, appended when its file is in its place. There is no other state."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from onoma.annotation.folders import PARTS, Folder
from onoma.annotation.reading import Refusal
from onoma.errors import OutputError, excerpt


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """What became of a shard.

    Args:
        shard: its number.
        file: name of its part, in the folder of parts.
        num_bytes: of the part.
        sha256: of the part.
        documents: that are in it.
        tokens: of these.
        entities: of these, by label.
        flattened: entities that the format has no room for; they are among ``entities``, not in the file.
        refused: things that are left out, by kind.
        broken: files whose reading ended before their end.
        refusals: the first of them, each with the number of its piece.
        lines: ends of lines of each piece.
        cpu_seconds: of the worker.
        seconds: from beginning to end.
    """

    shard: int
    file: str
    num_bytes: int
    sha256: str
    documents: int
    tokens: int
    entities: dict[str, int]
    flattened: int
    refused: dict[str, int]
    broken: int
    refusals: list[tuple[int, Refusal]]
    lines: list[int]
    cpu_seconds: float
    seconds: float

    def to_json(self) -> str:
        """Return the record as a line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str | bytes) -> ShardRecord:
        """Return the record of a line.

        Raises:
            ValueError, TypeError, KeyError: it is none.
        """
        values: dict[str, Any] = json.loads(line)
        values["refusals"] = [(piece, Refusal(**one)) for piece, one in values["refusals"]]
        return cls(**values)


@dataclass(slots=True)
class Totals:
    """Sums over shards; see `ShardRecord`."""

    shards: int = 0
    documents: int = 0
    tokens: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    flattened: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    num_bytes: int = 0
    cpu_seconds: float = 0.0

    def add(self, record: ShardRecord) -> None:
        """Add a shard."""
        self.shards += 1
        self.documents += record.documents
        self.tokens += record.tokens
        self.entities.update(record.entities)
        self.flattened += record.flattened
        self.refused.update(record.refused)
        self.broken += record.broken
        self.num_bytes += record.num_bytes
        self.cpu_seconds += record.cpu_seconds

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, labels in their order."""
        values = asdict(self)
        values["entities"] = dict(sorted(self.entities.items()))
        values["refused"] = dict(sorted(self.refused.items()))
        values["cpu_seconds"] = round(self.cpu_seconds, 2)
        return values


class Ledger:
    """The records of a folder; one process writes them.

    A record whose part is not there, or has another size, is void: its shard counts as not done.

    Args:
        folder: of the annotation, claimed and cleared.

    Raises:
        OutputError: the ledger is damaged.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.done: set[int] = set()
        sizes = folder.sizes(PARTS)
        for record in self._read():
            if sizes.get(record.file) == record.num_bytes:
                self.done.add(record.shard)
            else:
                self.done.discard(record.shard)

    def append(self, record: ShardRecord) -> None:
        """Add a record; it is safe when this returns."""
        self._folder.add_record(record.shard, record.to_json().encode())
        self.done.add(record.shard)

    def records(self) -> Iterator[ShardRecord]:
        """Yield the record of each shard that is done, the latest of each, as they stand."""
        latest: dict[int, int] = {}
        for place, record in enumerate(self._read()):
            latest[record.shard] = place
        for place, record in enumerate(self._read()):
            if latest[record.shard] == place and record.shard in self.done:
                yield record

    def _read(self) -> Iterator[ShardRecord]:
        for place, line in self._folder.records():
            try:
                yield ShardRecord.from_json(line)
            except (ValueError, TypeError, KeyError, AttributeError):
                shown = excerpt(line.decode("utf-8", "replace"))
                what = f"is no record of a shard [{shown}]; delete it, and its shard is done again"
                raise OutputError(f"{place}: {what}") from None


def total(records: Iterable[ShardRecord]) -> Totals:
    """Return the sums over records."""
    totals = Totals()
    for record in records:
        totals.add(record)
    return totals
