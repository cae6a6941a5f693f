"""The folder of an annotation in the cloud: the same parts, nothing lost by a kill, one driver at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import SHARD_MB, annotate, inline, parts, settings

from onoma.annotation import cloud
from onoma.annotation.cloud import LEASE, CloudFolder
from onoma.annotation.driver import Annotation
from onoma.annotation.folders import DiskFolder, open_folder
from onoma.annotation.ledger import Ledger
from onoma.errors import OutputError

fsspec = pytest.importorskip("fsspec")

URL = "memory://bucket/out"


@pytest.fixture(autouse=True)
def store() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    if system.exists("/bucket"):
        system.rm("/bucket", recursive=True)


def stored(store: Any, below: str = "") -> dict[str, bytes]:
    """What is in the store, by name."""
    root = f"/bucket/out/{below}".rstrip("/")
    return {path[len(root) + 1 :]: store.cat_file(path) for path in store.find(root)}


def begun(paths: list[Path], *, shards: int = 2, **given: Any) -> Annotation:
    """An annotation in which so many shards were done when its driver died."""
    job = Annotation(settings(), [str(path) for path in paths], URL, inline, shard_mb=SHARD_MB, **given)
    events = job.execute()
    for _ in range(1 + shards):
        next(events)
    job._events = events  # type: ignore[attr-defined] # held: nothing is closed, as when a process is killed
    return job


def bury(store: Any) -> None:
    """Let the lease of a dead driver be over."""
    lease = json.loads(store.cat_file(f"/bucket/out/{LEASE}"))
    store.pipe_file(f"/bucket/out/{LEASE}", json.dumps({**lease, "time": time.time() - 1e4}).encode())


def test_what_is_written_to_the_cloud_is_what_is_written_here(
    archive: list[Path], tmp_path: Path, store: Any
) -> None:
    here = annotate(archive, tmp_path / "out", settings())
    there = annotate(archive, URL, settings())
    assert stored(store, "parts") == parts(tmp_path / "out")
    assert {**there.totals.to_dict(), "cpu_seconds": 0} == {**here.totals.to_dict(), "cpu_seconds": 0}
    assert there.folder == URL
    names = set(stored(store))
    assert {"plan.json", "totals.json", "status.json", "refused.jsonl"} <= names
    assert LEASE not in names
    assert stored(store)["refused.jsonl"] == (tmp_path / "out" / "refused.jsonl").read_bytes()
    with pytest.raises(OutputError, match="--resume"):
        annotate(archive, URL, settings())


def test_a_dead_driver_costs_no_shard_that_was_done(archive: list[Path], tmp_path: Path, store: Any) -> None:
    annotate(archive, tmp_path / "out", settings())
    dead = begun(archive)
    done = {name: store.created(f"/bucket/out/parts/{name}") for name in stored(store, "parts")}
    assert 0 < len(stored(store, "ledger")) < len(parts(tmp_path / "out"))
    with pytest.raises(OutputError, match="another annotation is at work"):
        annotate(archive, URL, settings(), resume=True)
    bury(store)
    annotate(archive, URL, settings(), resume=True)
    assert stored(store, "parts") == parts(tmp_path / "out")
    kept = [name for name, when in done.items() if store.created(f"/bucket/out/parts/{name}") == when]
    assert len(kept) == len(done) >= 2
    dead.close()


def test_a_part_without_its_record_or_its_size_is_put_again(
    archive: list[Path], tmp_path: Path, store: Any
) -> None:
    annotate(archive, tmp_path / "out", settings())
    annotate(archive, URL, settings())
    store.rm_file("/bucket/out/ledger/000001.json")
    store.pipe_file("/bucket/out/parts/part-000002.jsonl", b"cut")
    store.rm_file("/bucket/out/parts/part-000000.jsonl")
    assert {0, 1, 2}.isdisjoint(Ledger(open_folder(URL)).done)
    annotate(archive, URL, settings(), resume=True)
    assert stored(store, "parts") == parts(tmp_path / "out")


def test_a_driver_without_its_lease_ends(
    archive: list[Path], store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "_RENEWED_SECONDS", 0.01)
    job = Annotation(settings(), [str(path) for path in archive], URL, inline, shard_mb=SHARD_MB)
    other = {"token": "another", "host": "elsewhere", "pid": 1, "time": time.time()}
    store.pipe_file(f"/bucket/out/{LEASE}", json.dumps(other).encode())
    job._lock._thread.join()  # type: ignore[attr-defined] # it has seen that
    with pytest.raises(OutputError, match="elsewhere, process 1"):
        list(job.execute())
    assert json.loads(stored(store)[LEASE]) == other  # it is not ours to remove


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"time": "x"}'])
def test_what_is_no_lease_keeps_nobody_out(store: Any, text: bytes) -> None:
    store.pipe_file(f"/bucket/out/{LEASE}", text)
    CloudFolder(URL).claim(lambda: None).release()
    assert LEASE not in stored(store)


def test_a_lease_is_renewed_and_given_back(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "_RENEWED_SECONDS", 0.01)
    folder = CloudFolder(URL)
    lease = folder.claim(lambda: None)
    first = json.loads(stored(store)[LEASE])
    while json.loads(stored(store)[LEASE])["time"] == first["time"]:
        time.sleep(0.01)
    lease.check()
    lease.release()
    lease.release()
    assert LEASE not in stored(store)

    def refuse() -> None:
        raise OutputError("no")

    with pytest.raises(OutputError, match="no"):
        folder.claim(refuse)
    assert LEASE not in stored(store)


def test_what_a_driver_of_a_store_raises_is_one_error(monkeypatch: pytest.MonkeyPatch, store: Any) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("credentials")

    monkeypatch.setattr(type(store), "pipe_file", broken)
    with pytest.raises(OutputError, match="KeyError: 'credentials'"):
        CloudFolder(URL).write("a", "b")


def test_a_path_is_a_folder_of_the_disk(tmp_path: Path) -> None:
    assert isinstance(open_folder(str(tmp_path)), DiskFolder)
    assert isinstance(open_folder(URL), CloudFolder)
