"""Workers as actors of Ray: on this machine, or on a cluster whose nodes all see the inputs and the folder.

An actor holds the model and has one shard at a time; what travels are a shard's pieces and its record. So the
object store holds next to nothing, however much is annotated.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from onoma.annotation.engine import MAX_DEATHS, Engine, died
from onoma.annotation.folders import Place
from onoma.annotation.ledger import ShardRecord
from onoma.annotation.plan import Shard
from onoma.annotation.settings import Settings
from onoma.annotation.worker import Worker
from onoma.clusters import connected
from onoma.errors import OnomaError


class _Actor:
    """A worker at the other end; what is wrong is returned in words, since not all errors travel."""

    def __init__(self, settings: dict[str, Any], folder: str) -> None:
        self._given = settings, folder
        self._worker: Worker | None = None

    def annotate(self, shard: dict[str, Any]) -> tuple[str, str]:
        """Return ("record", a line) or ("error", what is wrong)."""
        try:
            if self._worker is None:
                self._worker = Worker(Settings.from_dict(self._given[0]), self._given[1])
            return "record", self._worker.annotate(Shard.from_dict(shard)).to_json()
        except (OnomaError, OSError, MemoryError) as error:
            return "error", str(error) or type(error).__name__


def run(
    settings: Settings,
    folder: Place,
    shards: Sequence[Shard],
    workers: int,
    *,
    address: str | None = None,
) -> Generator[ShardRecord, None, None]:
    """Annotate shards by so many actors, 0 for one a core; see `onoma.annotation.engine.Run`.

    Args:
        settings: how.
        folder: of the annotation; all nodes must see it, and the inputs, under the same names.
        shards: what to do.
        workers: how many.
        address: of a cluster, as of ``ray.init``; None starts Ray on this machine.

    Raises:
        MissingExtraError: Ray is not installed.
        OnomaError: the cluster cannot be reached, or what a worker says is wrong.
    """
    with connected(address) as ray:
        crew = _Crew(ray, settings, folder, shards)
        try:
            yield from crew.records(min(workers or int(ray.cluster_resources().get("CPU", 1)), len(shards)))
        finally:
            crew.end()


class _Crew:
    """Actors, and the shard that each of them has."""

    def __init__(self, ray: Any, settings: Settings, folder: Place, shards: Sequence[Shard]) -> None:
        self._ray = ray
        self._class = ray.remote(num_cpus=1)(_Actor)  # Ray gives it one thread, too
        self._given = settings.to_dict(), str(folder.absolute() if isinstance(folder, Path) else folder)
        self._waiting = deque(shards)
        self._busy: dict[Any, tuple[Any, Shard]] = {}
        self._deaths: dict[int, int] = {}

    def records(self, workers: int) -> Generator[ShardRecord, None, None]:
        """Yield the record of each shard."""
        for _ in range(workers):
            self._give(self._hire())
        while self._busy:
            (answer,), _ = self._ray.wait(list(self._busy), num_returns=1)
            actor, shard = self._busy.pop(answer)
            try:
                kind, value = self._ray.get(answer)
            except self._ray.exceptions.RayError as error:
                self._bury(shard, error)
                actor = self._hire()
            else:
                if kind == "error":
                    raise OnomaError(value)
                yield ShardRecord.from_json(value)
            self._give(actor)

    def end(self) -> None:
        """End all actors."""
        for actor, _ in self._busy.values():
            self._ray.kill(actor)

    def _hire(self) -> Any:
        return self._class.remote(*self._given)

    def _give(self, actor: Any) -> None:
        if self._waiting:
            shard = self._waiting.popleft()
            self._busy[actor.annotate.remote(shard.to_dict())] = actor, shard

    def _bury(self, shard: Shard, error: Exception) -> None:
        """Let a shard whose worker or node died be done again."""
        self._deaths[shard.number] = self._deaths.get(shard.number, 0) + 1
        if self._deaths[shard.number] >= MAX_DEATHS:
            raise OnomaError(died(shard, type(error).__name__))
        self._waiting.appendleft(shard)


ENGINE = Engine("ray", "actors of Ray, here or on a cluster (onoma[cluster])", run, has_address=True)
