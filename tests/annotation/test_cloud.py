"""Inputs on other machines, as fsspec's file system in memory plays them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import annotate, json_lines, parts, refused, settings, text_lines

from onoma.annotation.inputs import find_inputs
from onoma.annotation.plan import make_shards
from onoma.errors import ConfigError, DataError
from onoma.readers import ReadOptions
from onoma.readers.remote import is_remote

fsspec = pytest.importorskip("fsspec")

_OPTIONS = ReadOptions(on_error="skip", gold=False)


@pytest.fixture
def store() -> Iterator[str]:
    """An empty folder in the cloud."""
    system = fsspec.filesystem("memory")
    yield "memory://bucket"
    if system.exists("/bucket"):
        system.rm("/bucket", recursive=True)


def put(url: str, data: bytes) -> None:
    with fsspec.open(url, "wb") as file:
        file.write(data)


def archive(folder: Path, store: str) -> list[str]:
    """The same files here and there: cut by lines, packed, in row groups, hidden."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder.mkdir()
    (folder / "a.txt").write_bytes(text_lines(200) + b"\xff bad\n")
    (folder / "b.jsonl").write_bytes(b"".join(json_lines(40)))
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(b"".join(json_lines(20))))
    (folder / ".hidden").write_bytes(b"no")
    table = pyarrow.table({"text": [f"Anna saw {n}." for n in range(60)]})
    parquet.write_table(table, folder / "d.parquet", row_group_size=10)
    for path in folder.iterdir():
        put(f"{store}/in/{path.name}", path.read_bytes())
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_what_lies_in_the_cloud_is_annotated_as_what_lies_here(tmp_path: Path, store: str) -> None:
    names = archive(tmp_path / "in", store)
    here = annotate([tmp_path / "in"], tmp_path / "here", settings())
    there = annotate([f"{store}/in"], tmp_path / "there", settings())
    assert parts(tmp_path / "here") == parts(tmp_path / "there")
    assert here.totals.documents == there.totals.documents == 200 + 40 + 20 + 60
    assert here.totals.refused == there.totals.refused
    (one,), (other,) = refused(tmp_path / "here"), refused(tmp_path / "there")
    assert (one["line"], other["line"]) == (201, 201)
    assert other["path"] == f"{store}/in/a.txt"
    inputs = find_inputs([f"{store}/in"], _OPTIONS)
    assert [one.path for one in inputs] == [f"{store}/in/{name}" for name in names]
    pieces = [piece for shard in make_shards(inputs, _OPTIONS, 500) for piece in shard.pieces]
    assert {piece.path.rsplit("/")[-1]: piece.unit for piece in pieces} == dict(
        zip(names, ("bytes", "bytes", "file", "groups"), strict=True)
    )
    assert sum(piece.path.endswith("a.txt") for piece in pieces) > 3


def test_a_file_that_has_changed_is_not_gone_on_with(tmp_path: Path, store: str) -> None:
    put(f"{store}/a.txt", text_lines(20))
    paths = [f"{store}/a.txt"]
    annotate(paths, tmp_path / "out", settings())
    annotate(paths, tmp_path / "out", settings(), resume=True)
    put(f"{store}/a.txt", text_lines(21)[: len(text_lines(20))])
    with pytest.raises(ConfigError, match="has changed"):
        annotate(paths, tmp_path / "out", settings(), resume=True)


def test_what_cannot_be_read_is_said_in_a_line(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, error, what in (
        (f"{store}/no.txt", DataError, "no such file"),
        ("nowhere://a/b", ConfigError, "nowhere"),
        ("memory://a::file://b", ConfigError, "chain"),
        ("sftp://host/a.txt", ConfigError, "paramiko"),
    ):
        if what == "paramiko":
            monkeypatch.setitem(__import__("sys").modules, "paramiko", None)
        with pytest.raises(error, match=what):
            find_inputs([url], _OPTIONS)


def test_a_driver_that_fails_costs_no_record(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken connection stops the work; it is no property of the data, and is gone on from."""
    from fsspec.implementations.memory import MemoryFile

    put(f"{store}/a.txt", text_lines(100))
    out = tmp_path / "out"
    read = MemoryFile.read
    count = 0

    def failing(self: MemoryFile, size: int = -1) -> bytes:
        nonlocal count
        count += 1
        if count > 12:
            raise ValueError("the connection is lost")
        return bytes(read(self, size))

    monkeypatch.setattr(MemoryFile, "read", failing)
    with pytest.raises(DataError, match="connection is lost"):
        annotate([f"{store}/a.txt"], out, settings(), shard_mb=0.0005)
    monkeypatch.setattr(MemoryFile, "read", read)
    done = annotate([f"{store}/a.txt"], out, settings(), shard_mb=0.0005, resume=(out / "plan.json").exists())
    assert done.totals.documents == 100
    assert not done.totals.refused


def test_a_scheme_has_two_letters() -> None:
    assert is_remote("s3://a/b")
    assert is_remote("hdfs://host:1/b")
    for path in ("a.txt", "c://a", "/tmp/s3://a", "s3:/a", "-"):
        assert not is_remote(path)
