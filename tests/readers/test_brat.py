"""Folders of brat: pairs of files, what is read and what is said, and faults with file and line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from onoma.errors import ConfigError, DataError, OutputError
from onoma.readers import ReadLog, ReadOptions, detect_format, find_splits, read_documents, write_documents
from onoma.text import Document, Link, Relation, Span

TEXT = "New\nYork saw Ann.\r\nBonn did, too.\n"
ANN = """T1\tLOC 0 3;4 8\tNew York
T2\tPER 13 16\tAnn

R1\tSees Arg1:T1 Arg2:T2\t
R2\tSees Arg2:T1 Arg1:T2
N1\tReference T1 Wikidata:Q60\tNew York City
E1\tVisit:T2 Place:T1
A1\tNegated E1
M1\tSure T1
*\tAlias T1 T2
#1\tAnnotatorNotes T1\ta city
R3\tCause Arg1:E1 Arg2:T2
"""


def pair(folder: Path, name: str, text: str | None = TEXT, ann: str | None = ANN) -> Path:
    for suffix, content in ((".txt", text), (".ann", ann)):
        if content is not None:
            path = folder / f"{name}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode())
    return folder


def read(folder: Path, log: ReadLog | None = None, **options: object) -> list[Document]:
    log = ReadLog() if log is None else log
    try:
        return list(read_documents(folder, ReadOptions(**{"allow_empty": True, **options}), log))  # type: ignore[arg-type]
    finally:
        assert log.ledger().balanced


def test_a_document_and_what_is_left_out(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read(pair(tmp_path, "a"), log)
    assert document == Document(
        "a",
        TEXT,
        entities=(Span(0, 8, "LOC", "New\nYork", id="T1"), Span(13, 16, "PER", "Ann", id="T2")),
        relations=(Relation("Sees", "T1", "T2"), Relation("Sees", "T2", "T1")),
        links=(Link("T1", "Wikidata:Q60", "New York City"),),
    )
    assert log.format == "brat"
    assert {(p.code, p.path, p.line) for p in log.problems} == {
        ("event-ignored", str(tmp_path / "a.ann"), 7),
        ("attribute-ignored", str(tmp_path / "a.ann"), 8),
        ("attribute-ignored", str(tmp_path / "a.ann"), 9),
        ("equivalence-ignored", str(tmp_path / "a.ann"), 10),
        ("note-ignored", str(tmp_path / "a.ann"), 11),
        ("event-ignored", str(tmp_path / "a.ann"), 12),
    }


@pytest.mark.parametrize(
    ("ann", "span"),
    [
        ("T1\tX 0 8\tNew York\n", Span(0, 8, "X", "New\nYork", id="T1")),
        ("T1\tX 0 3;9 12\tNew saw\n", Span(0, 12, "X", "New\nYork saw", None, ((0, 3), (9, 12)), "T1")),
        ("T1\tX 9 12;0 3\tsaw New\n", Span(0, 12, "X", "New\nYork saw", None, ((0, 3), (9, 12)), "T1")),
    ],
)
def test_spans_over_lines_and_in_pieces(tmp_path: Path, ann: str, span: Span) -> None:
    (document,) = read(pair(tmp_path, "a", ann=ann))
    assert document.entities == (span,)


def test_documents_come_in_natural_order_with_their_folders(tmp_path: Path) -> None:
    for name in ("d10", "d9", "sub/d1", "%2Fx%25"):
        pair(tmp_path, name, "a", "")
    (tmp_path / "annotation.conf").write_text("[entities]\n")
    (tmp_path / ".hidden.ann").write_text("")
    assert [document.id for document in read(tmp_path)] == ["/x%", "d9", "d10", "sub/d1"]


def test_one_annotation_file(tmp_path: Path) -> None:
    pair(tmp_path, "a")
    pair(tmp_path, "b", "x", "")
    assert detect_format(tmp_path / "a.ann").name == "brat"
    (document,) = read(tmp_path / "a.ann")
    assert document.id == "a"


def test_roles_of_other_names_are_said(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read(pair(tmp_path, "a", ann=ANN[: ANN.index("R1")] + "R1\tSees Who:T1 Whom:T2\n"), log)
    assert document.relations == (Relation("Sees", "T1", "T2"),)
    assert log.problem_counts == {"roles-ignored": 1}


# name: (text, annotation, code, the file, line)
MALFORMED = {
    "no annotation": (TEXT, None, "missing-pair", "b.txt", None),
    "no text": (None, ANN, "missing-pair", "b.ann", None),
    "text is not UTF-8": ("\udcff", "", "bad-encoding", "b.txt", 1),
    "annotation is not UTF-8": ("a\n", "T1\tX 0 1\ta\n\udcff", "bad-encoding", "b.ann", 2),
    "unknown kind": (TEXT, "T1\tX 13 16\tAnn\nQ1\tX\n", "standoff-syntax", "b.ann", 2),
    "prose": (TEXT, "\nhello\n", "standoff-syntax", "b.ann", 2),
    "entity without text": (TEXT, "\n\nT1\tX 13 16\n", "standoff-syntax", "b.ann", 3),
    "offsets that are words": (TEXT, "T1\tX a b\tAnn\n", "standoff-syntax", "b.ann", 1),
    "other text": (TEXT, "T1\tX 13 16\tAnn\nT2\tX 13 16\tBen\n", "surface-mismatch", "b.ann", 2),
    "off by one": (TEXT, "T1\tX 17 21\tBonn\n", "surface-mismatch", "b.ann", 1),
    "outside": (TEXT, "#1\tNote T1\tx\nT1\tX 13 99\tAnn\n", "span-out-of-range", "b.ann", 2),
    "reversed": (TEXT, "T1\tX 16 13\tAnn\n", "reversed-span", "b.ann", 1),
    "white space": (TEXT, "T1\tX 12 16\t Ann\n", "whitespace-edge", "b.ann", 1),
    "fragments overlap": (TEXT, "T1\tX 13 15;14 16\tAn nn\n", "bad-fragment", "b.ann", 1),
    "id twice": (TEXT, "T1\tX 13 16\tAnn\n\nT1\tY 13 16\tAnn\n", "duplicate-entity-id", "b.ann", 3),
    "relation of nothing": (TEXT, "T1\tX 13 16\tAnn\nR1\tY Arg1:T1 Arg2:T7\n", "unknown-entity", "b.ann", 2),
    "relation of one": (TEXT, "T1\tX 13 16\tAnn\nR1\tY Arg1:T1\n", "standoff-syntax", "b.ann", 2),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, ann, code, file, line = MALFORMED[name]
    pair(tmp_path, "a", "x", "")
    for suffix, content in ((".txt", text), (".ann", ann)):
        if content is not None:
            (tmp_path / f"b{suffix}").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    error = caught.value
    assert (error.code, error.path, error.line) == (code, str(tmp_path / file), line)
    if code == "bad-encoding":  # a fault of the file stops under every policy
        return
    for policy in ("skip", "repair"):
        log = ReadLog()
        assert read(tmp_path, log, on_error=policy)[0].id == "a"
        assert (log.problems[0].code, log.problems[0].path, log.problems[0].line) in {
            (code, str(tmp_path / file), line),
            ("note-ignored", str(tmp_path / file), 1),
        }
        assert log.problem_counts[code] == 1


def test_entities_of_an_annotation_without_text_are_counted(tmp_path: Path) -> None:
    log = ReadLog()
    assert read(pair(tmp_path, "a", None), log, on_error="skip") == []
    assert log.ledger().dropped == {"missing-pair": 2}


def test_a_folder_without_annotation_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match="a file is needed") as caught:
        read(tmp_path)
    assert caught.value.code == "is-folder"
    with pytest.raises(DataError, match="cannot be a pipe"):
        list(read_documents("-", ReadOptions(format="brat")))


def test_folders_are_splits(tmp_path: Path) -> None:
    for split in ("train", "valid", "test"):
        pair(tmp_path / split, "a", "x", "")
    pair(tmp_path / "other", "a", "x", "")
    (tmp_path / "testa").mkdir()  # empty: no data
    found = find_splits(tmp_path)
    assert {split: path.name for split, path in found.items()} == {
        "train": "train",
        "dev": "valid",
        "test": "test",
    }


def test_documents_called_like_splits_are_none(tmp_path: Path) -> None:
    for name in ("train", "test"):
        pair(tmp_path, name, "x", "")
    assert find_splits(tmp_path, required=()) == {}


def test_writing(tmp_path: Path) -> None:
    spans = (
        Span(0, 8, "LOC", "New\nYork"),
        Span(0, 16, "X", "New\nYork saw Ann", None, ((0, 8), (13, 16))),
        Span(13, 16, "PER", "Ann", id="b"),
    )
    document = Document("a/1", TEXT, entities=spans, links=(Link("b", "Q1"),))
    ledger = write_documents(tmp_path / "out", [document], "brat")
    assert (ledger.read, ledger.kept) == (3, 3)
    assert (tmp_path / "out" / "a%2F1.txt").read_bytes() == TEXT.encode()
    assert (tmp_path / "out" / "a%2F1.ann").read_text() == (
        "T1\tLOC 0 3;4 8\tNew York\nT2\tX 0 3;4 8;13 16\tNew York Ann\nT3\tPER 13 16\tAnn\n"
        "N1\tReference T3 Q1\t\n"
    )


@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ([Document("a", "x", entities=(Span(0, 1, "BIG CITY", "x"),))], "not-writable"),
        ([Document("a", "x", entities=(Span(0, 1, "X", "y"),))], "surface-mismatch"),
        ([Document("a", "x"), Document("a", "y")], "duplicate-id"),
        ([Document("a" * 300, "x")], "not-writable"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, documents: list[Document], code: str) -> None:
    with pytest.raises(DataError) as caught:
        write_documents(tmp_path / "out", documents, "brat")
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_full_folder_is_never_replaced(tmp_path: Path) -> None:
    pair(tmp_path / "out", "a", "x", "")
    with pytest.raises(OutputError, match="not an empty folder"):
        write_documents(tmp_path / "out", [Document("b", "y")], "brat")
    assert [document.id for document in read(tmp_path / "out")] == ["a"]
    with pytest.raises(ConfigError, match="cannot be a pipe"):
        write_documents(io.StringIO(), [], "brat")


def test_a_name_of_digits_that_are_no_number_is_read(tmp_path: Path) -> None:
    for name in ("d10", "d2", "²", "d²", "٣"):
        (tmp_path / f"{name}.txt").write_text("Oslo", encoding="utf-8")
        (tmp_path / f"{name}.ann").write_text("T1\tLOC 0 4\tOslo\n", encoding="utf-8")
    names = [document.id for document in read_documents(tmp_path, ReadOptions(format="brat"))]
    assert sorted(names) == sorted(["d10", "d2", "²", "d²", "٣"])
    assert names.index("d2") < names.index("d10")


DOS = "Hello.\r\nAnn left Oslo.\r\n"


@pytest.mark.parametrize(
    ("text", "ann", "places"),
    [
        (DOS, "T1\tPER 7 10\tAnn\nT2\tLOC 16 20\tOslo", [(8, 11), (17, 21)]),  # as brat counts
        (DOS, "T1\tPER 7 10\tAnn\r\nT2\tLOC 16 20\tOslo\r\n", [(8, 11), (17, 21)]),
        (DOS, "T1\tPER 8 11\tAnn\r\nT2\tLOC 17 21\tOslo\r\n", [(8, 11), (17, 21)]),
        (DOS, "T1\tX 0 6;7 10\tHello. Ann\n", [(0, 11)]),
        (DOS.replace("\r\n", "\n"), "T1\tPER 7 10\tAnn\r\nT2\tLOC 16 20\tOslo\r\n", [(7, 10), (16, 20)]),
        (DOS.replace("\r\n", "\n"), "T1\tPER 8 11\tAnn\r\nT2\tLOC 17 21\tOslo\r\n", [(7, 10), (16, 20)]),
        (DOS.replace("\r\n", "\r"), "T1\tPER 7 10\tAnn\nT2\tLOC 16 20\tOslo", [(7, 10), (16, 20)]),
        ("\ufeff" + DOS, "T1\tPER 7 10\tAnn\nT2\tLOC 16 20\tOslo", [(8, 11), (17, 21)]),
        ("\ufeff" + DOS, "T1\tPER 8 11\tAnn\nT2\tLOC 17 21\tOslo", [(8, 11), (17, 21)]),
        ("\ufeffHi Ann.", "T1\tPER 4 7\tAnn\n", [(3, 6)]),
        ("😀 Ann left\r\nOslo", "T1\tPER 3 6\tAnn\nT2\tLOC 12 16\tOslo", [(2, 5), (12, 16)]),
    ],
)
def test_line_ends_and_marks(tmp_path: Path, text: str, ann: str, places: list[tuple[int, int]]) -> None:
    log = ReadLog()
    (document,) = read(pair(tmp_path, "a", text, ann), log)
    assert document.text == text.removeprefix("\ufeff")
    assert [(span.start, span.end) for span in document.entities] == places
    assert all(span.fragments == () for span in document.entities)
    assert set(log.problem_counts) <= {"offset-reading"}


def test_what_brat_counts_is_written(tmp_path: Path) -> None:
    document = Document("a", DOS, entities=(Span(0, 11, "X", DOS[:11]), Span(17, 21, "LOC", "Oslo")))
    write_documents(tmp_path / "out", [document], "brat")
    assert (tmp_path / "out" / "a.txt").read_bytes() == DOS.encode()
    assert (tmp_path / "out" / "a.ann").read_text() == "T1\tX 0 6;7 10\tHello. Ann\nT2\tLOC 16 20\tOslo\n"
    log = ReadLog()
    (back,) = read(tmp_path / "out", log)
    assert [span[:4] for span in back.entities] == [span[:4] for span in document.entities]
    assert log.problems == []


def test_a_folder_decides_as_a_whole(tmp_path: Path) -> None:
    pair(tmp_path, "a", "Ann.", "T1\tPER 0 3\tAnn\n")
    pair(tmp_path, "b", DOS, "T1\tPER 8 11\tAnn\nT2\tLOC 17 21\tOslo")
    pair(tmp_path, "c", DOS, "T1\tPER 8 11\tAnn\n")
    log = ReadLog()
    assert [span.text for one in read(tmp_path, log) for span in one.entities] == [
        "Ann",
        "Ann",
        "Oslo",
        "Ann",
    ]
    (problem,) = log.problems
    assert (problem.code, problem.path) == ("offset-reading", str(tmp_path / "b.ann"))
    assert problem.message == (
        "offsets count ends of lines as two characters (--line-ends crlf): all 4 surfaces agree"
    )
