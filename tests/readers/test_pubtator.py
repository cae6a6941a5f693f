"""PubTator as its documentation shows it: composite mentions, relations of concepts, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, read_text

from onoma.errors import DataError
from onoma.readers import ReadLog, detect_format, write_documents
from onoma.text import Document, Link, Relation, Span

HEAD = "9001|t|Aspirin and rash.\n9001|a|Aspirin caused rash in two patients.\n"
ROWS = """9001\t0\t7\tAspirin\tChemical\tD001241
9001\t12\t16\trash\tDisease\tD005076
9001\t18\t25\tAspirin\tChemical\tD001241
9001\tCID\tD001241\tD005076
"""


def test_the_shared_case(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "pubtator", HEAD + ROWS, log)
    assert document.text == "Aspirin and rash. Aspirin caused rash in two patients."
    assert document.id == "9001"
    assert document.entities == (
        Span(0, 7, "Chemical", "Aspirin", id="T1"),
        Span(12, 16, "Disease", "rash", id="T2"),
        Span(18, 25, "Chemical", "Aspirin", id="T3"),
    )
    assert document.links == (Link("T1", "D001241"), Link("T2", "D005076"), Link("T3", "D001241"))
    assert document.relations == (Relation("CID", "T1", "T2"),)
    assert [(one.code, one.line) for one in log.problems] == [("relation-of-concepts", 6)]
    path = tmp_path / "neutral"
    path.write_text(HEAD + ROWS)
    assert detect_format(path).name == "pubtator"


@pytest.mark.parametrize(
    ("row", "targets"),
    [
        ("9001\t0\t7\tAspirin\tChemical", []),
        ("9001\t0\t7\tAspirin\tChemical\t", []),
        ("9001\t0\t7\tAspirin\tChemical\t-1", []),
        ("9001\t0\t7\tAspirin\tChemical\t-", []),
        ("9001\t0\t7\tAspirin\tChemical\tMESH:D001241", ["MESH:D001241"]),
        ("9001\t0\t7\tAspirin\tChemical\tD010051|D001943\tone part|another part", ["D010051", "D001943"]),
        ("9001\t0\t7\tAspirin\tChemical\tD010051|-1", ["D010051"]),
        ("9001\t0\t7\tAspirin\tGene\t672;675", ["672", "675"]),
        ("9001\t0\t7\tAspirin\tDiseaseClass\tD007153+OMIM:1", ["D007153", "OMIM:1"]),
        ("9001\t0\t7\tAspirin\tDNAMutation\tc|SUB|G|1934|A", ["c|SUB|G|1934|A"]),
        (
            "9001\t0\t7\tAspirin\tProteinMutation\ttmVar:p|SUB|V|600|E;HGVS:p.V600E",
            ["tmVar:p|SUB|V|600|E;HGVS:p.V600E"],
        ),
    ],
)
def test_concepts(tmp_path: Path, row: str, targets: list[str]) -> None:
    (document,) = read_text(tmp_path, "pubtator", f"{HEAD}{row}\n")
    assert [one.key[:2] for one in document.entities] == [(0, 7)]
    assert [link.target for link in document.links] == targets


def test_documents_titles_alone_and_a_missing_blank_line(tmp_path: Path) -> None:
    text = "1|t|Nur ein Titel.\n1|a|\n1\t4\t7\tein\tX\t-\n2|t|Два\n2\t0\t3\tДва\tX\n\n\n3|t|c\n3|a|d\n"
    documents = read_text(tmp_path, "pubtator", text)
    assert [(one.id, one.text) for one in documents] == [("1", "Nur ein Titel."), ("2", "Два"), ("3", "c d")]
    assert [span.text for one in documents for span in one.entities] == ["ein", "Два"]


def test_a_relation_of_a_concept_without_mention_is_said(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "pubtator", f"{HEAD}{ROWS}9001\tCID\tD001241\tD999999\n", log)
    assert len(document.relations) == 1
    assert log.problem_counts["relation-ignored"] == 1


MALFORMED = {
    "another article's row": (f"{HEAD}8\t0\t7\tAspirin\tChemical\tX1\n", "pubtator-syntax", 3),
    "too few columns": (f"{HEAD}9001\t0\t7\n", "pubtator-syntax", 3),
    "no type": (f"{HEAD}9001\t0\t7\tAspirin\n", "pubtator-syntax", 3),
    "an end that is a word": (f"{HEAD}9001\t0\tseven\tAspirin\tChemical\tX1\n", "pubtator-syntax", 3),
    "empty type": (f"{HEAD}9001\t0\t7\tAspirin\t\tX1\n", "wrong-type", 3),
    "other text": (f"{HEAD}9001\t0\t7\tIbuprof\tChemical\tX1\n", "surface-mismatch", 3),
    "outside": (f"{HEAD}9001\t0\t700\tAspirin\tChemical\tX1\n", "span-out-of-range", 3),
    "reversed": (f"{HEAD}9001\t7\t0\tAspirin\tChemical\tX1\n", "reversed-span", 3),
    "prose": (f"{HEAD}something else\n", "pubtator-syntax", 3),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, code, line = MALFORMED[name]
    check_fault(tmp_path, "pubtator", f"{text}\n1|t|another\n", code, line)


def test_faults_of_a_document(tmp_path: Path) -> None:
    check_fault(tmp_path, "pubtator", "1\t0\t2\tab\tX\n\n1|t|another\n", "pubtator-syntax", 1)
    check_fault(tmp_path, "pubtator", "1|t|ab\n2|a|cd\n\n1|t|another\n", "pubtator-syntax", 2)
    check_fault(tmp_path, "pubtator", "1|t|ab\n\n1|t|cd\n", "duplicate-id", 3)


def test_what_is_written(tmp_path: Path) -> None:
    text = "Ann was\tin\nBonn. Ben,\ntoo."
    document = Document(
        "a/1",
        text,
        entities=(Span(0, 14, "X", text[:14], id="a"), Span(17, 20, "PER", "Ben", id="b")),
        relations=(Relation("KNOWS", "a", "b"), Relation("KNOWS", "b", "b")),
        links=(Link("a", "Q1"), Link("a", "Q2"), Link("b", "Q3")),
    )
    path = tmp_path / "x.pubtator"
    ledger = write_documents(path, [document], "pubtator")
    assert path.read_text() == (
        "a/1|t|Ann was in\na/1|a|Bonn. Ben, too.\na/1\t0\t14\tAnn was in Bon\tX\tQ1|Q2\n"
        "a/1\t17\t20\tBen\tPER\tQ3\na/1\tKNOWS\tQ1\tQ3\na/1\tKNOWS\tQ3\tQ3\n\n"
    )
    assert (ledger.read, ledger.kept) == (2, 2)
    (back,) = read_text(tmp_path, "pubtator", path.read_text())
    assert [span.key for span in back.entities] == [span.key for span in document.entities]
    assert back.text == "Ann was in Bonn. Ben, too."


@pytest.mark.parametrize(
    "document",
    [
        Document("a|b", "x"),
        Document("a\tb", "x"),
        Document("a", "x", entities=(Span(0, 1, "A\tB", "x"),)),
        Document("a", "x", entities=(Span(0, 1, "A", "x", id="T1"),), links=(Link("T1", "a\nb"),)),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, document: Document) -> None:
    with pytest.raises(DataError) as caught:
        write_documents(tmp_path / "x.pubtator", [document], "pubtator")
    assert caught.value.code == "not-writable"
