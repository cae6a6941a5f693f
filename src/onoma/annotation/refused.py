"""The list of what was left out, with the lines of whole files: a shard knows those of its pieces only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from onoma.annotation.folders import Folder
from onoma.annotation.ledger import Ledger, ShardRecord
from onoma.annotation.plan import Shard
from onoma.files import atomic_path

REFUSED = "refused.jsonl"


def write_refused(folder: Folder, shards: Sequence[Shard], ledger: Ledger) -> None:
    """Write a line for each thing that was left out, in the order of the inputs.

    Args:
        folder: of the annotation.
        shards: all of them.
        ledger: in which all of them are.

    Raises:
        OutputError: it cannot be written.
    """
    with (
        folder.part(REFUSED) as path,
        atomic_path(path) as part,
        part.open("w", encoding="utf-8", newline="\n") as file,
    ):
        for line in _lines(shards, ledger):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _lines(shards: Sequence[Shard], ledger: Ledger) -> Iterator[dict[str, Any]]:
    telling: dict[int, ShardRecord] = {}
    counts: dict[int, list[int]] = {}
    for record in ledger.records():
        counts[record.shard] = record.lines
        if record.refusals:
            telling[record.shard] = record
    path, before = "", 0  # line ends of this file before the piece
    for shard in shards:
        starts = []
        for piece, lines in zip(shard.pieces, counts[shard.number], strict=True):
            path, before = (path, before) if piece.path == path else (piece.path, 0)
            starts.append(before if piece.unit == "bytes" else 0)
            before += lines
        if shard.number in telling:
            yield from _of_shard(shard, telling[shard.number], starts)


def _of_shard(shard: Shard, record: ShardRecord, starts: list[int]) -> Iterator[dict[str, Any]]:
    for piece, refusal in record.refusals:
        line = None if refusal.line is None else refusal.line + starts[piece]
        yield {"shard": shard.number, **asdict(refusal), "line": line}
    unlisted = sum(record.refused.values()) - len(record.refusals)
    if unlisted:
        yield {
            "shard": shard.number,
            "code": "more",
            "message": f"and {unlisted} more, counted in the ledger",
        }
