"""Data sets of Hugging Face's datasets: folders that the library itself saves, and names on the Hub."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from onoma.errors import DataError, MissingExtraError
from onoma.readers import ReadLog, ReadOptions, detect_format, find_splits, read_documents
from onoma.readers.tables.hub_datasets import HubName, is_hub_name, parse_hub_name
from onoma.text import Document

pytest.importorskip("pyarrow")
datasets: Any = pytest.importorskip("datasets")

NAMES = ["O", "B-PER", "I-PER", "B-LOC"]
FOUND = [("Ann Lee", "PER"), ("Oslo", "LOC")]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    datasets.disable_progress_bars()


def tokens(repeat: int = 1) -> Any:
    features = {
        "id": datasets.Value("string"),
        "tokens": datasets.List(datasets.Value("string")),
        "ner_tags": datasets.List(datasets.ClassLabel(names=NAMES)),
    }
    rows = {
        "id": [str(number) for number in range(2 * repeat)],
        "tokens": [["Ann", "Lee", "left"], ["Oslo"]] * repeat,
        "ner_tags": [[1, 2, 0], [3]] * repeat,
    }
    return datasets.Dataset.from_dict(rows, features=datasets.Features(features))


def found(documents: list[Document]) -> list[tuple[str, str]]:
    return [(one.text, one.label) for document in documents for one in document.entities]


def test_a_saved_folder_of_several_files(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    tokens(3).save_to_disk(str(folder), num_shards=3)
    assert len(list(folder.glob("data-*.arrow"))) == 3
    assert detect_format(folder).name == "datasets"
    log = ReadLog()
    documents = list(read_documents(folder, log=log))
    assert [one.id for one in documents] == list("012345")
    assert found(documents) == FOUND * 3
    assert log.ledger().kept == 6
    assert found(list(read_documents(next(folder.glob("data-00000*"))))) == FOUND


def test_it_needs_pyarrow_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens().save_to_disk(str(tmp_path / "saved"))
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert found(list(read_documents(tmp_path / "saved"))) == FOUND


def test_selected_rows_are_those_that_were_saved(tmp_path: Path) -> None:
    tokens().select([1]).save_to_disk(str(tmp_path / "saved"))
    assert found(list(read_documents(tmp_path / "saved"))) == FOUND[1:]


def test_the_splits_of_a_saved_dict_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    datasets.DatasetDict({"train": tokens(), "validation": tokens(), "test": tokens()}).save_to_disk(
        str(folder)
    )
    assert find_splits(folder) == {
        "train": folder / "train",
        "dev": folder / "validation",
        "test": folder / "test",
    }
    with pytest.raises(DataError, match=r"splits \(test, train, validation\): name one") as caught:
        list(read_documents(folder))
    assert caught.value.code == "several-splits"


def test_a_saved_dict_of_one_split_is_that_split(tmp_path: Path) -> None:
    datasets.DatasetDict({"train": tokens()}).save_to_disk(str(tmp_path / "all"))
    assert found(list(read_documents(tmp_path / "all"))) == FOUND


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("{", "bad-dataset"),
        ("[]", "bad-dataset"),
        ("{}", "bad-dataset"),
        ('{"_data_files": [1]}', "bad-dataset"),
        ('{"_data_files": [{"filename": ".."}]}', "no-file"),
        ('{"_data_files": [{"filename": "../../other.arrow"}]}', "no-file"),
        ('{"_data_files": [{"filename": "gone.arrow"}]}', "no-file"),
        ('{"_data_files": [{"filename": "state.json"}]}', "bad-table"),
        ('{"_data_files": [{"filename": "x"}], "_indices_data_files": [{"filename": "y"}]}', "bad-dataset"),
    ],
)
def test_damaged_folders(tmp_path: Path, state: str, code: str) -> None:
    folder = tmp_path / "a" / "saved"
    tokens().save_to_disk(str(folder))
    (tmp_path / "other.arrow").write_bytes(next(folder.glob("*.arrow")).read_bytes())
    (folder / "state.json").write_text(state)
    with pytest.raises(DataError) as caught:
        list(read_documents(folder))
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


def test_a_cut_file_is_one_error(tmp_path: Path) -> None:
    tokens(100).save_to_disk(str(tmp_path / "saved"))
    file = next((tmp_path / "saved").glob("*.arrow"))
    file.write_bytes(file.read_bytes()[:600])
    with pytest.raises(DataError) as caught:
        list(read_documents(tmp_path / "saved"))
    assert caught.value.code == "bad-table"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("hf-datasets://a-b/c.d", HubName("a-b/c.d", None, None)),
        ("hf-datasets://a/b@train", HubName("a/b", None, "train")),
        ("hf-datasets://a/b/en@train[:10%]", HubName("a/b", "en", "train[:10%]")),
        ("hf-datasets:/a/b@test", HubName("a/b", None, "test")),
        ("/some/where/hf-datasets:/a/b@test", HubName("a/b", None, "test")),
    ],
)
def test_names_on_the_hub(name: str, parts: HubName) -> None:
    assert is_hub_name(name)
    assert parse_hub_name(name) == parts


@pytest.mark.parametrize("name", ["hf-datasets://a", "a/b", "hf-datasets", "x.jsonl", "my-hf-datasets://a/b"])
def test_other_names(name: str) -> None:
    assert not is_hub_name(name)


def test_a_folder_of_the_hubs_layout_is_read_through_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library takes a folder ``OWNER/NAME`` for the data set of that name, so nothing is fetched."""
    folder = tmp_path / "made" / "up"
    folder.mkdir(parents=True)
    tokens().to_parquet(str(folder / "train.parquet"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    log = ReadLog()
    for name in ("hf-datasets://made/up@train", "hf-datasets://made/up", Path("hf-datasets://made/up@train")):
        assert found(list(read_documents(name, log=log))) == FOUND
    assert log.format == "datasets"
    with pytest.raises(DataError) as caught:
        list(read_documents("hf-datasets://made/up@dev"))
    assert caught.value.code == "hub"
    assert "\n" not in str(caught.value)


def test_what_is_asked_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load_dataset(path: str, config: str | None, **options: Any) -> Any:
        asked.append((path, config, options))
        return tokens()

    monkeypatch.setattr(datasets, "get_dataset_split_names", lambda path, config: ["train", "test"])
    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(DataError, match="splits train, test: name one, hf-datasets://a/b@train") as caught:
        list(read_documents("hf-datasets://a/b"))
    assert caught.value.code == "several-splits"
    assert found(list(read_documents("hf-datasets://a/b/en@test"))) == FOUND
    assert asked == [("a/b", "en", {"split": "test"})]  # nothing that lets code of the data set run


def test_versions_that_could_run_code_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "__version__", "3.6.0")
    with pytest.raises(MissingExtraError, match=r"runs no code .*onoma\[hub\]"):
        list(read_documents("hf-datasets://a/b@train"))
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"onoma\[hub\]"):
        list(read_documents("hf-datasets://a/b@train"))


def test_names_given_by_the_user_come_first(tmp_path: Path) -> None:
    tokens().save_to_disk(str(tmp_path / "saved"))
    documents = list(read_documents(tmp_path / "saved", ReadOptions(label_names=("O", "B-A", "I-A", "B-B"))))
    assert found(documents) == [("Ann Lee", "A"), ("Oslo", "B")]


def test_json_records_take_names_from_a_saved_folder(tmp_path: Path) -> None:
    tokens().save_to_disk(str(tmp_path / "saved"))
    path = tmp_path / "saved" / "more.jsonl"
    path.write_text(json.dumps({"tokens": ["Bo"], "ner_tags": [1]}) + "\n")
    assert found(list(read_documents(path))) == [("Bo", "PER")]
