"""WebAnno TSV 3: what its appendix in INCEpTION's user guide describes, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import read_text

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, detect_format, read_documents
from onoma.text import Document, Link, Span

NER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
HEAD = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={NER}|identifier|value\n\n\n"
CASE = (
    HEAD
    + """#Text=Ann Lee lives in Oslo.
1-1\t0-3\tAnn\t*[1]\tPER[1]\t
1-2\t4-7\tLee\t*[1]\tPER[1]\t
1-3\t8-13\tlives\t_\t_\t
1-4\t14-16\tin\t_\t_\t
1-5\t17-21\tOslo\t*\tLOC\t
1-6\t21-22\t.\t_\t_\t
"""
)


def read(folder: Path, text: str, log: ReadLog | None = None, **options: object) -> Document:
    (document,) = read_text(folder, "webanno-tsv", text, log, **options)
    return document


def keys(document: Document) -> list[tuple[int, int, str]]:
    return [span.key for span in document.entities]


def fault(folder: Path, text: str, code: str, line: int, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read(folder, text, **options)
    error = caught.value
    assert (error.code, error.line) == (code, line)
    assert "\n" not in str(error)
    return error


def test_the_shared_case(tmp_path: Path) -> None:
    document = read(tmp_path, CASE)
    assert (document.id, document.text) == ("f", "Ann Lee lives in Oslo.")
    assert document.entities == (Span(0, 7, "PER", "Ann Lee"), Span(17, 21, "LOC", "Oslo"))
    assert document.words == ["Ann", "Lee", "lives", "in", "Oslo", "."]
    assert document.sentences == ((0, 6),)
    path = tmp_path / "neutral"
    path.write_text(CASE)
    assert detect_format(path).name == "webanno-tsv"


def test_sentences_with_gaps_lines_and_escapes(tmp_path: Path) -> None:
    text = (
        HEAD
        + r"""#Text=😀 Ann\\b
#Text=left\tus.
#Sentence.id=s1
1-1	2-4	😀	_	_
1-2	5-10	Ann\\b	http://x/Q1[3]	PER\_X[3]
1-3	11-15	left	_	_
1-4	16-18	us	_	_
1-5	18-19	.	_	_

#Text=Берн
2-1	22-26	Берн	*	LOC
"""
    )
    document = read(tmp_path, text)
    assert document.text == "  😀 Ann\\b\nleft\tus.  \nБерн"
    assert keys(document) == [(4, 9, "PER_X"), (21, 25, "LOC")]
    assert document.links == (Link("T1", "http://x/Q1"),)
    assert document.sentences == ((0, 5), (5, 6))


def test_nested_stacked_and_parts_of_tokens(tmp_path: Path) -> None:
    text = (
        HEAD
        + """#Text=University of Oslo-based firms
1-1\t0-10\tUniversity\t*[1]\tORG[1]
1-2\t11-13\tof\t*[1]\tORG[1]
1-3\t14-24\tOslo-based\t*[1]\tORG[1]
1-3.1\t14-18\tOslo\t*[2]|*[3]\tLOC[2]|MISC[3]
1-4\t25-30\tfirms\t*\t*
"""
    )
    log = ReadLog()
    document = read(tmp_path, text, log, on_misaligned="expand")
    assert keys(document) == [(0, 24, "ORG"), (14, 24, "LOC"), (14, 24, "MISC")]
    assert document.words == ["University", "of", "Oslo-based", "firms"]
    ledger = log.ledger()
    assert (ledger.read, ledger.kept, ledger.adjusted, ledger.dropped) == (
        4,
        1,
        {"expanded": 2},
        {"no-label": 1},
    )
    fault(tmp_path, text, "misaligned", 9)


def test_annotations_of_no_width_and_over_sentences(tmp_path: Path) -> None:
    text = (
        HEAD
        + """#Text=Ann ran
1-1\t0-3\tAnn\t*[1]\tX[1]\t
1-1.1\t3-3\t\t*|*\tMARK|*\t
1-2\t4-7\tran\t*[1]\tX[1]\t

#Text=too
2-1\t9-12\ttoo\t*[1]\tX[1]\t
"""
    )
    log = ReadLog()
    document = read(tmp_path, text, log)
    assert (document.text, keys(document)) == ("Ann ran \ntoo", [(0, 12, "X")])
    assert log.ledger().dropped == {"empty-span": 2}


def test_offsets_in_code_points_and_bare_backslashes_of_other_writers(tmp_path: Path) -> None:
    log = ReadLog()
    document = read(tmp_path, HEAD + "#Text=😀 C:\\temp\n1-1\t0-1\t😀\t_\t_\n1-2\t2-9\tC:\\temp\t*\tX\n", log)
    assert (document.text, keys(document)) == ("😀 C:\\temp", [(2, 9, "X")])
    assert log.problem_counts == {"offset-unit": 1}


LAYERS = """#FORMAT=WebAnno TSV 3.2
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Lemma|value
{layers}

#Text=Ann ran
1-1\t0-3\tAnn\tann\t{first}
1-2\t4-7\tran\trun\t{second}
"""


@pytest.mark.parametrize(
    ("layers", "first", "second"),
    [
        ("#T_SP=webanno.custom.Entity|note|value", "x\tPER", "_\t_"),
        ("#T_SP=webanno.custom.Entity|Label|note", "PER\t*", "_\t_"),
        ("#T_SP=webanno.custom.Entity|kind", "PER", "_"),
        (f"#T_SP=webanno.custom.Other|value\n#T_SP={NER}|value", "_\tPER", "X\t_"),
        (
            "#T_CH=x.CoreferenceLink|referenceRelation|referenceType\n#T_SP=webanno.custom.E|value"
            "\n#T_RL=webanno.custom.R|kind|BT_webanno.custom.E",
            "*->1-1\tyes\tPER\t_\t_",
            "_\t_\t_\tknows\t1-1",
        ),
    ],
)
def test_the_layer_of_entities(tmp_path: Path, layers: str, first: str, second: str) -> None:
    document = read(tmp_path, LAYERS.format(layers=layers, first=first, second=second))
    assert keys(document) == [(0, 3, "PER")]


def test_an_unclear_layer_is_an_error_and_a_column_can_be_named(tmp_path: Path) -> None:
    layers = "#T_SP=webanno.custom.A|value\n#T_SP=webanno.custom.B|kind|label"
    text = LAYERS.format(layers=layers, first="ONE\tx\tTWO", second="_\t_\t_")
    error = fault(tmp_path, text, "unclear-layer", 1)
    assert "webanno.custom.A (value), webanno.custom.B (kind, label)" in str(error)
    assert "--tag-column" in str(error)
    assert keys(read(tmp_path, text, tag_column=5)) == [(0, 3, "ONE")]
    assert keys(read(tmp_path, text, tag_column=7)) == [(0, 3, "TWO")]
    assert read(tmp_path, text, gold=False).entities == ()
    fault(tmp_path, text, "no-column", 1, tag_column=8)
    none = LAYERS.format(layers="#T_SP=webanno.custom.A|x|y", first="_\t_", second="_\t_")
    fault(tmp_path, none, "unclear-layer", 1)


def test_a_file_without_annotation_of_entities(tmp_path: Path) -> None:
    document = read(tmp_path, "#FORMAT=WebAnno TSV 3.3\n\n#Text=Ann\n1-1\t0-3\tAnn\t\n")
    assert (document.words, document.entities) == (["Ann"], ())


MALFORMED = {
    "no header of a sentence": (HEAD + "1-1\t0-3\tAnn\t_\t_\n", "webanno-syntax", 1),
    "a token after a blank line": (CASE + "\n1-7\t22-23\tx\t_\t_\n", "webanno-syntax", 13),
    "too few columns": (CASE.replace("lives\t_\t_\t", "lives\t_"), "column-count", 8),
    "too many columns": (CASE.replace("lives\t_\t_\t", "lives\t_\t_\tx\t_"), "column-count", 8),
    "offsets that are words": (CASE.replace("8-13", "8-x"), "webanno-syntax", 8),
    "prose": (CASE + "hello\n", "webanno-syntax", 12),
    "other text": (CASE.replace("\tlives", "\tloves"), "surface-mismatch", 8),
    "wrong offsets": (CASE.replace("8-13", "7-12"), "surface-mismatch", 8),
    "two values of one annotation": (CASE.replace("Lee\t*[1]\tPER", "Lee\t*[1]\tORG"), "webanno-syntax", 7),
    "sentences overlap": (CASE + "\n#Text=Oslo\n2-1\t17-21\tOslo\t_\t_\n", "offset-order", 13),
    "a sentence far away": (CASE + "\n#Text=Oslo\n2-1\t99999999-100000003\tOslo\t_\t_\n", "offset-gap", 13),
    "a layer without a name": (CASE.replace("#T_SP=", "#T_XX="), "webanno-syntax", 2),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, code, line = MALFORMED[name]
    fault(tmp_path, text, code, line)
    for policy in ("skip", "repair"):
        log = ReadLog()
        path = tmp_path / "f.data"
        options = ReadOptions(format="webanno-tsv", on_error=policy, allow_empty=True)
        list(read_documents(path, options, log))
        assert log.problem_counts[code] >= 1
        assert log.ledger().balanced


def test_a_broken_row_does_not_take_the_others_along(tmp_path: Path) -> None:
    document = read(tmp_path, MALFORMED["too few columns"][0], on_error="repair")
    assert keys(document) == [(0, 7, "PER"), (17, 21, "LOC")]
