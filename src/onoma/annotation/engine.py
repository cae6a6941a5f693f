"""What an engine is: it runs workers; and which there are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial

from onoma.annotation.folders import Place
from onoma.annotation.ledger import ShardRecord
from onoma.annotation.plan import Shard
from onoma.annotation.settings import Settings
from onoma.clusters import check_address
from onoma.plugins import find_all, pick

ENTRY_POINT_GROUP = "onoma.engines"

MAX_DEATHS = 3
"""A shard whose workers died so many times is what kills them."""

Run = Callable[[Settings, Place, Sequence[Shard], int], Generator[ShardRecord, None, None]]
"""Called with settings, the place of the folder, the shards to do and the number of workers; hands out
shards and yields records, in any order. Closing it ends the workers.

It raises `onoma.OnomaError` for what a worker says is wrong, or where workers keep dying.
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs workers. A module of `onoma.annotation.engines` with one as ``ENGINE`` is found by itself,
    and other packages register theirs under the entry point group ``onoma.engines``.

    Args:
        name: as users write it.
        description: one line.
        run: does the work; with ``has_address`` it takes one by name.
        has_address: it runs on a cluster that can be elsewhere.
    """

    name: str
    description: str
    run: Callable[..., Generator[ShardRecord, None, None]]
    has_address: bool = False


@functools.cache
def engines() -> dict[str, Engine]:
    """Return all engines by name."""
    return find_all("onoma.annotation.engines", "ENGINE", ENTRY_POINT_GROUP, Engine)


def get_run(name: str, address: str | None = None) -> Run:
    """Return how an engine runs workers.

    Args:
        name: of the engine.
        address: of the cluster.

    Raises:
        ConfigError: there is no such engine, or an address for one that has none.
    """
    engine = pick(engines(), name, "engine")
    check_address(name, address, engine.has_address)
    return partial(engine.run, address=address) if engine.has_address else engine.run


def died(shard: Shard, why: str) -> str:
    """Return what to say of a shard that kills its workers."""
    names = ", ".join(dict.fromkeys(piece.path for piece in shard.pieces[:3]))
    more = " and others" if len(shard.pieces) > 3 else ""
    return f"{names}{more}: shard {shard.number} killed {MAX_DEATHS} workers ({why}); is memory short?"
