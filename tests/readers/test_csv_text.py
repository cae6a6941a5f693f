"""Tables with a text column: raw text, or text with entities as JSON."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from annotation_reading import check_fault, read_text
from hypothesis import given, settings
from hypothesis import strategies as st
from test_annotation_round_trip import corpora, without_copies

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents, write_documents
from onoma.text import Document, Span

TWO = 'id,text\n1,"John Smith lives in New York."\n2,"He met Angela Merkel in Berlin, Germany."\n'
TEXTS = ["John Smith lives in New York.", "He met Angela Merkel in Berlin, Germany."]
LABEL_STUDIO = (
    "annotation_id,annotator,created_at,id,label,lead_time,text,updated_at\n"
    '1,1,2024-01-01T00:00:00Z,1,"[{""start"":0,""end"":3,""text"":""Ann"",""labels"":[""PER""]},'
    '{""start"":9,""end"":13,""text"":""Oslo"",""labels"":[""LOC""]}]",3.2,Ann left Oslo.,'
    "2024-01-01T00:00:00Z\n"
)


def place(folder: Path, text: str, name: str = "noname") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (TWO, ["1", "2"]),
        (TWO.replace("id,text", "id,comment"), ["1", "2"]),
        (TWO.replace("id,text", "Nr,Content"), ["noname:1", "noname:2"]),
        (TWO.replace("id,text", "id,text").replace("2,", "1,"), ["1", "noname:2"]),
        (f"id;text\n1;{TEXTS[0]}\n2;{TEXTS[1]}\n", ["1", "2"]),
        (f"id\ttext\n1\t{TEXTS[0]}\n2\t{TEXTS[1]}\n", ["1", "2"]),
        (f',text,stars\n0,{TEXTS[0]},5\n1,"{TEXTS[1]}",4\n', ["noname:1", "noname:2"]),
    ],
)
def test_rows_are_raw_text(tmp_path: Path, text: str, ids: list[str]) -> None:
    path = place(tmp_path, text)
    assert detect_format(path).name == "csv-text"
    documents = list(read_documents(path))
    assert [one.text for one in documents] == TEXTS
    assert [one.id for one in documents] == ids
    assert not any(one.entities or one.tokens for one in documents)


def test_a_single_column(tmp_path: Path) -> None:
    path = place(tmp_path, 'text\nOne line\n"with, comma"\n', "f.csv")
    assert [one.text for one in read_documents(path)] == ["One line", "with, comma"]


def test_long_fields_run_over_lines(tmp_path: Path) -> None:
    (one, two) = read_text(tmp_path, "csv-text", 'id,text\n1,"a\nb ""c""\n\nd"\n2,e\n')
    assert (one.text, two.text) == ('a\nb "c"\n\nd', "e")


def test_the_column_is_named_by_the_user(tmp_path: Path) -> None:
    path = place(tmp_path, "id,what they said\n1,Ann left\n", "f.csv")
    with pytest.raises(
        DataError, match=r"no known columns in the header \(it has id, what they said\)"
    ) as caught:
        list(read_documents(path))
    assert (caught.value.code, caught.value.line) == ("header", 1)
    assert "--text-column" in str(caught.value)
    for name in ("what they said", "What They Said"):
        assert [one.text for one in read_documents(path, ReadOptions(text_column=name))] == ["Ann left"]
    with pytest.raises(DataError, match="no column 'x' in the header"):
        list(read_documents(path, ReadOptions(text_column="x")))


def test_several_columns_may_hold_the_text(tmp_path: Path) -> None:
    path = place(tmp_path, "text,comment\nAnn left,really\n", "f.csv")
    with pytest.raises(DataError, match=r"text, comment .*--text-column"):
        list(read_documents(path))
    assert [one.text for one in read_documents(path, ReadOptions(text_column="comment"))] == ["really"]


def test_columns_that_are_not_read_are_said(tmp_path: Path) -> None:
    log = ReadLog()
    read_text(tmp_path, "csv-text", "id,text,label,stars\n1,good,positive,5\n", log)
    assert [one.message for one in log.problems] == ["columns that are not read: label, stars"]


ENTITIES = [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 13, "label": "LOC"}]


def row(*fields: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(fields)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["entities", "spans", "label"])
def test_entities_as_json(tmp_path: Path, name: str) -> None:
    text = f"text,{name}\n" + row("Ann left Oslo", json.dumps(ENTITIES)) + row("none", "[]") + row("none", "")
    path = place(tmp_path, text)
    assert detect_format(path).name == "csv-text"
    log = ReadLog()
    documents = list(read_documents(path, log=log))
    assert [one.key for one in documents[0].entities] == [(0, 3, "PER"), (9, 13, "LOC")]
    assert (log.ledger().read, log.ledger().kept) == (2, 2)


def test_label_studios_csv_loses_nothing(tmp_path: Path) -> None:
    (document,) = read_text(tmp_path, "csv-text", LABEL_STUDIO)
    assert document.text == "Ann left Oslo."
    assert [(one.text, one.label) for one in document.entities] == [("Ann", "PER"), ("Oslo", "LOC")]


GOOD = "text,entities\n" + row("Ann left", '[{"start": 0, "end": 3, "label": "PER"}]') * 3


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row("Ann", "[{]"), "bad-list"),
        (row("Ann", "7"), "wrong-type"),
        (row("Ann", '["PER"]'), "wrong-type"),
        (row("Ann", '[{"start": 0, "end": 9, "label": "PER"}]'), "span-out-of-range"),
        (row("Ann", '[{"start": "0", "end": 3, "label": "PER"}]'), "wrong-type"),
        (row("Ann", '[{"start": 0, "end": 3, "label": "PER", "text": "Bob"}]'), "surface-mismatch"),
        (row("Ann", '{"start": [0], "end": [], "label": []}'), "length-mismatch"),
        ("a,b,c\n", "column-count"),
        ('"a\n', "unterminated-quote"),
        ('a "b" c,[]\n', "stray-quote"),
    ],
)
def test_malformed(tmp_path: Path, bad: str, code: str) -> None:
    check_fault(tmp_path, "csv-text", GOOD + bad + row("z", "[]"), code, 5)


@pytest.mark.parametrize("text", ["", "\n"])
def test_empty(tmp_path: Path, text: str) -> None:
    log = ReadLog()
    assert read_text(tmp_path, "csv-text", text, log) == []
    assert log.problem_counts == {"empty-file": 1}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sentence #,Word,POS,Tag\n1,Ann,NNP,B-per\n", "gmb-csv"),
        ("sentence,word,tag\n1,Ann,B-per\n", "gmb-csv"),
        ("text,labels\nAnn left,B-per O\n", "text-tags-csv"),
        ("text,labels\n", "text-tags-csv"),
        ("sentence,label\nI like it a lot,positive\n", "csv-text"),
        ("id,text\n", "csv-text"),
    ],
)
def test_detection_beside_other_tables(tmp_path: Path, text: str, name: str) -> None:
    assert detect_format(place(tmp_path, text)).name == name


@pytest.mark.parametrize("text", ["1,2\n3,4\n", "Dear John, hello\nI am, fine\n"])
def test_what_is_no_table_with_a_header(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError) as caught:
        detect_format(place(tmp_path, text))
    assert caught.value.code == "unknown-format"


@settings(max_examples=60)
@given(corpus=corpora())
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, corpus: list[Document]) -> None:
    corpus = [without_copies(one) for one in corpus]
    path = tmp_path_factory.mktemp("round") / "data"
    written = write_documents(path, corpus, "csv-text")
    log = ReadLog()
    back = read_documents(path, ReadOptions(format="csv-text", allow_empty=True), log)

    def held(one: Document) -> object:
        return one.id, one.text, one.labels, [span.key for span in one.entities]

    assert [held(one) for one in back] == [held(one) for one in corpus]
    assert written.read == log.ledger().read
    assert written.balanced
    assert log.ledger().balanced


def test_what_is_written(tmp_path: Path) -> None:
    stream = io.StringIO()
    document = Document("1", "Ann, left", entities=(Span(0, 3, "PER", "Ann", 0.5),))
    write_documents(stream, [document], "csv-text")
    entities = '"[{""start"": 0, ""end"": 3, ""label"": ""PER"", ""score"": 0.5}]"'
    assert stream.getvalue() == f'id,text,entities\n1,"Ann, left",{entities}\n'
    path = place(tmp_path, stream.getvalue())
    assert list(read_documents(path)) == [document]


def test_what_does_not_survive_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        write_documents(io.StringIO(), [Document("1", "a\0b")], "csv-text")
    assert caught.value.code == "not-writable"


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb", "\r\n\r", 'a,\r\n"b"\n\r\n'])
@pytest.mark.parametrize("row_end", ["\n", "\r\n"])
def test_line_ends_within_a_field_are_data(tmp_path: Path, text: str, row_end: str) -> None:
    path = tmp_path / "f.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator=row_end, quoting=csv.QUOTE_ALL)
        rows.writerows([["id", "text"], ["1", text], ["2", "Ann"], ["3", text]])
    assert [one.text for one in read_documents(path)] == [text, "Ann", text]
    back = tmp_path / "back.csv"
    write_documents(back, read_documents(path), "csv-text")
    assert [one.text for one in read_documents(back)] == [text, "Ann", text]


def test_carriage_returns_that_end_lines_are_data_within_fields(tmp_path: Path) -> None:
    (tmp_path / "mac.csv").write_bytes(b'id,text\r1,"a\rAnna ran"\r2,Bob\r')
    assert [one.text for one in read_documents(tmp_path / "mac.csv")] == ["a\rAnna ran", "Bob"]


def test_offsets_over_line_ends_are_those_of_the_file(tmp_path: Path) -> None:
    text = 'Case:\r\n(Oslo), by "Smith".'
    entities = [{"start": 8, "end": 12, "label": "LOC"}, {"start": 19, "end": 24, "label": "PER"}]
    path = tmp_path / "f.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text", "entities"], ["1", text, json.dumps(entities)]])
    (document,) = read_documents(path)
    assert [span.text for span in document.entities] == ["Oslo", "Smith"]


CELL = st.text(st.sampled_from('ab,;"\n\t[]{}:é 0'), max_size=12)


@settings(max_examples=150)
@given(st.lists(st.tuples(CELL, CELL), max_size=6), st.sampled_from(["skip", "repair"]))
def test_any_cells_are_read_or_counted(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], policy: str
) -> None:
    text = "text,entities\n" + "".join(row(*fields) for fields in rows)
    path = tmp_path_factory.mktemp("any") / "f.csv"
    path.write_text(text)
    log = ReadLog()
    options = ReadOptions(format="csv-text", on_error=policy, allow_empty=True)
    documents = list(read_documents(path, options, log))
    assert log.units == len(documents) + log.lost
    assert log.ledger().balanced


@pytest.mark.parametrize(
    "cell", ["[(0, 3, 'PER')]", "{'entities': [(0, 3, 'PER')]}", '[[0, 3, "PER"]]', "((0, 3, 'PER'),)"]
)
def test_entities_as_pandas_writes_them(tmp_path: Path, cell: str) -> None:
    path = place(tmp_path, "text,entities\n" + row("Ann left", cell))
    (document,) = read_documents(path)
    assert document.entities == (Span(0, 3, "PER", "Ann"),)


def test_entities_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    path = place(tmp_path, "text,entities\n" + row("Ann left", "Ann=PER") * 3)
    with pytest.raises(DataError) as caught:
        list(read_documents(path))
    assert (caught.value.code, caught.value.line) == ("bad-list", 2)
    assert len(list(read_documents(path, ReadOptions(gold=False)))) == 3


@pytest.mark.parametrize(
    "text", ["sep=;\nid;text\n1;Ann, who left\n", '"sep=;"\nid;text\n1;Ann, who left\n', "SEP=,\ntext\nAnn"]
)
def test_the_line_of_excel_names_the_delimiter(tmp_path: Path, text: str) -> None:
    (document,) = read_documents(place(tmp_path, text, "f.csv"))
    assert document.text == ("Ann, who left" if ";" in text else "Ann")
