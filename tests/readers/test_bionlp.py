"""Folders of the BioNLP Shared Tasks, as those of 2009 to 2013 describe them, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents
from onoma.text import Document, Link, Relation, Span

TEXT = "IL-2 binds p53.\nß grows.\n"
GIVEN = "T1\tProtein 0 4\tIL-2\nT2\tProtein 11 14\tp53\n"
ASKED = """T3\tBinding 5 10\tbinds
E1\tBinding:T3 Theme:T1 Theme2:T2
M1\tNegation E1
*\tEquiv T1 T2
R1\tProtein-Component Arg1:T1 Arg2:T2
N1\tOntoBiotope Annotation:T1 Referent:OBT:000091
"""


def write(
    folder: Path, name: str, text: str | None = TEXT, a1: str | None = GIVEN, a2: str | None = ASKED
) -> Path:
    for suffix, content in ((".txt", text), (".a1", a1), (".a2", a2)):
        if content is not None:
            (folder / f"{name}{suffix}").write_bytes(content.encode("utf-8", "surrogateescape"))
    return folder


def read(path: Path, log: ReadLog | None = None, **options: object) -> list[Document]:
    log = ReadLog() if log is None else log
    try:
        return list(read_documents(path, ReadOptions(**options), log))  # type: ignore[arg-type]
    finally:
        assert log.ledger().balanced


def test_a_document(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read(write(tmp_path, "PMID-1"), log)
    assert document == Document(
        "PMID-1",
        TEXT,
        entities=(
            Span(0, 4, "Protein", "IL-2", id="T1"),
            Span(5, 10, "Binding", "binds", id="T3"),
            Span(11, 14, "Protein", "p53", id="T2"),
        ),
        relations=(Relation("Protein-Component", "T1", "T2"),),
        links=(Link("T1", "OBT:000091"),),
    )
    assert log.format == "bionlp"
    asked = str(tmp_path / "PMID-1.a2")
    assert [(one.code, one.path, one.line) for one in log.problems] == [
        ("event-ignored", asked, 2),
        ("attribute-ignored", asked, 3),
        ("equivalence-ignored", asked, 4),
    ]


def test_documents_with_one_annotation_file_and_natural_order(tmp_path: Path) -> None:
    write(tmp_path, "d10", a2=None)
    write(tmp_path, "d9", a1="", a2="T1\tX 0 4\tIL-2\n")
    write(tmp_path, "d2", a1=None, a2="T1\tX 0 4\tIL-2\n")
    documents = read(tmp_path)
    assert [(one.id, len(one.entities)) for one in documents] == [("d2", 1), ("d9", 1), ("d10", 2)]


def test_one_file_is_its_document(tmp_path: Path) -> None:
    write(write(tmp_path, "a"), "b")
    assert detect_format(tmp_path / "b.a1").name == "bionlp"
    assert detect_format(tmp_path / "b.a2").name == "bionlp"
    for name in ("b.a1", "b.a2"):
        assert [one.id for one in read(tmp_path / name)] == ["b"]


def test_a_folder_of_brat_is_none(tmp_path: Path) -> None:
    write(tmp_path, "a", a2=None)
    assert detect_format(tmp_path).name == "bionlp"
    (tmp_path / "a.ann").write_text(GIVEN)
    assert detect_format(tmp_path).name == "brat"


# name: (text, a1, a2, code, the file, line)
MALFORMED = {
    "no annotation": (TEXT, None, None, "missing-pair", "b.txt", None),
    "no text": (None, GIVEN, ASKED, "missing-pair", "b.a1", None),
    "a1 of another kind": (TEXT, "T1\tX 0 4\tIL-2\nhello\n", ASKED, "standoff-syntax", "b.a1", 2),
    "a2 of another kind": (TEXT, GIVEN, "\nhello\n", "standoff-syntax", "b.a2", 2),
    "other text in a1": (TEXT, "T1\tX 0 4\tIL-3\n", "", "surface-mismatch", "b.a1", 1),
    "other text in a2": (TEXT, GIVEN, "#1\tx\nT3\tX 0 4\tIL-3\n", "surface-mismatch", "b.a2", 2),
    "outside": (TEXT, GIVEN, "T3\tX 0 99\tIL-2\n", "span-out-of-range", "b.a2", 1),
    "id twice": (TEXT, GIVEN, "T3\tX 5 10\tbinds\nT1\tX 5 10\tbinds\n", "duplicate-entity-id", "b.a2", 2),
    "relation of nothing": (TEXT, GIVEN, "R1\tX Arg1:T1 Arg2:T9\n", "unknown-entity", "b.a2", 1),
    "a1 is not UTF-8": (TEXT, "T1\tX 0 4\tIL-2\n\udcff", ASKED, "bad-encoding", "b.a1", 2),
    "a2 is not UTF-8": (TEXT, GIVEN, "\udcff", "bad-encoding", "b.a2", 1),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, a1, a2, code, file, line = MALFORMED[name]
    write(tmp_path, "a", "x", "", None)
    write(tmp_path, "b", text, a1, a2)
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    error = caught.value
    assert (error.code, error.path, error.line) == (code, str(tmp_path / file), line)
    if code == "bad-encoding":  # a fault of the file stops under every policy
        return
    for policy in ("skip", "repair"):
        log = ReadLog()
        assert read(tmp_path, log, on_error=policy)[0].id == "a"
        found = next(one for one in log.problems if one.code == code)
        assert (found.path, found.line) == (str(tmp_path / file), line)


def test_entities_of_annotations_without_text_are_counted(tmp_path: Path) -> None:
    log = ReadLog()
    read(write(write(tmp_path, "a", "x", "", None), "b", None), log, on_error="skip")
    assert log.ledger().dropped == {"missing-pair": 3}


def test_a_pipe_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be a pipe"):
        list(read_documents("-", ReadOptions(format="bionlp")))
    with pytest.raises(DataError) as caught:
        read(tmp_path / "x.a1", format="bionlp")
    assert caught.value.code == "no-file"
