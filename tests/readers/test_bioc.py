"""BioC in XML and JSON, after the paper, its DTD and PubTator 3; and what hostile or damaged files do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, read_text
from test_json_mutations import mutations, read

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents, write_documents
from onoma.text import Document, Link, Relation, Span

XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>PubTator</source><date/><key>BioC.key</key>
<document><id>9001</id>
<passage><infon key="type">title</infon><offset>0</offset><text>Aspirin &amp; rash.</text>
<annotation id="1"><infon key="identifier">MESH:D001241</infon><infon key="type">Chemical</infon>
<location offset="0" length="7"/><text>Aspirin</text></annotation>
</passage>
<passage><infon key="type">abstract</infon><offset>18</offset><text>It caused rash.</text>
<annotation id="2"><infon key="type">Disease</infon><infon key="MESH">D005076|D003875</infon>
<location offset="28" length="4"/><text>rash</text></annotation>
<annotation id="3"><infon key="type">Odd</infon>
<location offset="28" length="4"/><location offset="18" length="2"/><text>It rash</text></annotation>
<annotation id="4"><infon key="type">Nowhere</infon></annotation>
<relation id="R1"><infon key="type">CID</infon><node refid="1" role="a"/>
<node refid="2" role="b"/></relation>
<relation id="R2"><infon key="type">E</infon><node refid="1" role="a"/><node refid="R1" role="b"/></relation>
<relation id="R3"><infon key="relation">CID</infon><infon key="Chemical">D1</infon></relation>
</passage></document></collection>
"""
PASSAGES = [
    {
        "offset": 0,
        "infons": {"type": "title"},
        "text": "Aspirin & rash.",
        "annotations": [
            {
                "id": "1",
                "infons": {"identifier": "MESH:D001241", "type": "Chemical"},
                "text": "Aspirin",
                "locations": [{"offset": 0, "length": 7}],
            }
        ],
    },
    {
        "offset": 18,
        "infons": {"type": "abstract"},
        "text": "It caused rash.",
        "annotations": [
            {
                "id": "2",
                "infons": {"type": "Disease", "MESH": "D005076|D003875"},
                "text": "rash",
                "locations": [{"offset": 28, "length": 4}],
            },
            {
                "id": "3",
                "infons": {"type": "Odd"},
                "text": "It rash",
                "locations": [{"offset": 28, "length": 4}, {"offset": 18, "length": 2}],
            },
            {"id": "4", "infons": {"type": "Nowhere"}, "locations": []},
        ],
        "relations": [
            {"id": "R1", "infons": {"type": "CID"}, "nodes": [{"refid": "1"}, {"refid": "2"}]},
            {"id": "R2", "infons": {"type": "Event"}, "nodes": [{"refid": "1"}, {"refid": "R1"}]},
            {"id": "R3", "infons": {"relation": "CID"}, "nodes": []},
        ],
    },
]
BODY = {"id": "9001", "infons": {}, "passages": PASSAGES, "relations": []}
TEXT = "Aspirin & rash.  \nIt caused rash."
EXPECTED = Document(
    "9001",
    TEXT,
    entities=(
        Span(0, 7, "Chemical", "Aspirin", id="1"),
        Span(18, 32, "Odd", "It caused rash", None, ((18, 20), (28, 32))),
        Span(28, 32, "Disease", "rash", id="2"),
    ),
    relations=(Relation("CID", "1", "2"),),
    links=(Link("1", "MESH:D001241"), Link("2", "MESH:D005076"), Link("2", "MESH:D003875")),
)
COLLECTION = {"source": "x", "date": "", "key": "k", "infons": {}, "documents": [BODY]}
FORMS = {
    "XML": ("bioc-xml", XML),
    "XML without a declaration": ("bioc-xml", XML.split("\n", 2)[2]),
    "a collection": ("bioc-json", json.dumps(COLLECTION)),
    "a collection over lines": ("bioc-json", json.dumps(COLLECTION, indent=1)),
    "PubTator 3": ("bioc-json", json.dumps({"PubTator3": [{"_id": "9001|x", **BODY}]})),
    "a document a line": ("bioc-json", json.dumps(BODY) + "\n" + json.dumps({**BODY, "id": "9002"})),
    "an array of collections": ("bioc-json", json.dumps([COLLECTION], indent=2)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_document_in_every_form(tmp_path: Path, form: str) -> None:
    format, text = FORMS[form]
    path = tmp_path / "neutral"
    path.write_text(text, encoding="utf-8")
    assert detect_format(path).name == format
    log = ReadLog()
    documents = list(read_documents(path, log=log))
    assert documents[0] == EXPECTED
    each = len(documents)
    assert log.problem_counts == {"relation-ignored": 2 * each, "no-location": each}
    ledger = log.ledger()
    assert (ledger.read, ledger.kept, ledger.dropped) == (4 * each, 3 * each, {"no-location": each})


def test_documents_of_xml_have_lines(tmp_path: Path) -> None:
    log = ReadLog()
    lines = []
    path = tmp_path / "x.xml"
    path.write_text(XML.replace("</collection>", "\n<document><id>2</id></document></collection>"))
    for _ in read_documents(path, log=log):
        lines.append(tuple(log.lines))
    assert lines == [(4,), (20,)]


def collection(*passages: dict[str, Any], **more: Any) -> str:
    return json.dumps({"source": "", "key": "", "infons": {}, "documents": [{"passages": passages, **more}]})


def passage(offset: Any, text: Any, *places: tuple[int, int], **more: Any) -> dict[str, Any]:
    annotations = [
        {
            "id": str(number),
            "infons": {"type": "X"},
            "locations": [{"offset": start, "length": length}],
        }
        for number, (start, length) in enumerate(places)
    ]
    return {"offset": offset, "text": text, "annotations": annotations, **more}


def test_offsets_in_bytes_are_told_by_the_surfaces(tmp_path: Path) -> None:
    first = passage(0, "Ärzte")
    second = passage(7, "für Köln")
    second["annotations"] = [
        {"infons": {"type": "LOC"}, "text": "Köln", "locations": [{"offset": 12, "length": 5}]}
    ]
    log = ReadLog()
    (document,) = read_text(tmp_path, "bioc-json", collection(first, second), log)
    assert document.text == "Ärzte\nfür Köln"
    assert document.entities == (Span(10, 14, "LOC", "Köln"),)
    assert log.problem_counts == {"offset-unit": 1}


def test_passages_that_begin_anew_and_sentences(tmp_path: Path) -> None:
    sentences = {"offset": 0, "sentences": [passage(0, "Ann ran.", (0, 3)), passage(9, "Ben too.", (9, 3))]}
    log = ReadLog()
    (document,) = read_text(tmp_path, "bioc-json", collection(sentences, passage(0, "Bonn", (0, 4))), log)
    assert document.text == "Ann ran.\nBen too.\nBonn"
    assert [span.text for span in document.entities] == ["Ann", "Ben", "Bonn"]
    assert log.problem_counts == {"passage-moved": 1}


@pytest.mark.parametrize(
    ("faulty", "code"),
    [
        (collection(passage("0", "Ann")), "wrong-type"),
        (collection(passage(-1, "Ann")), "wrong-type"),
        (collection(passage(0, ["Ann"])), "no-text"),
        (collection(passage(10**9, "Ann")), "offset-gap"),
        (collection(passage(0, "Ann", (0, 99))), "span-out-of-range"),
        (collection(passage(0, "Ann", (0, -2))), "reversed-span"),
        (collection(passage(0, "Ann", (1, 0))), "empty-span"),
        (collection(passage(0, "Ann", ("0", 3))), "wrong-type"),  # type: ignore[arg-type]
        (collection({"offset": 0, "text": "Ann", "annotations": {}}), "wrong-type"),
        (collection({"offset": 0, "text": "Ann", "annotations": [1]}), "wrong-type"),
        (collection({"offset": 0, "text": "Ann", "annotations": [{"locations": [1]}]}), "wrong-type"),
        (
            collection(
                {
                    "offset": 0,
                    "text": "Ann",
                    "annotations": [{"infons": {}, "locations": [{"offset": 0, "length": 3}]}],
                }
            ),
            "missing-key",
        ),
        (
            collection(passage(0, "Ann"), relations=[{"nodes": [{"refid": "1"}, {"refid": "2"}]}]),
            "unknown-entity",
        ),
    ],
)
def test_malformed_json(tmp_path: Path, faulty: str, code: str) -> None:
    document = json.loads(faulty)["documents"][0]
    good = {"id": "good", "passages": []}
    text = '{"source": "", "documents": [\n' + json.dumps(good) + ",\n" + json.dumps(document) + "\n]}"
    check_fault(tmp_path, "bioc-json", text, code, 3)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("<offset>18</offset>", "<offset>x</offset>", "wrong-type", 4),
        ('offset="28"', 'offset="x"', "wrong-type", 4),
        ('length="7"', 'length="6"', "surface-mismatch", 4),
        ('length="4"', 'length="400"', "span-out-of-range", 4),
        ('refid="2"', 'refid="9"', "unknown-entity", 4),
    ],
)
def test_malformed_xml(tmp_path: Path, old: str, new: str, code: str, line: int) -> None:
    text = XML.replace(old, new).replace("</collection>", "<document><id>good</id></document></collection>")
    check_fault(tmp_path, "bioc-xml", text, code, line)


BOMB = """<!DOCTYPE collection [
<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>"""
HOSTILE = {
    "billion laughs": (BOMB + "<collection><document><id>&c;</id></document></collection>", "unsafe-xml", 2),
    "a local file": (
        '<!DOCTYPE collection [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n'
        "<collection><document><id>&x;</id></document></collection>",
        "unsafe-xml",
        1,
    ),
    "parameter entities": (
        '<!DOCTYPE collection [<!ENTITY % x SYSTEM "http://x.invalid/x.dtd"> %x;]>\n'
        "<collection><document/></collection>",
        "unsafe-xml",
        1,
    ),
    "an entity of the DTD": (XML.replace("&amp;", "&nbsp;"), "xml-syntax", 5),
    "an entity of nothing": (XML.replace("&amp;", "&nbsp;").split("\n", 2)[2], "xml-syntax", 3),
    "deep": (
        "<collection><document>" + "<a>" * 5000 + "</a>" * 5000 + "</document></collection>",
        "xml-nesting",
        1,
    ),
    "cut in a tag": (XML[:-60], "truncated", 18),
    "cut between tags": (XML[: XML.index("</passage>")], "truncated", 8),
    "nothing but the declaration": ('<?xml version="1.0"?>\n', "truncated", 2),
    "not well-formed": (XML.replace("</annotation>", "</annotation"), "xml-syntax", 8),
    "crossed tags": (XML.replace("</text></annotation>", "</annotation></text>"), "xml-syntax", 7),
    "something after it": (XML + "<more/>", "xml-syntax", 20),
    "another kind of XML": ("<html><document/></html>", "xml-syntax", 1),
    "a control character": (XML.replace("rash", "ra\x01sh"), "xml-syntax", 5),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("policy", ["strict", "skip", "repair"])
def test_hostile_and_damaged_xml_stops_under_every_policy(tmp_path: Path, name: str, policy: str) -> None:
    text, code, line = HOSTILE[name]
    with pytest.raises(DataError) as caught:
        read_text(tmp_path, "bioc-xml", text, on_error=policy)
    assert (caught.value.code, caught.value.line) == (code, line)
    assert "hostname" not in str(caught.value)


def test_damaged_json_stops(tmp_path: Path) -> None:
    text = json.dumps(COLLECTION, indent=1)
    for cut in (text[: len(text) // 2], text[:-8]):
        with pytest.raises(DataError) as caught:
            read_text(tmp_path, "bioc-json", cut, on_error="repair")
        assert caught.value.line is not None


@pytest.mark.parametrize("format", ["bioc-xml", "bioc-json"])
def test_what_is_written_is_read(tmp_path: Path, format: str) -> None:
    text = 'a "<&>" b\r\n\tß 😀\u2028 c'
    fragments = ((0, 1), (8, 9))
    document = Document(
        'x<&">\n1',
        text,
        entities=(
            Span(0, 9, '<"A">', text[:9], None, fragments, "e&1"),
            Span(3, 6, "B", "<&>", id="e2"),
            Span(12, 13, "C", "ß"),
        ),
        relations=(Relation("r<", "e&1", "e2"),),
        links=(Link("e2", "MESH:D1"), Link("e2", "Q2")),
    )
    path = tmp_path / "x"
    ledger = write_documents(path, [document, Document("2", "")], format)
    assert (ledger.read, ledger.kept) == (3, 3)
    assert detect_format(path).name == format
    (back, empty) = read_documents(path, ReadOptions(format=format))
    assert (back, empty) == (document, Document("2", ""))


def test_a_control_character_cannot_stand_in_xml(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"U\+0001") as caught:
        write_documents(tmp_path / "x.xml", [Document("1", "a\x01b")], "bioc-xml")
    assert caught.value.code == "not-writable"


def test_every_mutation_of_a_document_in_json(tmp_path: Path) -> None:
    path = tmp_path / "f.data"
    good = json.dumps({"id": "other", "passages": [passage(0, "Ann", (0, 3))]})
    stopped = 0
    for done, changed in mutations(BODY):
        path.write_text(f"{json.dumps(changed)}\n{good}\n")
        for policy in ("strict", "skip", "repair"):
            try:
                fault = read(path, "bioc-json", policy)
            except Exception as error:
                raise AssertionError(f"{policy} {done}: {changed}") from error
            assert fault is None or policy == "strict", f"{policy} {done}: {fault}"
            stopped += fault is not None
    assert stopped > 100


def test_every_mutation_of_a_collection(tmp_path: Path) -> None:
    path = tmp_path / "f.data"
    small = {**COLLECTION, "documents": [{"id": "1", "passages": [passage(0, "Ann", (0, 3))]}]}
    for done, changed in mutations(small):
        for policy in ("strict", "repair"):
            path.write_text(json.dumps(changed, indent=1))
            try:
                read(path, "bioc-json", policy)
            except Exception as error:
                raise AssertionError(f"{policy} {done}: {changed}") from error
