"""NEREL JSON lines: what they mean, faults, and the real corpus there and back through other formats."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_corpus, read_documents, write_documents
from onoma.text import Document, Link, Relation, Span

TEXT = "Анна Иванова живёт в Бонне."
GOOD = {
    "id": 7,
    "text": TEXT,
    "entities": ["T2\tCITY 21 26\tБонне", "T1\tPERSON 0 12\tАнна Иванова", "T9\tFAMILY 5 12\tИванова"],
    "relations": ["R1\tLIVES_IN Arg1:T1 Arg2:T2"],
    "links": ["N1\tReference T2 Wikidata:Q586\tБонн"],
}
DOCUMENT = Document(
    "7",
    TEXT,
    entities=(
        Span(0, 12, "PERSON", "Анна Иванова", id="T1"),
        Span(5, 12, "FAMILY", "Иванова", id="T9"),
        Span(21, 26, "CITY", "Бонне", id="T2"),
    ),
    labels=("LIVES_IN",),
    relations=(Relation("LIVES_IN", "T1", "T2"),),
    links=(Link("T2", "Wikidata:Q586", "Бонн"),),
)


def entity(*listed: str, **more: object) -> str:
    return lines({"text": TEXT, "entities": list(listed), "relations": [], "links": []} | more)


def test_a_document(tmp_path: Path) -> None:
    assert read_text(tmp_path, "nerel", lines(GOOD)) == [DOCUMENT]


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        ("relations", ("LIVES_IN",)),
        ("entities", ("CITY", "FAMILY", "PERSON")),
        ("field", None),
        ("none", None),
    ],
)
def test_document_labels_by_rule(tmp_path: Path, rule: str, labels: tuple[str, ...] | None) -> None:
    (document,) = read_text(tmp_path, "nerel", lines(GOOD), document_labels=rule)
    assert document.labels == labels


def test_fragments_out_of_order_are_sorted_and_counted(tmp_path: Path) -> None:
    log = ReadLog()
    ordered, disordered = "T1\tX 0 4;13 18\tАнна живёт", "T2\tX 13 18;0 4\tживёт Анна"
    (document,) = read_text(tmp_path, "nerel", entity(ordered, disordered), log)
    assert [span.fragments for span in document.entities] == [((0, 4), (13, 18))] * 2
    assert log.ledger().adjusted == {"fragments-sorted": 1}


def test_equal_entities_of_two_ids_are_both_kept_and_said(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "nerel", entity("T1\tX 0 4\tАнна", "T2\tX 0 4\tАнна"), log)
    assert [span.id for span in document.entities] == ["T1", "T2"]
    assert (log.ledger().kept, log.problem_counts) == (2, {"repeated-entity": 1})


def test_a_link_of_nothing_is_left_out_and_said(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "nerel", entity(links=["N1\tReference T5 Wikidata:Q1\tx"]), log)
    assert document.links == ()
    assert log.problem_counts == {"unknown-entity": 1}


MALFORMED = {
    "no text": (lines({"id": 1, "entities": []}), "no-text"),
    "text is a number": (lines({"text": 1, "entities": []}), "no-text"),
    "entities is a string": (lines({"text": TEXT, "entities": "T1"}), "wrong-type"),
    "entity is an object": (lines({"text": TEXT, "entities": [{"start": 0}]}), "wrong-type"),
    "relation among entities": (entity("R1\tX Arg1:T1 Arg2:T1"), "standoff-syntax"),
    "no tab": (entity("T1 PERSON 0 4 Анна"), "standoff-syntax"),
    "no text column": (entity("T1\tPERSON 0 4"), "standoff-syntax"),
    "one offset": (entity("T1\tPERSON 0\tАнна"), "standoff-syntax"),
    "negative offset": (entity("T1\tPERSON -1 4\tАнна"), "standoff-syntax"),
    "a comma between fragments": (entity("T1\tPERSON 0 4,5 12\tАнна Иванова"), "standoff-syntax"),
    "label of two words": (entity("T1\tBIG CITY 0 4\tАнна"), "standoff-syntax"),
    "other text": (entity("T1\tPERSON 0 4\tИван"), "surface-mismatch"),
    "off by one": (entity("T1\tPERSON 1 5\tАнна"), "surface-mismatch"),
    "text of fragments in no order": (entity("T1\tX 0 4;13 18\tживёт Анна"), "surface-mismatch"),
    "outside": (entity("T1\tPERSON 20 99\tБонне"), "span-out-of-range"),
    "reversed": (entity("T1\tPERSON 4 0\tАнна"), "reversed-span"),
    "empty": (entity("T1\tPERSON 4 4\t"), "empty-span"),
    "fragments overlap": (entity("T1\tX 0 4;3 12\tАнна а Иванова"), "bad-fragment"),
    "white space at the edge": (entity("T1\tX 0 5\tАнна "), "whitespace-edge"),
    "id twice": (entity("T1\tX 0 4\tАнна", "T1\tX 5 12\tИванова"), "duplicate-entity-id"),
    "relation of nothing": (entity(relations=["R1\tX Arg1:T1 Arg2:T2"]), "unknown-entity"),
    "relation of one": (entity("T1\tX 0 4\tАнна", relations=["R1\tX Arg1:T1"]), "standoff-syntax"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, code = MALFORMED[name]
    check_fault(tmp_path, "nerel", lines(GOOD) + text, code, 2)


def test_repair_drops_the_entity_and_its_relations(tmp_path: Path) -> None:
    log = ReadLog()
    bad = entity("T1\tX 0 4\tИван", "T2\tX 5 12\tИванова", relations=["R1\tY Arg1:T1 Arg2:T2"])
    (document,) = read_text(tmp_path, "nerel", bad, log, on_error="repair")
    assert [span.id for span in document.entities] == ["T2"]
    assert document.relations == ()
    assert log.problem_counts == {"surface-mismatch": 1, "unknown-entity": 1}
    assert log.ledger().dropped == {"surface-mismatch": 1}


def test_other_offset_units(tmp_path: Path) -> None:
    text = lines({"text": "😀 Анна!", "entities": ["T1\tX 3 7\tАнна"], "relations": [], "links": []})
    for options in ({"offset_unit": "utf16"}, {}):
        (document,) = read_text(tmp_path, "nerel", text, **options)
        assert document.entities == (Span(2, 6, "X", "Анна", id="T1"),)
    with pytest.raises(DataError, match="--offset-unit utf16"):
        read_text(tmp_path, "nerel", text, offset_unit="codepoint")


NEREL = {"train": (746, 44_867, 31_388), "dev": (94, 5_590, 4_012), "test": (93, 5_827, 4_096)}


@pytest.mark.parametrize("split", NEREL)
def test_the_real_corpus_survives_every_format(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    monkeypatch.setattr(
        "onoma.files.sync", lambda path: None
    )  # what is on disk after a power cut is not the point
    log = ReadLog()
    corpus = read_corpus(shared_data / "nerel-v1.1" / f"{split}.jsonl", log=log)
    documents, entities, relations = NEREL[split]
    assert (log.format, len(corpus.documents), corpus.num_entities) == ("nerel", documents, entities)
    assert sum(len(document.relations) for document in corpus.documents) == relations
    assert len({label for document in corpus.documents for label in document.labels or ()}) == 49
    assert corpus.ledger.balanced
    assert (corpus.ledger.read, corpus.ledger.dropped) == (entities, {})
    assert "surface-mismatch" not in log.problem_counts

    first = corpus.documents
    if split == "train":  # the others show that the rest is fine; it would take too long
        first = tuple(document for document in first if any(map(_is_odd, document.entities)))
        assert len(first) > 80
    before, entities = first, sum(len(document.entities) for document in first)
    for format, name in (("brat", "brat"), ("spans-jsonl", "spans.jsonl"), ("nerel", "nerel.jsonl")):
        written = write_documents(tmp_path / name, before, format)
        assert (written.read, written.kept) == (entities, entities)
        log = ReadLog()
        before = tuple(read_documents(tmp_path / name, ReadOptions(), log))
        assert log.format == format
        assert (log.ledger().read, log.ledger().kept) == (entities, entities)
    assert before == first


def _is_odd(span: Span) -> bool:
    return bool(span.fragments)
