"""Parquet and Arrow files, made by pyarrow and by Hugging Face's datasets."""

from __future__ import annotations

import gzip
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from test_annotation_round_trip import corpora, without_copies

from onoma.errors import ConfigError, DataError, MissingExtraError, OutputError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents, write_documents
from onoma.readers.registry import format_for_target
from onoma.text import Document, Span

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

NAMES = ["O", "B-PER", "I-PER", "B-LOC"]
TOKENS = {"id": ["7", "8"], "tokens": [["Ann", "Lee", "left"], ["Oslo"]], "ner_tags": [[1, 2, 0], [3]]}
TEXT = "Ann left Oslo"
FOUND = [("Ann", "PER", 0, 3), ("Oslo", "LOC", 9, 13)]


def save(folder: Path, table: Any, kind: str = "parquet") -> Path:
    path = folder / "noname"
    if kind == "parquet":
        pq.write_table(table, path)
        return path
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with new(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


def found(documents: list[Document]) -> list[tuple[str, str, int, int]]:
    return [(one.text, one.label, one.start, one.end) for document in documents for one in document.entities]


@pytest.mark.parametrize(("kind", "format"), [("parquet", "parquet"), ("file", "arrow"), ("stream", "arrow")])
def test_tokens_and_tags(tmp_path: Path, kind: str, format: str) -> None:
    path = save(tmp_path, pa.table(TOKENS), kind)
    assert detect_format(path).name == format
    log = ReadLog()
    documents = list(read_documents(path, ReadOptions(label_names=tuple(NAMES)), log))
    assert [(one.id, one.text) for one in documents] == [("7", "Ann Lee left"), ("8", "Oslo")]
    assert found(documents) == [("Ann Lee", "PER", 0, 7), ("Oslo", "LOC", 0, 4)]
    assert log.ledger().kept == 2
    with pytest.raises(DataError, match=r"numbers, 0 to 3 .*--label-names") as caught:
        list(read_documents(path))
    assert caught.value.code == "label-names"
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert next(read_documents(packed, ReadOptions(label_names=tuple(NAMES)))).text == "Ann Lee left"


def test_names_come_from_the_metadata_that_datasets_writes(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    tags = datasets.List(datasets.ClassLabel(names=NAMES))
    features = {
        "id": datasets.Value("string"),
        "tokens": datasets.List(datasets.Value("string")),
        "ner_tags": tags,
    }
    path = tmp_path / "noname"
    datasets.Dataset.from_dict(TOKENS, features=datasets.Features(features)).to_parquet(str(path))
    assert found(list(read_documents(path))) == [("Ann Lee", "PER", 0, 7), ("Oslo", "LOC", 0, 4)]


SPANS = [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 13, "label": "LOC"}]
LISTS = {key: [span[key] for span in SPANS] for key in ("start", "end", "label")}


@pytest.mark.parametrize(
    "columns",
    [
        {"id": [5], "text": [TEXT], "entities": [SPANS]},
        {"id": [5], "content": [TEXT], "spans": [SPANS]},
        {"id": [5], "text": [TEXT], "entities": [LISTS]},
        {"id": [5], "text": [TEXT], "entities": ['[{"start": 0, "end": 3, "label": "PER"}, '
                                                 '{"start": 9, "end": 13, "label": "LOC"}]']},
        {"id": [5], "text": [TEXT], "label": [[{"start_offset": 0, "end_offset": 3, "type": "PER"},
                                               {"start_offset": 9, "end_offset": 13, "type": "LOC"}]]},
    ],
)  # fmt: skip
def test_text_and_spans(tmp_path: Path, columns: dict[str, Any]) -> None:
    documents = list(read_documents(save(tmp_path, pa.table(columns))))
    assert [(one.id, one.text) for one in documents] == [("5", TEXT)]
    assert found(documents) == FOUND


def test_labels_of_spans_may_be_numbers_with_names(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    span = {"start": datasets.Value("int64"), "end": datasets.Value("int64")}
    span["label"] = datasets.ClassLabel(names=["PER", "LOC"])
    features = datasets.Features({"text": datasets.Value("string"), "entities": datasets.List(span)})
    rows = [{"start": 0, "end": 3, "label": 0}, {"start": 9, "end": 13, "label": 1}]
    path = tmp_path / "noname"
    datasets.Dataset.from_dict({"text": [TEXT], "entities": [rows]}, features=features).to_parquet(str(path))
    assert found(list(read_documents(path))) == FOUND


def test_text_alone(tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "a"], "body": [TEXT, None], "stars": [1, 2]})
    log = ReadLog()
    documents = list(read_documents(save(tmp_path, table), log=log))
    assert [(one.id, one.text) for one in documents] == [("a", TEXT), ("noname:2", "")]
    assert log.problem_counts == {"column-ignored": 1, "empty-text": 1, "duplicate-id": 1}
    named = pa.table({"title": ["x"], "words of it": [TEXT]})
    path = save(tmp_path, named)
    assert [one.text for one in read_documents(path, ReadOptions(text_column="words of it"))] == [TEXT]
    with pytest.raises(DataError, match=r"it has title, words of it\).*--text-column") as caught:
        list(read_documents(path))
    assert caught.value.code == "header"


@pytest.mark.parametrize("kind", ["parquet", "file", "stream"])
def test_a_damaged_file_is_one_error(tmp_path: Path, kind: str) -> None:
    table = pa.table({"text": [f"text number {number}" for number in range(300)]})
    path = save(tmp_path, table, kind)
    whole = path.read_bytes()
    for end in (40, len(whole) // 2, len(whole) - 20):
        path.write_bytes(whole[:end])
        if (kind, end) == ("stream", len(whole) - 20):
            continue  # a stream may end without its last mark
        with pytest.raises(DataError) as caught:
            list(read_documents(path))
        assert (caught.value.code, caught.value.path) == ("bad-table", str(path))
        assert "\n" not in str(caught.value)
    garbled = bytearray(whole)
    garbled[len(whole) // 3 :: 7] = b"\xff" * len(garbled[len(whole) // 3 :: 7])
    path.write_bytes(garbled)
    with pytest.raises(DataError):
        list(read_documents(path))


def test_a_fault_names_the_row(tmp_path: Path) -> None:
    spans = [[], [{"start": 0, "end": 99, "label": "X"}]]
    path = save(tmp_path, pa.table({"text": ["a", "b"], "entities": pa.array(spans)}))
    with pytest.raises(DataError) as caught:
        list(read_documents(path))
    assert (caught.value.code, caught.value.line) == ("span-out-of-range", 2)
    log = ReadLog()
    assert len(list(read_documents(path, ReadOptions(on_error="repair"), log))) == 2
    assert log.ledger().dropped == {"span-out-of-range": 1}
    assert log.ledger().balanced


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {}
    for kind in ("parquet", "file"):
        folder = tmp_path / kind
        folder.mkdir()
        paths[kind] = save(folder, pa.table({"text": ["a"]}), kind)
    for name in [name for name in sys.modules if name == "pyarrow" or name.startswith("pyarrow.")]:
        monkeypatch.setitem(sys.modules, name, None)
    for kind, what in (("parquet", "parquet"), ("file", "Arrow")):
        with pytest.raises(MissingExtraError, match=rf"{what} file.*onoma\[tables\]"):
            list(read_documents(paths[kind]))
    with pytest.raises(MissingExtraError, match="tables"):
        write_documents(tmp_path / "out.parquet", [], "parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_rows_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "big.parquet"
    group = pa.table(
        {"text": ["some text that is not short at all " * 20 + str(number) for number in range(2000)]}
    )
    with pq.ParquetWriter(path, group.schema) as writer:
        for _ in range(15):
            writer.write_table(group)
    before = pa.total_allocated_bytes()
    held = []
    documents = read_documents(path)
    while batch := list(islice(documents, 1000)):
        held.append(pa.total_allocated_bytes() - before)
        del batch
    assert len(held) == 30
    assert max(held) < 3 * group.nbytes


@settings(max_examples=40)
@given(corpus=corpora())
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, corpus: list[Document]) -> None:
    corpus = [without_copies(document) for document in corpus]
    path = tmp_path_factory.mktemp("round") / "data.parquet"
    written = write_documents(path, corpus, "parquet")
    log = ReadLog()
    back = list(read_documents(path, ReadOptions(allow_empty=True), log))
    assert log.format == "parquet"

    def held(one: Document) -> object:
        return one.id, one.text, one.labels, [span.key for span in one.entities]

    assert [held(one) for one in back] == [held(one) for one in corpus]
    assert written.read == log.ledger().read == sum(len(one.entities) for one in corpus)
    assert written.balanced
    assert log.ledger().balanced


def test_scores_are_kept_and_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    document = Document("1", "Ann", entities=(Span(0, 3, "PER", "Ann", 0.25),))
    write_documents(path, [document], "parquet")
    assert list(read_documents(path)) == [document]
    assert format_for_target(path).name == "parquet"
    before = path.read_bytes()
    for broken, error in (
        (Document("2", "Bo", entities=(Span(0, 3, "PER", "Bob"),)), "surface-mismatch"),
        (Document("2", "B\ud800"), "lone-surrogate"),
    ):
        with pytest.raises(DataError) as caught:
            write_documents(path, [document, broken], "parquet")
        assert caught.value.code == error
        assert path.read_bytes() == before
        assert [one.name for one in tmp_path.iterdir()] == ["out.parquet"]


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="standard output"):
        write_documents(sys.stdout, [], "parquet")
    with pytest.raises(OutputError, match="leave off"):
        write_documents(tmp_path / "x.parquet.gz", [], "parquet")


def test_text_that_begins_like_a_table_is_text(tmp_path: Path) -> None:
    path = tmp_path / "f.conll"
    path.write_text("PAR1\tB-MISC\nis\tO\n")
    assert detect_format(path).name == "conll"
