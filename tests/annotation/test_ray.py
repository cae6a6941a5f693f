"""The engine of Ray writes what the others write, and survives the death of a worker."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from archives import annotate, parts, settings

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


def _deadly(
    settings: Settings, folder: Path, shards: Sequence[Shard], workers: int
) -> Generator[ShardRecord, None, None]:
    """Kill one actor after the first record."""
    records = engine.run(settings, folder, shards, 2)
    yield next(records)
    crew = records.gi_yieldfrom.gi_frame.f_locals["self"]
    ray.kill(next(iter(crew._busy.values()))[0])
    yield from records


def test_ray_writes_the_same(archive: list[Path], tmp_path: Path) -> None:
    annotate(archive, tmp_path / "one", settings())
    ray.init(num_cpus=2, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    try:
        annotate(archive, tmp_path / "two", settings(), _two)
        annotate(archive, tmp_path / "three", settings(), _deadly)
        with pytest.raises(OnomaError, match="shorter than it was"):
            _shrunken(archive, tmp_path)
    finally:
        ray.shutdown()
    assert parts(tmp_path / "one") == parts(tmp_path / "two") == parts(tmp_path / "three")


def _shrunken(archive: list[Path], folder: Path) -> None:
    from onoma.annotation.driver import Annotation

    job = Annotation(settings(), [str(archive[0])], folder / "four", _two, shard_mb=0.002)
    archive[0].write_bytes(b"Anna.\n")
    list(job.execute())
