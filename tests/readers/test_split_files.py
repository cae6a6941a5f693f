"""Finding the files of a data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import find_splits
from onoma.readers.splits import passed_over


def folder_with(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["train.txt", "dev.txt", "test.txt"], "train.txt dev.txt test.txt"),
        (["train.txt", "valid.conll", "test.jsonl.gz"], "train.txt valid.conll test.jsonl.gz"),
        (["eng.train", "eng.testa", "eng.testb"], "eng.train eng.testa eng.testb"),
        (["train.tsv", "testa.tsv", "testb.tsv"], "train.tsv testa.tsv testb.tsv"),
        (["train.conll", "val.conll"], "train.conll val.conll"),
        (
            ["wnut_train.conll", "wnut-dev.conll", "x.test.conll"],
            "wnut_train.conll wnut-dev.conll x.test.conll",
        ),
        (["train.txt", "old_train.txt", "eng.train"], "train.txt"),
        (["train.txt", "train.py", "train.log"], "train.txt"),
        (["Train.TXT", ".test.txt", "notes.md"], "Train.TXT"),
        (["train.txt", "devel.txt", "test.txt"], "train.txt devel.txt test.txt"),
        (["train.txt", "development.txt"], "train.txt development.txt"),
        (["x_train.csv", "x_develop.csv"], "x_train.csv x_develop.csv"),
        (["train.json", "validation.json"], "train.json validation.json"),
        (["ned.train", "ned.testa", "ned.testb"], "ned.train ned.testa ned.testb"),
        (["train.txt", "dev1.txt", "test2.txt"], "train.txt dev1.txt test2.txt"),
        (["train.txt", "dev.txt", "dev1.txt", "test1.txt", "test2.txt"], "train.txt dev.txt"),
        (["trainset.conll", "devset.conll", "devset_objects.jsonl"], "trainset.conll devset.conll"),
    ],
)
def test_found(tmp_path: Path, names: list[str], found: str) -> None:
    splits = find_splits(folder_with(tmp_path, *names))
    assert [path.name for path in splits.values()] == found.split()
    assert list(splits) == ["train", "dev", "test"][: len(splits)] or "dev" not in splits


@pytest.mark.parametrize(
    ("names", "both"),
    [
        (["train.txt", "train.jsonl"], "train.jsonl, train.txt"),
        (["train.txt", "dev.txt", "valid.txt"], "dev.txt, valid.txt"),
        (["train.txt", "train.txt.gz"], "train.txt, train.txt.gz"),
    ],
)
def test_ambiguous(tmp_path: Path, names: list[str], both: str) -> None:
    with pytest.raises(DataError, match=both) as caught:
        find_splits(folder_with(tmp_path, *names))
    assert (caught.value.code, caught.value.path) == ("ambiguous-split", str(tmp_path))


def test_missing(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "dev.txt", "corpus.txt")
    with pytest.raises(DataError, match=r"no train file.*corpus\.txt, dev\.txt") as caught:
        find_splits(folder)
    assert caught.value.code == "missing-split"
    assert list(find_splits(folder, required=())) == ["dev"]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        find_splits(tmp_path / "none")
    assert caught.value.code == "no-folder"


def test_files_that_may_be_data_are_passed_over(tmp_path: Path) -> None:
    data = ["train.txt", "eval.txt", "corpus.jsonl.gz", "test1.txt", "test2.txt"]
    beside = ["README.md", "README", "LICENSE.txt", "dataset_info.json", "dataset_infos.json", "load.py"]
    beside += [
        "ent_types.jsonl",
        "label2id.json",
        "config.json",
        "paper.pdf",
        ".hidden.txt",
        "requirements.txt",
    ]
    found = find_splits(folder_with(tmp_path, *data, *beside))
    (tmp_path / "old").mkdir()
    names = [path.name for path in passed_over(tmp_path, found.values())]
    assert names == ["corpus.jsonl.gz", "eval.txt", "test1.txt", "test2.txt"]
