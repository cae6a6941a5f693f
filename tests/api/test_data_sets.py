"""Data sets that a program holds are what the same table is in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

import onoma
from onoma.errors import DataError

datasets = pytest.importorskip("datasets")


def test_numbers_of_labels_have_their_names_however_deep_they_are(tmp_path: Path) -> None:
    label = datasets.ClassLabel(names=["PER", "LOC"])
    number = datasets.Value("int32")
    spans = [{"start": number, "end": number, "label": label}]
    features = datasets.Features({"text": datasets.Value("string"), "spans": spans})
    found = [{"start": 0, "end": 4, "label": 0}, {"start": 8, "end": 12, "label": 1}]
    held = datasets.Dataset.from_list([{"text": "Anna in Oslo", "spans": found}] * 3, features=features)
    held.to_parquet(tmp_path / "f.parquet")
    for data in (held, tmp_path / "f.parquet"):
        for document in onoma.read(data).documents:
            assert [(span.text, span.label) for span in document.entities] == [
                ("Anna", "PER"),
                ("Oslo", "LOC"),
            ]


def test_messages_are_texts() -> None:
    mention = {"start": 0, "end": 4, "type": "PER", "value": "Anna"}
    records = [{"id": str(number), "message": "Anna in Oslo", "mentions": [mention]} for number in range(3)]
    assert all(len(document.entities) == 1 for document in onoma.read(records).documents)


def test_remarks_are_no_texts() -> None:
    spans = [{"start": 0, "end": 4, "label": "PER"}]
    with pytest.raises(DataError, match="no known format"):
        onoma.read([{"title": "Anna ran", "comment": "good", "entities": spans}])


def test_a_comment_before_text_with_tags_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text(
        "<!-- news -->\n<PER>Anna</PER> in <LOC>Paris</LOC>\n<PER>Bob</PER> ran\n"
    )
    assert sum(len(one.entities) for one in onoma.read(tmp_path / "f.txt").documents) == 3


def test_a_document_of_xml_is_no_text_with_tags(tmp_path: Path) -> None:
    body = '<Doc v="3"><Text><Node id="0"/>Anna<Node id="4"/> left.</Text><Set><A i="1"/></Set></Doc>\n'
    for start in ("<?xml version='1.0'?>\n", "<!DOCTYPE gate>\n"):
        (tmp_path / "f.xml").write_text(start + body)
        with pytest.raises(DataError, match="no known format"):
            onoma.read(tmp_path / "f.xml")


def test_frames_are_what_their_csv_is(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    files = {
        "tokens.csv": "Sentence #,Word,Tag\n1,Anna,B-PER\n1,left,O\n2,Oslo,B-LOC\n2,slept,O\n",
        "cells.csv": 'id,text,entities\n1,Anna left,"[{""start"": 0, ""end"": 4, ""label"": ""PER""}]"\n'
        "2,Oslo slept,\"[(0, 4, 'LOC')]\"\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        frame = pandas.read_csv(tmp_path / name)
        for data in (frame, tmp_path / name):
            documents = onoma.read(data).documents
            assert [one.text for one in documents] == ["Anna left", "Oslo slept"]
            assert [[span.label for span in one.entities] for one in documents] == [["PER"], ["LOC"]]
        run_files = onoma.read(frame, labels="PER=HUMAN").documents
        assert [span.label for one in run_files for span in one.entities] == ["HUMAN", "LOC"]
    with pytest.raises(DataError, match="no known format"):
        onoma.read(pandas.DataFrame({"a": [1, 2], "b": [3, 4]}))
