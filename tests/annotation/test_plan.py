"""Each byte of the inputs is in one piece of one shard, and shards are of bounded size."""

from __future__ import annotations

import gzip
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from archives import json_lines, text_lines
from hypothesis import given
from hypothesis import strategies as st

from onoma.annotation.inputs import find_inputs
from onoma.annotation.plan import Shard, digest, line_cuts, make_shards
from onoma.errors import DataError
from onoma.readers import ReadOptions

_OPTIONS = ReadOptions(gold=False, on_error="skip")


def _shards(paths: list[Path], most: int, *, as_text: bool = False) -> list[Shard]:
    options = replace(_OPTIONS, format="text") if as_text else _OPTIONS
    inputs = find_inputs([str(path) for path in paths], options)
    return make_shards(inputs, _OPTIONS, most)


@given(
    st.lists(st.text("ab\r\n ", max_size=20).map(str.encode), max_size=20).map(b"".join),
    st.integers(1, 40),
)
def test_cuts_are_at_line_ends_and_cover_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, most: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "file"
    path.write_bytes(data)
    cuts = line_cuts(path, len(data), most)
    assert cuts == sorted(set(cuts))
    assert cuts[0] == 0
    assert cuts[-1] == len(data)
    for start, end in pairwise(cuts):
        assert end == len(data) or data[end - 1 : end] == b"\n"
        longest_line = max(map(len, data.split(b"\n")), default=0) + 1
        assert end - start < most + longest_line


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5), st.integers(50, 2000))
def test_every_byte_is_in_one_piece_in_order(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], most: int
) -> None:
    folder = tmp_path_factory.mktemp("plan")
    paths = [folder / f"{number}.txt" for number in range(len(counts))]
    for path, count in zip(paths, counts, strict=True):
        path.write_bytes(text_lines(count))
    shards = _shards(paths, most, as_text=True)
    read = dict.fromkeys(paths, b"")
    for number, shard in enumerate(shards):
        assert shard.number == number
        assert shard.size <= most or len(shard.pieces) == 1
        for piece in shard.pieces:
            path = Path(piece.path)
            assert piece.start == len(read[path])
            read[path] += path.read_bytes()[piece.start : piece.end]
    assert read == {path: path.read_bytes() for path in paths}
    again = [Shard.from_dict(shard.to_dict()) for shard in shards]
    assert again == shards
    assert digest(again) == digest(shards)


def test_what_cannot_be_cut_is_read_whole(tmp_path: Path) -> None:
    packed, array, wide = tmp_path / "a.jsonl.gz", tmp_path / "b.json", tmp_path / "c.txt"
    packed.write_bytes(gzip.compress(b"".join(json_lines(50))))
    array.write_bytes(b"[" + b",\n".join(line.strip() for line in json_lines(50)) + b"]")
    wide.write_bytes(text_lines(50).decode().encode("utf-16"))
    pieces = [piece for shard in _shards([packed, array], 100) for piece in shard.pieces]
    assert [piece.unit for piece in pieces] == ["file", "file"]
    options = ReadOptions(gold=False, encoding="utf-16", format="text")
    inputs = find_inputs([str(wide)], options)
    assert [piece.unit for shard in make_shards(inputs, options, 100) for piece in shard.pieces] == ["file"]


def test_row_groups_of_parquet_are_cut(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    table = pyarrow.table({"text": [f"Anna saw {n}." for n in range(100)]})
    parquet.write_table(table, path, row_group_size=10)
    pieces = [piece for shard in _shards([path], 300) for piece in shard.pieces]
    assert len(pieces) > 2
    assert [n for piece in pieces for n in range(piece.start, piece.end)] == list(range(10))
    assert pieces[1].stem == f"a@{10 * pieces[1].start}"


def test_files_of_folders_are_found_and_told_apart(tmp_path: Path) -> None:
    for name in ("one/a.txt", "two/a.txt", "two/.hidden", "b.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text_lines(2))
    inputs = find_inputs([str(tmp_path), str(tmp_path / "b.txt")], _OPTIONS)
    found = [Path(one.path).relative_to(tmp_path).as_posix() for one in inputs]
    assert sorted(found) == ["b.txt", "one/a.txt", "two/a.txt"]
    assert len({one.stem for one in inputs}) == 3


def test_what_cannot_be_read_again_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, what in (
        ("-", "twice"),
        (str(tmp_path / "no"), "no such file"),
        (str(tmp_path / "empty"), "no file"),
    ):
        with pytest.raises(DataError, match=what):
            find_inputs([path], _OPTIONS)
