"""Which files are meant, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.inspection import Part, find_parts


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("")
    return folder


def test_a_folder_gives_its_splits_train_first(tmp_path: Path) -> None:
    folder = touch(tmp_path / "a", "test.txt", "valid.txt", "train.txt")
    assert find_parts([str(folder)]) == [
        Part("train", str(folder / "train.txt")),
        Part("dev", str(folder / "valid.txt"), "train"),
        Part("test", str(folder / "test.txt"), "train"),
    ]


def test_single_files_are_one_group(tmp_path: Path) -> None:
    folder = touch(tmp_path / "a", "test.txt", "train.txt", "other.txt")
    files = [str(folder / name) for name in ("test.txt", "other.txt", "train.txt")]
    parts = find_parts(files)
    assert [(part.name, part.train) for part in parts] == [
        ("train", None),
        ("test", "train"),
        (files[1], "train"),
    ]


def test_two_folders_have_a_train_each(tmp_path: Path) -> None:
    for name in "ab":
        touch(tmp_path / name, "train.txt", "test.txt")
    parts = find_parts([f"{tmp_path}/a/", f"{tmp_path}/b"])
    assert [part.name for part in parts] == [
        f"{tmp_path}/{name}" for name in ("a/train", "a/test", "b/train", "b/test")
    ]
    assert parts[1].train == f"{tmp_path}/a/train"
    assert parts[3].train == f"{tmp_path}/b/train"


def test_files_of_one_name_keep_their_paths(tmp_path: Path) -> None:
    for name in "ab":
        touch(tmp_path / name, "test.txt")
    files = [str(tmp_path / name / "test.txt") for name in "ab"]
    assert find_parts([*files, files[0]]) == [Part(file, file) for file in files]


def test_bundled_corpora_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [part.name for part in find_parts(["en"])] == ["train", "dev", "test"]
    touch(tmp_path / "en", "dev.txt")
    assert find_parts(["en"]) == [Part("dev", "en/dev.txt")]


def test_a_folder_without_splits_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.txt"):
        find_parts([str(touch(tmp_path / "a", "a.txt"))])
