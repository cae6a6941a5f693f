"""What runs workers: one file an engine. Each hands out shards and yields records, in any order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from onoma.annotation.ledger import ShardRecord
from onoma.annotation.plan import Shard
from onoma.annotation.settings import Settings

Engine = Callable[[Settings, Path, Sequence[Shard], int], Generator[ShardRecord, None, None]]
"""Called with settings, the folder, the shards to do and the number of workers; closing it ends the workers.

It raises `onoma.OnomaError` for what a worker says is wrong, or where workers keep dying.
"""
MAX_DEATHS = 3
"""A shard whose workers died so many times is what kills them."""


def died(shard: Shard, why: str) -> str:
    """Return what to say of a shard that kills its workers."""
    names = ", ".join(dict.fromkeys(piece.path for piece in shard.pieces[:3]))
    more = " and others" if len(shard.pieces) > 3 else ""
    return f"{names}{more}: shard {shard.number} killed {MAX_DEATHS} workers ({why}); is memory short?"
