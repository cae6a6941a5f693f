"""Places that cannot be read or written: one line each, and nothing left behind."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from onoma.errors import DataError, OnomaError, OutputError
from onoma.files import atomic_folder, atomic_path, write_text
from onoma.readers import ReadOptions, Source, detect_format, find_splits, read_documents, write_documents
from onoma.readers.target import open_target
from onoma.text import Document

DOCUMENTS = [Document("a", "Anna", (), (), ())]


def by_atomic_path(target: Path) -> None:
    with atomic_path(target) as part:
        part.write_text("a" * 100_000)


def by_atomic_folder(target: Path) -> None:
    with atomic_folder(target) as part:
        (part / "a").write_text("a")
        (part / "b").mkdir()


def by_open_target(target: Path) -> None:
    with open_target(target) as stream:
        stream.write("a" * 100_000)


def by_write_text(target: Path) -> None:
    write_text(target, "a" * 100_000)


def by_documents(target: Path) -> None:
    write_documents(target, DOCUMENTS)


def by_binary_documents(target: Path) -> None:
    write_documents(target, DOCUMENTS, "brat")


WRITERS = [
    by_atomic_path, by_atomic_folder, by_open_target, by_write_text, by_documents, by_binary_documents,
]  # fmt: skip


def loop(folder: Path) -> Path:
    (folder / "one").symlink_to(folder / "two")
    (folder / "two").symlink_to(folder / "one")
    return folder / "one"


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("held")
    return folder / "file" / "below"


PLACES: dict[str, Callable[[Path], Path]] = {
    "long": lambda folder: folder / ("x" * 256),
    "long-cyrillic": lambda folder: folder / ("ж" * 128),
    "long-path": lambda folder: folder.joinpath(*["x" * 200] * 30),
    "loop": loop,
    "below-loop": lambda folder: loop(folder) / "below",
    "below-a-file": below_a_file,
    "nul": lambda folder: folder / "a\0b",
    "surrogate": lambda folder: folder / "a\ud800b",
    "full": lambda folder: Path("/dev/full"),
    "long-with-control": lambda folder: folder / ("\n\x1b" * 150),
}


def held(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("write", WRITERS)
def test_places_that_cannot_be_written(tmp_path: Path, place: str, write: Callable[[Path], None]) -> None:
    if place == "full" and not Path("/dev/full").exists():
        pytest.skip("no such device here")
    target = PLACES[place](tmp_path)
    before = held(tmp_path)
    with pytest.raises(OutputError) as caught:
        write(target)
    assert str(caught.value).isprintable()
    assert "None" not in str(caught.value)
    assert held(tmp_path) == before


@pytest.mark.parametrize("write", [by_atomic_path, by_open_target, by_write_text, by_documents])
def test_a_folder_where_a_file_is_written(tmp_path: Path, write: Callable[[Path], None]) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(OutputError, match="folder"):
        write(tmp_path / "f")
    assert held(tmp_path) == ["f"]


@pytest.mark.parametrize("write", [by_atomic_folder, by_binary_documents])
def test_a_file_where_a_folder_is_written(tmp_path: Path, write: Callable[[Path], None]) -> None:
    (tmp_path / "f").write_text("held")
    with pytest.raises(OutputError):
        write(tmp_path / "f")
    assert (tmp_path / "f").read_text() == "held"


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", ["x" * 250, "ж" * 125, "😀" * 60])
def test_long_names_that_are_allowed(tmp_path: Path, write: Callable[[Path], None], name: str) -> None:
    write(tmp_path / name)
    assert held(tmp_path) == [name]


@pytest.mark.parametrize("write", [by_atomic_path, by_open_target, by_write_text, by_documents])
def test_links_are_followed(tmp_path: Path, write: Callable[[Path], None]) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")  # dangling at first
    for _ in range(2):
        write(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").stat().st_size


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_places_that_are_not_permitted(
    tmp_path: Path, write: Callable[[Path], None], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    for name in ("touch", "mkdir", "open"):
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(OutputError, match=os.strerror(code)):
        write(tmp_path / "f")
    monkeypatch.undo()
    assert held(tmp_path) == []


def test_a_reader_that_has_left_is_no_fault_of_the_place(tmp_path: Path) -> None:
    for write in (atomic_path, open_target):
        with pytest.raises(BrokenPipeError), write(tmp_path / "f"):
            raise BrokenPipeError
    assert held(tmp_path) == []


def test_lone_surrogates_in_a_text(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"lone surrogate .*\\ud800"):
        write_text(tmp_path / "f", "Anna \ud800")
    assert held(tmp_path) == []


READ_PLACES = [place for place in PLACES if place != "full"]


@pytest.mark.parametrize("place", READ_PLACES)
@pytest.mark.parametrize(
    "read",
    [
        lambda path: list(Source(path).lines()),
        lambda path: Source(path).text(),
        lambda path: Source(path).start(),
        detect_format,
        lambda path: list(read_documents(path)),
        find_splits,
    ],
)
def test_places_that_cannot_be_read(tmp_path: Path, place: str, read: Callable[[Path], object]) -> None:
    with pytest.raises(DataError) as caught:
        read(PLACES[place](tmp_path))
    assert caught.value.code in ("no-file", "unreadable", "no-folder")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("format", ["brat", "bionlp", "spans-jsonl", "conll", "spacy-docbin", "parquet"])
@pytest.mark.parametrize("place", READ_PLACES)
def test_places_under_a_format_that_is_named(tmp_path: Path, place: str, format: str) -> None:
    with pytest.raises(OnomaError) as caught:
        list(read_documents(PLACES[place](tmp_path), ReadOptions(format=format)))
    assert str(caught.value).isprintable()


def test_a_folder_that_loops_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "back").symlink_to(tmp_path)
    loop(tmp_path / "d")
    with pytest.raises(DataError) as caught:
        detect_format(tmp_path)
    assert caught.value.code == "is-folder"


def test_splits_beside_links_that_loop(tmp_path: Path) -> None:
    loop(tmp_path)
    (tmp_path / "train.conll").write_text("a O\n")
    assert set(find_splits(tmp_path, required=("train",))) == {"train"}
