"""The engine of Ray writes what the others write, and survives the death of a worker."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from archives import annotate, parts, settings

from onoma.annotation.engine import Run
from onoma.annotation.engines import ray as engine
from onoma.annotation.ledger import ShardRecord
from onoma.annotation.plan import Shard
from onoma.annotation.settings import Settings
from onoma.errors import OnomaError

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.filterwarnings("ignore")


def _two(
    settings: Settings, folder: Path, shards: Sequence[Shard], workers: int
) -> Generator[ShardRecord, None, None]:
    yield from engine.run(settings, folder, shards, 2)


def _harmed(workers: int, harm: Callable[[Any], None]) -> Run:
    """An engine of which something breaks after the first record."""

    def run(
        settings: Settings, folder: Path, shards: Sequence[Shard], _: int
    ) -> Generator[ShardRecord, None, None]:
        records = engine.run(settings, folder, shards, workers)
        yield next(records)
        harm(records.gi_yieldfrom.gi_frame.f_locals["self"])  # the crew
        yield from records

    return run


def _kill_one(crew: Any) -> None:
    ray.kill(next(iter(crew._busy.values()))[0])


def test_ray_writes_the_same(archive: list[Path], tmp_path: Path) -> None:
    annotate(archive, tmp_path / "one", settings())
    ray.init(num_cpus=2, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    try:
        annotate(archive, tmp_path / "two", settings(), _two)
        annotate(archive, tmp_path / "three", settings(), _harmed(2, _kill_one))
        with pytest.raises(OnomaError, match="shorter than it was"):
            _shrunken(archive, tmp_path)
    finally:
        ray.shutdown()
    assert parts(tmp_path / "one") == parts(tmp_path / "two") == parts(tmp_path / "three")


def test_a_node_that_dies_costs_time_alone(archive: list[Path], tmp_path: Path) -> None:
    """A simulated cluster of four, one of which goes amid a shard: it is done elsewhere."""
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    quiet = {"num_cpus": 1, "include_dashboard": False}
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args=quiet)
    nodes = [cluster.add_node(num_cpus=1) for _ in range(3)]
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    crews, busy = [], []

    def lose_a_node(crew: Any) -> None:
        crews.append(crew)
        busy.append(len(crew._busy))
        cluster.remove_node(nodes[0], allow_graceful=False)

    try:
        annotate(archive, tmp_path / "one", settings())
        annotate(archive, tmp_path / "two", settings(), _harmed(4, lose_a_node))
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert parts(tmp_path / "one") == parts(tmp_path / "two")
    assert busy[0] > 1
    assert sum(crews[0]._deaths.values()) >= 1


def _shrunken(archive: list[Path], folder: Path) -> None:
    from onoma.annotation.driver import Annotation

    job = Annotation(settings(), [str(archive[0])], folder / "four", _two, shard_mb=0.002)
    archive[0].write_bytes(b"Anna.\n")
    list(job.execute())
