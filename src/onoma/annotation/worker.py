"""One shard: read, tagged, written, counted. What it writes depends on model, settings and shard only."""

from __future__ import annotations

import hashlib
import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.annotation.folders import PARTS, Place, open_folder
from onoma.annotation.ledger import ShardRecord
from onoma.annotation.plan import Piece, Shard
from onoma.annotation.reading import PieceReader, Refusal
from onoma.annotation.settings import FORMATS, SUFFIXES, Settings
from onoma.errors import ConfigError, DataError, OnomaError, excerpt
from onoma.readers import ReadOptions, get_format, write_documents
from onoma.readers.label_map import map_entities
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.runtime.tagger import Tagger

MAX_LISTED = 1000
"""Of a shard's refusals so many are listed, all are counted."""
_CHUNK_CHARACTERS = 300_000
"""Tagged at a time: about what `Tagger.pipe` gathers."""


def part_name(shard: int, to: str) -> str:
    """Return the name of a shard's file."""
    return f"part-{shard:06d}{SUFFIXES[to]}"


class Worker:
    """Holds the model and annotates shard after shard, by one thread.

    Args:
        settings: how.
        place: of the annotation's folder.

    Raises:
        OnomaError: the model cannot be loaded.
    """

    def __init__(self, settings: Settings, place: Place) -> None:
        from onoma.runtime.loading import load

        self._settings = settings
        self._folder = open_folder(place)
        self._tagger = load(settings.model, threads=1, **settings.loading)

    def annotate(self, shard: Shard) -> ShardRecord:
        """Write a shard's file and return its record.

        Raises:
            DataError: a fault, under ``on_error="strict"``; an input cannot be read.
            OutputError: the file cannot be written.
        """
        begun, cpu = time.perf_counter(), time.process_time()
        to = self._settings.to
        name = part_name(shard.number, to)
        work = _Work(self._tagger, self._settings.reading, to)
        with self._folder.part(f"{PARTS}/{name}") as path:
            written = write_documents(path, work.documents(shard), format=FORMATS[to])
            size, sha256 = path.stat().st_size, _sha256(path)
        return ShardRecord(
            shard=shard.number,
            file=name,
            num_bytes=size,
            sha256=sha256,
            documents=work.num_documents,
            tokens=work.tokens,
            entities=dict(sorted(work.entities.items())),
            flattened=sum(written.flattened.values()) + sum(written.dropped.values()),
            refused=dict(sorted(work.refused.items())),
            broken=work.broken,
            refusals=work.refusals,
            lines=work.lines,
            cpu_seconds=round(time.process_time() - cpu, 3),
            seconds=round(time.perf_counter() - begun, 3),
        )


@dataclass(slots=True)
class _Work:
    """Reads and tags a shard, and counts."""

    tagger: Tagger
    reading: ReadOptions
    to: str
    num_documents: int = 0
    tokens: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def documents(self, shard: Shard) -> Iterator[Document]:
        """Yield the tagged documents of a shard."""
        for number, piece in enumerate(shard.pieces):
            yield from self._piece(number, piece)

    def _piece(self, number: int, piece: Piece) -> Iterator[Document]:
        reader = PieceReader(piece, self.reading, lambda refusal: self._refuse(number, refusal))
        chunk: list[tuple[int | None, Document]] = []
        held = 0
        for document in reader.documents():
            chunk.append((reader.line, document))
            held += len(document.text)
            if held >= _CHUNK_CHARACTERS:
                yield from self._tagged(number, piece, chunk)
                chunk, held = [], 0
        yield from self._tagged(number, piece, chunk)
        self.lines.append(reader.lines)

    def _tagged(
        self, number: int, piece: Piece, chunk: list[tuple[int | None, Document]]
    ) -> Iterator[Document]:
        try:
            tagged = list(self.tagger.pipe([document for _, document in chunk]))
        except OnomaError:
            raise
        except Exception:  # one of them: each is tried by itself
            tagged = [one for place in chunk for one in self._alone(number, piece, *place)]
        if self.to == "conll":
            lines = {document.id: line for line, document in chunk}
            tagged = [one for one in tagged if self._can_be_columns(number, piece, lines.get(one.id), one)]
        for document in tagged:
            document = map_entities(document, self.reading.labels)
            self.num_documents += 1
            self.tokens += document.num_tokens
            self.entities.update(entity.label for entity in document.entities)
            yield document

    def _alone(self, number: int, piece: Piece, line: int | None, document: Document) -> list[Document]:
        try:
            return list(self.tagger.pipe([document]))
        except (MemoryError, OnomaError):
            raise
        except Exception as error:
            said = f"cannot be tagged: {type(error).__name__}: {excerpt(str(error), 200)}"
            self._fail(number, DataError(said, code="untaggable", path=piece.path, line=line))
            return []

    def _can_be_columns(self, number: int, piece: Piece, line: int | None, document: Document) -> bool:
        write = get_format(FORMATS[self.to]).write
        if write is None:
            raise ConfigError(f"{self.to} is not written")
        try:
            write(io.StringIO(), [document], "BIO")
        except DataError as error:
            self._fail(number, DataError(error.message, code=error.code, path=piece.path, line=line))
            return False
        return True

    def _fail(self, number: int, fault: DataError) -> None:
        if self.reading.on_error == "strict":
            raise fault
        self._refuse(number, Refusal(fault.path or "", fault.line, fault.code, fault.message))

    def _refuse(self, number: int, refusal: Refusal) -> None:
        self.refused[refusal.code] += 1
        self.broken += refusal.ends
        if len(self.refusals) < MAX_LISTED:
            self.refusals.append((number, refusal))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
