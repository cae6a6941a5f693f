"""Relations in an inspection, folders of brat, and where documents get their labels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from inspection_corpora import inspect, write_spans
from rich.console import Console

from onoma.inspection import find_parts, inspect_parts
from onoma.inspection.counts import SplitTally
from onoma.inspection.duplicates import SentenceTable
from onoma.readers import ReadOptions, read_documents, write_documents
from onoma.reports.inspection_tables import inspection_tables
from onoma.reports.pages import inspection as page
from onoma.text import Document, Relation

EVIL = "<b>&"


def related(*labels: str) -> dict[str, Any]:
    entities = [{"id": index, "start": index, "end": index + 1, "label": "X"} for index in range(2)]
    relations = [{"label": label, "head": 0, "tail": 1} for label in labels]
    return {"text": "ab", "entities": entities, "relations": relations}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_spans(tmp_path / "train.jsonl", related("in", EVIL, "in"), related(), related("of"))


def test_relations_are_counted_by_type(path: Path) -> None:
    report = inspect(path)["train"]
    assert list(report.relations.items()) == [("in", 2), (EVIL, 1), ("of", 1)]
    assert report.as_dict()["relations"] == {"in": 2, EVIL: 1, "of": 1}
    assert report.document_labels is None


def test_labels_by_rule(path: Path) -> None:
    labels = inspect(path, document_labels="relations")["train"].document_labels
    assert labels is not None
    assert (labels.annotated, labels.counts) == (3, {EVIL: 1, "in": 1, "of": 1})
    assert [(pair.first, pair.second, pair.count) for pair in labels.pairs] == [(EVIL, "in", 1)]


def test_they_are_shown(path: Path) -> None:
    inspection = inspect_parts(find_parts([str(path)]), ReadOptions())
    console = Console(width=80, record=True, file=(path.parent / "out").open("w"))
    for part in inspection_tables(inspection):
        console.print(part)
    console.file.close()
    text = console.export_text()
    assert "relations by type" in text
    assert re.search(r"^ *in +2 +50\.0%", text, re.MULTILINE)
    html = page.PAGE.render(inspection, title="x")
    assert "<h2>Relations by type</h2>" in html
    assert "&lt;b&gt;&amp;" in html
    assert EVIL not in html


def test_types_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.inspection.counts._MAX_LABELS", 3)
    tally = SplitTally(0, "train", SentenceTable(["train"]))
    for number in range(5):
        tally.add(Document(str(number), "", relations=(Relation(f"r{number}", "a", "b"),)), lambda *_: 1)
    assert tally.relations == {"r0": 1, "r1": 1, "r2": 1}


def test_folders_of_brat(path: Path, tmp_path: Path) -> None:
    documents = [one for one in read_documents(path) if EVIL not in {of.label for of in one.relations}]
    for split in ("train", "dev"):
        write_documents(tmp_path / "data" / split, documents, "brat")
    reports = inspect(tmp_path / "data")
    assert list(reports) == ["train", "dev"]
    assert [report.format for report in reports.values()] == ["brat", "brat"]
    assert reports["dev"].train == "train"
    assert reports["dev"].longest_sentence is not None
    assert reports["dev"].longest_sentence.line == 1  # the number of the document
    (alone,) = inspect(tmp_path / "data" / "dev").values()
    assert (alone.documents, alone.relations) == (2, {"of": 1})
