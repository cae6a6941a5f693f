"""The files that checkpoints are: which are kept, which are refused, and what a full disk does."""

from __future__ import annotations

import hashlib
import logging
import pickle
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onoma.errors import OutputError
from onoma.training.folder import remove_checkpoints
from onoma.training.jobs.checkpoints import Cadence, CheckpointStore


def make_state(value: float) -> dict[str, Any]:
    return {"trainer": {"weights": torch.full((300,), value), "history": [{"f1": value}], "none": None}}


@contextmanager
def logged() -> Iterator[list[str]]:
    """The warnings of the block."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, handler = logging.getLogger("onoma.training"), Kept(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    with logged() as lines:
        yield lines


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "checkpoints")


def names(store: CheckpointStore) -> list[str]:
    return sorted(path.name.split(".")[0] for path in store.folder.iterdir())


def test_nothing_saved_is_nothing_found(store: CheckpointStore) -> None:
    assert store.newest() is None
    remove_checkpoints(store.folder)


def test_the_newest_two_are_kept_by_place_and_not_by_name(store: CheckpointStore) -> None:
    for epoch, step in ((2, 9), (9, 2), (10, 0), (10, 100), (10, 1_000_000)):
        store.save(epoch, step, make_state(epoch * 1000 + step))
    assert names(store) == ["epoch-0010-step-000100", "epoch-0010-step-1000000"]
    found = store.newest()
    assert found is not None
    assert found["trainer"]["weights"][0] == 1_010_000
    assert found["trainer"]["none"] is None
    remove_checkpoints(store.folder)
    assert not store.folder.exists()


def flip_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def rename_content(path: Path, data: bytes) -> None:
    """Put other content in place under the name that fits it."""
    head, _, tail = path.name.split(".")
    path.unlink()
    path.with_name(f"{head}.{hashlib.sha256(data).hexdigest()}.{tail}").write_bytes(data)


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("code of a checkpoint was run",)


def hostile(path: Path) -> None:
    rename_content(path, pickle.dumps(Exploit(), protocol=2))


def hostile_archive(path: Path) -> None:
    torch.save({"format": 1, "trainer": Exploit()}, path)
    rename_content(path, path.read_bytes())


def other_version(path: Path) -> None:
    torch.save({"format": 99}, path)
    rename_content(path, path.read_bytes())


def not_a_table(path: Path) -> None:
    torch.save(torch.ones(3), path)
    rename_content(path, path.read_bytes())


@pytest.mark.parametrize(
    "damage",
    [flip_bit, cut, empty, hostile, hostile_archive, other_version, not_a_table],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_newest_is_set_aside_aloud_and_the_one_before_is_used(
    store: CheckpointStore, warnings: list[str], damage
) -> None:
    store.save(1, 0, make_state(1.0))
    damage(store.save(2, 0, make_state(2.0)))
    found = store.newest()
    assert found is not None
    assert found["trainer"]["history"] == [{"f1": 1.0}]
    assert len(warnings) == 1
    assert "epoch-0002" in warnings[0]
    assert "set aside as epoch-0002" in warnings[0]
    aside = [path for path in store.folder.iterdir() if path.name.endswith(".corrupt")]
    assert len(aside) == 1
    assert store.newest() is not None
    assert len(warnings) == 1  # said once
    remove_checkpoints(store.folder)
    assert list(store.folder.iterdir()) == aside  # evidence is not destroyed


def test_all_damaged_is_none_found(store: CheckpointStore, warnings: list[str]) -> None:
    for step in range(2):
        cut(store.save(1, step, make_state(1.0)))
    assert store.newest() is None
    assert len(warnings) == 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_flipped_bit_or_cut_is_noticed(tmp_path_factory: pytest.TempPathFactory, data) -> None:
    store = CheckpointStore(tmp_path_factory.mktemp("store"))
    path = store.save(1, 0, make_state(1.0))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[place:]
    path.write_bytes(content)
    with logged() as warnings:
        assert store.newest() is None
    assert len(warnings) == 1


@contextmanager
def small_disk() -> Iterator[None]:
    """No file may grow beyond 3000 bytes: writes fail as on a full disk.

    No fixture: pytest's own report may go to a file that is larger, and is written while fixtures live.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_is_one_clear_error_and_the_old_files_stay(store: CheckpointStore) -> None:
    kept = [store.save(1, step, make_state(step)).name for step in range(2)]
    expected = r"checkpoints: a checkpoint cannot be written: .*--resume"
    with small_disk(), pytest.raises(OutputError, match=expected):
        store.save(2, 0, {"trainer": torch.zeros(100_000)})
    assert sorted(path.name for path in store.folder.iterdir()) == kept
    assert store.newest() is not None


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="cannot be written"):
        CheckpointStore(tmp_path / "file").save(1, 0, make_state(1.0))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def due(cadence: Cadence, step: int = 1, *, epoch_ended: bool = False, finished: bool = False) -> bool:
    return cadence.due(step, epoch_ended=epoch_ended, finished=finished)


def test_cadence_by_minutes_and_steps() -> None:
    clock = Clock()
    minutes, steps, ends = Cadence(5, 0, clock), Cadence(0, 4, clock), Cadence(0, 0, clock)
    clock.now += 299
    assert not due(minutes)
    clock.now += 1
    assert due(minutes)
    with minutes.saving():
        clock.now += 7
    assert not due(minutes)
    assert [step for step in range(1, 10) if due(steps, step)] == [4, 8]
    clock.now += 1e6
    assert not due(ends)
    assert due(ends, epoch_ended=True)


def test_cadence_leaves_out_ends_of_epochs_that_would_cost_more_than_a_twentieth() -> None:
    clock = Clock()
    cadence = Cadence(5, 0, clock)
    saved = 0
    started = clock.now
    for _ in range(1000):
        clock.now += 1.0  # an epoch
        if due(cadence, epoch_ended=True):
            with cadence.saving():
                clock.now += 0.5
            saved += 1
    assert 0.04 < saved * 0.5 / (clock.now - started) <= 0.05
    assert due(cadence, epoch_ended=True, finished=True)
