"""UIMA CAS in XMI and JSON, as INCEpTION exports it: files, folders, archives; what is hostile or damaged."""

from __future__ import annotations

import importlib.util
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from test_json_mutations import mutations
from test_json_mutations import read as read_mutated

from onoma.errors import DataError, MissingExtraError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents
from onoma.text import Document, Link, Span

pytestmark = pytest.mark.skipif(importlib.util.find_spec("cassis") is None, reason="dkpro-cassis is missing")

CORE = "de.tudarmstadt.ukp.dkpro.core.api"
STRING = "uima.cas.String"
TYPES: dict[str, tuple[str, ...]] = {
    f"{CORE}.segmentation.type.Token": (),
    f"{CORE}.segmentation.type.Sentence": (),
    f"{CORE}.segmentation.type.Lemma": ("value",),
    f"{CORE}.ner.type.NamedEntity": ("value", "identifier"),
    "webanno.custom.Event": ("label", "note"),
    "webanno.custom.Other": ("value",),
}
TEXT = "😀 Ann Lee lives in Oslo.\nShe left."


def type_system(types: dict[str, tuple[str, ...]] = TYPES) -> str:
    described = []
    for name, features in types.items():
        listed = "".join(
            f"<featureDescription><name>{one}</name><description/><rangeTypeName>{STRING}</rangeTypeName>"
            "</featureDescription>"
            for one in features
        )
        described.append(
            f"<typeDescription><name>{name}</name><description/>"
            f"<supertypeName>uima.tcas.Annotation</supertypeName><features>{listed}</features></typeDescription>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier"><types>'
        + "".join(described)
        + "</types></typeSystemDescription>"
    )


# Offsets are UTF-16 units.
TOKENS = """<seg:Token xmi:id="10" sofa="1" begin="3" end="6"/>
<seg:Token xmi:id="11" sofa="1" begin="7" end="10"/>
<seg:Token xmi:id="12" sofa="1" begin="20" end="24"/>
<seg:Token xmi:id="13" sofa="1" begin="26" end="29"/>
<seg:Sentence xmi:id="14" sofa="1" begin="0" end="25"/>
<seg:Sentence xmi:id="15" sofa="1" begin="26" end="35"/>
<seg:Lemma xmi:id="16" sofa="1" begin="3" end="6" value="ann"/>
"""
ENTITIES = """<ner:NamedEntity xmi:id="20" sofa="1" begin="3" end="10" value="PER" identifier="http://x/Q1"/>
<ner:NamedEntity xmi:id="21" sofa="1" begin="3" end="6" value="FIRST"/>
<ner:NamedEntity xmi:id="22" sofa="1" begin="20" end="24" value="LOC"/>
<ner:NamedEntity xmi:id="23" sofa="1" begin="26" end="29"/>
"""


MEMBERS = "10 11 12 13 14 15 16 20 21 22 23"


def xmi(inner: str = TOKENS + ENTITIES, text: str = TEXT, members: str = MEMBERS) -> str:
    string = text.replace("\n", "&#10;")
    return f"""<?xml version="1.1" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmi:version="2.0"
 xmlns:seg="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore"
 xmlns:ner="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore"
 xmlns:custom="http:///webanno/custom.ecore"><cas:NULL xmi:id="0"/>
{inner}<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="{string}"/>
<cas:View sofa="1" members="{members}"/></xmi:XMI>
"""


EXPECTED = (
    Span(2, 9, "PER", "Ann Lee", id="T1"),
    Span(2, 5, "FIRST", "Ann"),
    Span(19, 23, "LOC", "Oslo"),
)


def read(path: Path, log: ReadLog | None = None, **options: Any) -> list[Document]:
    log = ReadLog() if log is None else log
    try:
        return list(read_documents(path, ReadOptions(**options), log))
    finally:
        assert log.ledger().balanced


def folder(path: Path, *files: tuple[str, str]) -> Path:
    for name, content in files or (("a.xmi", xmi()), ("TypeSystem.xml", type_system())):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(content, encoding="utf-8")
    return path


def test_a_file_beside_its_type_system(tmp_path: Path) -> None:
    log = ReadLog()
    path = folder(tmp_path) / "a.xmi"
    (document,) = read(path, log)
    assert log.format == "uima-cas-xmi"
    assert (document.id, document.text) == ("a", TEXT)
    assert document.entities == EXPECTED
    assert document.links == (Link("T1", "http://x/Q1"),)
    assert document.words == ["Ann", "Lee", "Oslo", "She"]
    assert document.sentences == ((0, 3), (3, 4))
    ledger = log.ledger()
    assert (ledger.read, ledger.kept, ledger.dropped) == (4, 3, {"no-label": 1})


def test_a_neutral_name(tmp_path: Path) -> None:
    folder(tmp_path, ("neutral", xmi()), ("typesystem.xml", type_system()))
    assert detect_format(tmp_path / "neutral").name == "uima-cas-xmi"
    assert read(tmp_path / "neutral")[0].entities == EXPECTED


def test_a_folder_with_type_systems_above_or_beside(tmp_path: Path) -> None:
    files = [("TypeSystem.xml", type_system()), *((f"{name}.xmi", xmi()) for name in ("d10", "d9", "sub/d1"))]
    log = ReadLog()
    documents = read(folder(tmp_path, *files), log)
    assert log.format == "uima-cas-xmi"
    assert [one.id for one in documents] == ["d9", "d10", "sub/d1"]
    assert all(one.entities == EXPECTED for one in documents)


def pack(path: Path, *files: tuple[str, str], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def test_an_archive_of_one_export(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.zip", ("TypeSystem.xml", type_system()), ("b.xmi", xmi()), ("a.xmi", xmi()))
    assert detect_format(path).name == "uima-cas-xmi"
    documents = read(path)
    assert [(one.id, one.entities) for one in documents] == [("a", EXPECTED), ("b", EXPECTED)]


def test_other_archives_keep_their_error(tmp_path: Path) -> None:
    for files in ((("a.xmi", xmi()), ("b.xmi", xmi())), (("a.txt", "x"), ("b.txt", "y"))):
        with pytest.raises(DataError) as caught:
            read(pack(tmp_path / "x.zip", *files))
        assert caught.value.code == "several-members"
    path = pack(tmp_path / "x.zip", ("a.xmi", xmi()), ("b.xmi", xmi()))
    with pytest.raises(DataError) as caught:
        read(path, format="uima-cas-xmi")
    assert (caught.value.code, caught.value.path) == ("no-type-system", str(path))


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    files = (("../../evil.xmi", xmi()), ("/TypeSystem.xml", type_system()))
    before = sorted(tmp_path.parent.iterdir())
    (document,) = read(pack(tmp_path / "x.zip", *files))
    assert document.id == "../../evil"
    assert sorted(tmp_path.parent.iterdir()) == before


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.zip", ("TypeSystem.xml", type_system()), ("a.xmi", xmi()))
    data = bytearray(path.read_bytes())
    at = data.index(b"a.xmi") + 40
    data[at : at + 40] = b"\xff" * 40
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read(path)
    assert (caught.value.code, caught.value.path) == ("bad-archive", f"{path}/a.xmi")


def test_annotations_of_no_width_are_counted(tmp_path: Path) -> None:
    mark = '<ner:NamedEntity xmi:id="24" sofa="1" begin="6" end="6" value="MARK"/>\n'
    text = xmi(TOKENS + ENTITIES + mark, members=f"{MEMBERS} 24")
    log = ReadLog()
    (document,) = read(folder(tmp_path, ("TypeSystem.xml", type_system()), ("a.xmi", text)) / "a.xmi", log)
    assert document.entities == EXPECTED
    assert log.ledger().dropped == {"no-label": 1, "empty-span": 1}


EVENT = '<custom:Event xmi:id="30" sofa="1" begin="3" end="6" label="GO"/>\n'
OTHER = '<custom:Other xmi:id="31" sofa="1" begin="7" end="10" value="X"/>\n'


def test_a_layer_of_the_users(tmp_path: Path) -> None:
    folder(tmp_path, ("TypeSystem.xml", type_system()), ("a.xmi", xmi(TOKENS + EVENT, members="10 11 16 30")))
    (document,) = read(tmp_path / "a.xmi")
    assert [span.key for span in document.entities] == [(2, 5, "GO")]


def test_what_is_one_layer_stays_it(tmp_path: Path) -> None:
    files = (
        ("TypeSystem.xml", type_system()),
        ("a.xmi", xmi(ENTITIES, members="20")),
        ("b.xmi", xmi(EVENT, members="30")),
    )
    log = ReadLog()
    documents = read(folder(tmp_path, *files), log)
    assert [len(one.entities) for one in documents] == [1, 0]
    assert log.problem_counts == {"layer-ignored": 1}


def test_several_layers_of_the_users_are_an_error(tmp_path: Path) -> None:
    folder(tmp_path, ("TypeSystem.xml", type_system()), ("a.xmi", xmi(EVENT + OTHER, members="30 31")))
    with pytest.raises(DataError, match=r"webanno.custom.Event .*webanno.custom.Other") as caught:
        read(tmp_path / "a.xmi")
    assert caught.value.code == "unclear-layer"
    assert read(tmp_path / "a.xmi", gold=False)[0].entities == ()


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
SECOND = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x>'


def with_prologue(text: str, prologue: str) -> str:
    first, rest = text.split("\n", 1)
    return f"{first}{prologue}\n{rest}"


def moved(old: int, start: object, end: object = 24) -> str:
    """The entity that begins at an offset, elsewhere."""
    id = 20 if old == 3 else 22
    head, place, tail = xmi().rpartition(f'NamedEntity xmi:id="{id}" sofa="1" begin="{old}"')
    rest = tail.split('"', 2)
    return f'{head}{place[: -len(str(old)) - 1]}{start}" end="{end}"{rest[2]}'


# name: (XMI, type system, code, the file, line)
MALFORMED: dict[str, tuple[str, str | None, str, str, int | None]] = {
    "no type system": (xmi(), None, "no-type-system", "b.xmi", None),
    "cut short": (xmi()[:-60], type_system(), "truncated", "b.xmi", 18),
    "cut in the type system": (xmi(), type_system()[:-80], "truncated", "TypeSystem.xml", 2),
    "not well-formed": (xmi().replace("</xmi:XMI>", "</XMI>"), type_system(), "xml-syntax", "b.xmi", 18),
    "billion laughs": (with_prologue(xmi(), BOMB), type_system(), "unsafe-xml", "b.xmi", 1),
    "a local file": (with_prologue(xmi(), FILE), type_system(), "unsafe-xml", "b.xmi", 1),
    "a DTD": (with_prologue(xmi(), '<!DOCTYPE x SYSTEM "x.dtd">'), type_system(), "unsafe-xml", "b.xmi", 1),
    "a type system with a bomb": (
        xmi(),
        with_prologue(type_system(), BOMB),
        "unsafe-xml",
        "TypeSystem.xml",
        1,
    ),
    "a second declaration": (with_prologue(xmi(), SECOND), type_system(), "xml-syntax", "b.xmi", 1),
    "no CAS": ("<xmi:XMI/>", type_system(), "bad-cas", "b.xmi", 1),
    "another kind of XML": ("<collection/>", type_system(), "bad-cas", "b.xmi", 1),
    "no type system inside": (xmi(), "<types/>", "bad-cas", "TypeSystem.xml", None),
    "a type that is unknown": (xmi(), type_system({}), "bad-cas", "b.xmi", 1),
    "a member that is not there": (xmi(members="99"), type_system(), "bad-cas", "b.xmi", 1),
    "offsets that are words": (moved(20, "x"), type_system(), "bad-cas", "b.xmi", 1),
    "outside": (moved(20, 20, 99), type_system(), "span-out-of-range", "b.xmi", 1),
    "inside a character": (moved(3, 1, 10), type_system(), "span-out-of-range", "b.xmi", 1),
    "reversed": (moved(20, 24, 20), type_system(), "reversed-span", "b.xmi", 1),
    "between tokens": (moved(20, 21), type_system(), "misaligned", "b.xmi", 1),
    "no text": (xmi(text="x").replace('sofaString="x"', ""), type_system(), "no-text", "b.xmi", 1),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, types, code, file, line = MALFORMED[name]
    folder(tmp_path, ("b.xmi", text), *((("TypeSystem.xml", types),) if types is not None else ()))
    for path in (tmp_path, tmp_path / "b.xmi"):
        with pytest.raises(DataError) as caught:
            read(path, format="uima-cas-xmi")
        error = caught.value
        assert (error.code, error.path, error.line) == (code, str(tmp_path / file), line)
        assert "\n" not in str(error)


@pytest.mark.parametrize("policy", ["skip", "repair"])
def test_a_faulty_file_of_several_is_left_out(tmp_path: Path, policy: str) -> None:
    files = (("TypeSystem.xml", type_system()), ("a.xmi", xmi()), ("b.xmi", xmi()[:-60]))
    log = ReadLog()
    documents = read(folder(tmp_path, *files), log, on_error=policy)
    assert [one.id for one in documents] == ["a"]
    assert (log.problem_counts["truncated"], log.lost) == (1, 1)


def test_a_pipe_and_a_missing_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError) as caught:
        list(read_documents("-", ReadOptions(format="uima-cas-xmi")))
    assert caught.value.code == "no-type-system"
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'onoma\[cas\]'"):
        read(folder(tmp_path) / "a.xmi")


def cas_json(**more: Any) -> dict[str, Any]:
    types = {
        name: {
            "%NAME": name,
            "%SUPER_TYPE": "uima.tcas.Annotation",
            **{one: {"%NAME": one, "%RANGE": STRING} for one in features},
        }
        for name, features in TYPES.items()
    }
    spans = [(3, 6, "Token"), (7, 10, "Token"), (20, 24, "Token"), (26, 29, "Token")]
    spans += [(0, 25, "Sentence"), (26, 35, "Sentence")]
    structures: list[dict[str, Any]] = [
        {"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaNum": 1, "sofaID": "_InitialView", "sofaString": TEXT}
    ]
    for start, end, name in spans:
        type = f"{CORE}.segmentation.type.{name}"
        structures.append({"%TYPE": type, "@sofa": 1, "begin": start, "end": end})
    for start, end, value, target in (
        (3, 10, "PER", "http://x/Q1"),
        (3, 6, "FIRST", None),
        (20, 24, "LOC", None),
    ):
        type = f"{CORE}.ner.type.NamedEntity"
        one = {"%TYPE": type, "@sofa": 1, "begin": start, "end": end, "value": value, "identifier": target}
        structures.append(one)
    for number, one in enumerate(structures, 1):
        one["%ID"] = number
    views = {"_InitialView": {"%SOFA": 1, "%MEMBERS": list(range(2, len(structures) + 1))}}
    return {"%TYPES": types, "%FEATURE_STRUCTURES": structures, "%VIEWS": views, **more}


@pytest.mark.parametrize("indent", [None, 2])
def test_json(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "neutral"
    path.write_text(json.dumps(cas_json(), indent=indent), encoding="utf-8")
    log = ReadLog()
    (document,) = read(path, log)
    assert log.format == "uima-cas-json"
    assert (document.text, document.entities, document.sentences) == (TEXT, EXPECTED, ((0, 3), (3, 4)))
    assert document.links == (Link("T1", "http://x/Q1"),)


def test_no_mutation_of_json_is_a_traceback(tmp_path: Path) -> None:
    whole = cas_json()
    small = {**whole, "%TYPES": {name: whole["%TYPES"][name] for name in list(TYPES)[:1] + list(TYPES)[3:4]}}
    small["%FEATURE_STRUCTURES"] = [whole["%FEATURE_STRUCTURES"][0], *whole["%FEATURE_STRUCTURES"][7:9]]
    small["%VIEWS"] = {"_InitialView": {"%SOFA": 1, "%MEMBERS": [8, 9]}}
    path = tmp_path / "x.json"
    stopped = 0
    for number, (done, changed) in enumerate(mutations(small)):
        policy = ("strict", "repair")[number % 2]
        path.write_text(json.dumps(changed), encoding="utf-8")
        try:
            stopped += read_mutated(path, "uima-cas-json", policy) is not None
        except Exception as error:
            raise AssertionError(f"{policy} {done}: {changed}") from error
    assert stopped > 100
