"""Suspects as a table, a page, and files to annotate again."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from parsed_pages import Parsed
from rich.console import Console

from onoma.inspection.suspect_places import SuspectDocuments
from onoma.inspection.suspects import Suspect, Suspicion
from onoma.readers import read_corpus, read_documents, write_documents
from onoma.reports.pages import suspects
from onoma.reports.suspects import summary_lines, suspects_table
from onoma.reports.suspects_files import export_all, export_documents, write_suspects
from onoma.text import Document, Relation, Span, document_from_sentences

EVIL = '<script>alert("1")</script>'


def suspicion(*suspects: Suspect) -> Suspicion:
    kinds = {"wrong_label": 0, "wrong_boundary": 2, "missing": 0, "spurious": 1}
    return Suspicion(suspects, kinds, {"": 0.99, "<b>": 0.5}, 4, 9, {"nested": 2})


def suspect(text: str = EVIL, document: str = "d<i>", **changes: object) -> Suspect:
    gold = Span(10, 10 + len(text), "<b>", text)
    covered = text if "suggested" in changes else f"x {text}"
    longer = Span(8, 10 + len(text), "LOC", f"x {text}", 0.97)
    values = {
        "gold": gold,
        "suggested": longer,
        "before": "\x1b[31m & ",
        "text": covered,
        "after": "\u202e!",
    }
    base = {"document": document, "kind": "wrong_boundary", "gold_score": 0.1, "confidence": 0.97}
    return Suspect(**{**base, **values, "split": "test", "path": "p<u>.conll", "line": 7, **changes})  # type: ignore[arg-type]


def test_the_page_escapes_all_that_comes_from_data() -> None:
    suspected = suspicion(suspect(), suspect(suggested=None, kind="spurious"))
    page = suspects.PAGE.render(suspected, title="run <s>")
    found = Parsed(page)
    assert not set(found.tags) & {"script", "i", "u", "s"}
    assert "default-src 'none'" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert found.marks == [EVIL, f"x {EVIL}", EVIL]
    assert "d<i>, line 7" in found.text
    assert "3 suspects among 9 entities of 4 documents" in found.text
    assert "run <s>" in found.text


def test_the_table_names_place_kind_and_both_sides() -> None:
    sink = StringIO()
    table = suspects_table(suspicion(suspect("Rio"), suspect("Oslo")), 1, title="t")
    Console(file=sink, width=120).print(table)
    shown = sink.getvalue()
    assert "\x1b[31m" not in shown
    for part in ("d<i>, line 7", "wrong boundary", "0.970", "Rio <b> → x Rio LOC", "[x Rio]"):
        assert part in shown
    assert "Oslo" not in shown
    assert "shown" in list(summary_lines(suspicion(suspect()), 1))[1]


def test_files_are_written_for_programs_and_people(tmp_path: Path) -> None:
    write_suspects(suspicion(suspect()), tmp_path / "out", title="t")
    [row] = [json.loads(line) for line in (tmp_path / "out" / "suspects.jsonl").read_text().splitlines()]
    assert (row["line"], row["kind"], row["suggested"]["label"]) == (7, "wrong_boundary", "LOC")
    assert row["margin"] == pytest.approx(0.87)
    assert (tmp_path / "out" / "suspects.html").exists()


def test_column_documents_stay_columns(tmp_path: Path) -> None:
    source = tmp_path / "in.conll"
    source.write_text("Anna\tS-PER\nleft\tO\n\nOslo\tS-LOC\n", encoding="utf-8")
    documents = read_corpus(source).documents[1:]
    exported = export_documents(documents, tmp_path, "dev", "conll", "BIOES")
    assert (exported.format, exported.note, exported.documents) == ("conll", "", 1)
    assert exported.path.read_text(encoding="utf-8").strip() == "Oslo\tS-LOC"


@pytest.mark.parametrize("format", ["nerel", "brat"])
def test_what_documents_hold_beside_entities_is_kept(tmp_path: Path, format: str) -> None:
    text = "Anna left Oslo."
    entities = (Span(0, 4, "PER", "Anna", id="T1"), Span(10, 14, "LOC", "Oslo", id="T2"))
    document = Document("a", text, entities=entities, relations=(Relation("LEFT", "T1", "T2"),))
    exported = export_documents([document], tmp_path, "test", format, None)
    assert exported.format == format
    [again] = read_documents(exported.path)
    assert (again.text, again.entities, again.relations) == (text, entities, document.relations)


def test_a_format_that_is_only_read_falls_back(tmp_path: Path) -> None:
    document = document_from_sentences("d", [["Anna", "left"]], [(0, 0, 1, "PER")])
    exported = export_documents([document], tmp_path, "test", "spacy-v2-json", None)
    assert exported.format == "spans-jsonl"
    assert "only read" in exported.note
    written = tmp_path / "same.jsonl"
    write_documents(written, [document])
    assert exported.path.read_bytes() == written.read_bytes()


def test_documents_that_somebody_may_have_mended_are_set_aside(tmp_path: Path) -> None:
    document = document_from_sentences("d", [["Anna", "left"]], [(0, 0, 1, "PER")])
    wanted = [
        SuspectDocuments("dev", "conll", "BIO", [document]),
        SuspectDocuments("test", "spacy-v2-json", None, [document]),
    ]
    told: list[str] = []
    folder = tmp_path / "documents"
    for _ in range(2):
        export_all(wanted, folder, told.append)
    assert {path.name for path in folder.iterdir()} == {"dev.conll", "test.jsonl"}
    assert {path.name for path in (tmp_path / "documents.old-1").iterdir()} == {"dev.conll", "test.jsonl"}
    assert told[:2] == [
        "dev: 1 documents as conll; 1 entities read, 1 kept",
        "test: 1 documents as spans-jsonl (the format spacy-v2-json is only read, so they are in "
        "spans-jsonl); 1 entities read, 1 kept",
    ]
    assert told[2] == f"{folder}: the documents of an earlier time are kept in documents.old-1"
    assert told[3:] == told[:2]
