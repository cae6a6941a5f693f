"""Amazon Comprehend's annotations and results, after its manual: the documents lie beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents
from onoma.text import Span

HEADER = "File,Line,Begin Offset,End Offset,Type\n"
DOCUMENTS = "Ann left Oslo.\n\nNobody here.\nBo met Ann.\n"
ANN, OSLO = Span(0, 3, "PER", "Ann"), Span(9, 13, "LOC", "Oslo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs.txt").write_text(DOCUMENTS)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "two.txt").write_text("Bo\r\nAnn\r\n", newline="")
    return tmp_path


def test_a_document_a_line(folder: Path) -> None:
    rows = "docs.txt,0,9,13,LOC\nmore/two.txt,1,0,3,PER\ndocs.txt,0,0,3,PER\ndocs.txt,3,7,10,PER\n"
    log = ReadLog()
    documents = read_text(folder, "comprehend", HEADER + rows, log)
    assert [(one.id, one.text) for one in documents] == [
        ("docs.txt:0", "Ann left Oslo."),
        ("docs.txt:2", "Nobody here."),
        ("docs.txt:3", "Bo met Ann."),
        ("more/two.txt:0", "Bo"),
        ("more/two.txt:1", "Ann"),
    ]
    assert documents[0].entities == (ANN, OSLO)
    assert [span.text for one in documents[1:] for span in one.entities] == ["Ann", "Ann"]
    assert log.problem_counts == {}
    assert detect_format(folder / "f.data").name == "comprehend"


def test_a_document_a_file(folder: Path) -> None:
    text = "File, Begin Offset, End Offset, Type\ndocs.txt, 0, 3, PER\ndocs.txt, 29, 31, PER\n"
    (document,) = read_text(folder, "comprehend", text)
    assert (document.id, document.text) == ("docs.txt", DOCUMENTS)
    assert [span.text for span in document.entities] == ["Ann", "Bo"]
    assert detect_format(folder / "f.data").name == "comprehend"


FOUND = [
    {"BeginOffset": 0, "EndOffset": 3, "Score": 0.75, "Text": "Ann", "Type": "PER"},
    {"BeginOffset": 9, "EndOffset": 13, "Score": 0.5, "Text": "Oslo", "Type": "LOC"},
]


def test_results(folder: Path) -> None:
    text = lines(
        {"File": "docs.txt", "Line": 0, "Entities": FOUND}, {"Entities": [], "File": "docs.txt", "Line": 2}
    )
    first, *rest = read_text(folder, "comprehend", text)
    assert first.entities == (ANN._replace(score=0.75), OSLO._replace(score=0.5))
    assert len(rest) == 2
    assert detect_format(folder / "f.data").name == "comprehend"


def test_results_of_a_document_a_file(folder: Path) -> None:
    (document,) = read_text(folder, "comprehend", lines({"File": "docs.txt", "Entities": FOUND}))
    assert (document.text, len(document.entities)) == (DOCUMENTS, 2)


MALFORMED = {
    "no such file": ("none.txt,0,0,3,PER", "missing-file"),
    "a folder": ("more,0,0,3,PER", "missing-file"),
    "no name": (",0,0,3,PER", "unsafe-path"),
    "out of the folder": ("../docs.txt,0,0,3,PER", "unsafe-path"),
    "out by a way inside": ("more/../../docs.txt,0,0,3,PER", "unsafe-path"),
    "out by a way of Windows": ("..\\docs.txt,0,0,3,PER", "unsafe-path"),
    "a drive": ("C:docs.txt,0,0,3,PER", "unsafe-path"),
    "absolute": ("/etc/passwd,0,0,3,PER", "unsafe-path"),
    "no such line": ("docs.txt,9,0,3,PER", "no-such-line"),
    "a line that is no number": ("docs.txt,one,0,3,PER", "wrong-type"),
    "an offset that is no number": ("docs.txt,2,zero,3,PER", "wrong-type"),
    "outside": ("docs.txt,2,0,30,PER", "span-out-of-range"),
    "no type": ("docs.txt,2,0,3,", "wrong-type"),
    "a field is missing": ("docs.txt,2,0,3", "truncated"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(folder: Path, name: str) -> None:
    row, code = MALFORMED[name]
    check_fault(folder, "comprehend", HEADER + "docs.txt,0,0,3,PER\n" + row + "\n", code, 3)


MALFORMED_RESULTS = {
    "no file": ({"Line": 1, "Entities": []}, "wrong-type"),
    "a line is text": ({"File": "docs.txt", "Line": "2", "Entities": FOUND}, "wrong-type"),
    "entities is an object": ({"File": "docs.txt", "Line": 2, "Entities": {}}, "wrong-type"),
    "an entity is a list": ({"File": "docs.txt", "Line": 2, "Entities": [[0, 3]]}, "wrong-type"),
    "no type": (
        {"File": "docs.txt", "Line": 2, "Entities": [{"BeginOffset": 0, "EndOffset": 2}]},
        "missing-key",
    ),
    "another text": ({"File": "docs.txt", "Line": 2, "Entities": [FOUND[0]]}, "surface-mismatch"),
    "a failure": ({"File": "docs.txt", "Line": 2, "ErrorCode": "X", "ErrorMessage": "no"}, "not-annotated"),
}


@pytest.mark.parametrize("name", MALFORMED_RESULTS)
def test_malformed_results(folder: Path, name: str) -> None:
    record, code = MALFORMED_RESULTS[name]
    good = {"File": "docs.txt", "Line": 0, "Entities": FOUND}
    check_fault(folder, "comprehend", lines(good, record), code, 2)


def test_the_message_of_a_missing_file_has_its_path(folder: Path) -> None:
    with pytest.raises(DataError, match=r"none\.txt") as caught:
        read_text(folder, "comprehend", HEADER + "none.txt,0,0,3,PER\n")
    assert str(folder / "none.txt") in str(caught.value)


def test_entities_of_documents_that_are_not_there_are_counted(folder: Path) -> None:
    log = ReadLog()
    rows = "none.txt,0,0,3,PER\nnone.txt,0,4,6,PER\ndocs.txt,0,0,3,PER\n"
    read_text(folder, "comprehend", HEADER + rows, log, on_error="skip")
    assert log.ledger().dropped == {"missing-file": 2}
    assert log.ledger().kept == 1


@pytest.mark.parametrize(
    "header", ["File,Line,Type\nx,0,y\n", 'File,"Line\n', "File,File,Begin Offset,End Offset,Type\n"]
)
def test_headers(folder: Path, header: str) -> None:
    (folder / "x.csv").write_text(header)
    with pytest.raises(DataError) as caught:
        list(read_documents(folder / "x.csv", ReadOptions(format="comprehend")))
    assert (caught.value.code, caught.value.line) == ("header", 1)
