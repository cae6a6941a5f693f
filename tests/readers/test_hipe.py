"""HIPE 2020 and 2022: columns by name, documents by comments, spacing and links."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, read_text
from column_reading import read_file

from onoma.errors import DataError
from onoma.readers import ReadLog, detect_format
from onoma.text import Link

HEADER = (
    "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-FINE-LIT\tNE-FINE-METO\tNE-FINE-COMP\tNE-NESTED\tNEL-LIT"
    "\tNEL-METO\tMISC\n"
)
FRENCH = (
    "# hipe2022:document_id = doc-1\n# hipe2022:language = fr\n"
    "M\tB-pers\tO\tB-pers.ind\tO\tB-comp.title\tO\tNIL\t_\tNoSpaceAfter\n"
    ".\tI-pers\tO\tI-pers.ind\tO\tI-comp.title\tO\tNIL\t_\t_\n"
    "Durand\tI-pers\tO\tI-pers.ind\tO\tB-comp.name\tO\tNIL\t_\tEndOfLine\n"
    "vit\tO\tO\tO\tO\tO\tO\t_\t_\t_\n"
    "Berne\tB-loc\tO\tB-loc.adm.town\tO\tO\tO\tQ70\t_\tEndOfSentence\n"
)
CASE = HEADER + FRENCH + "\n"


def row(
    word: str, coarse: str = "O", nested: str = "O", misc: str = "_", link: str = "_", meto: str = "O"
) -> str:
    return f"{word}\t{coarse}\t{meto}\t{coarse}\tO\tO\t{nested}\t{link}\t_\t{misc}\n"


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    assert read_file(tmp_path, CASE) == [("M. Durand\nvit Berne", [("pers", 0, 9), ("loc", 14, 19)])]
    for name in ("data", "data.tsv", "data.conll"):
        (tmp_path / name).write_text(CASE, encoding="utf-8")
        assert detect_format(tmp_path / name).name == "hipe"


def test_documents_have_ids_and_links(tmp_path: Path) -> None:
    (one,) = read_text(tmp_path, "hipe", CASE)
    assert one.id == "doc-1"
    assert [(span.id, span.label) for span in one.entities] == [("T1", "pers"), ("T2", "loc")]
    assert one.links == (Link("T1", "NIL"), Link("T2", "Wikidata:Q70"))


def test_a_comment_between_rows_opens_a_document(tmp_path: Path) -> None:
    second = "# hipe2022:document_id = doc-2\n" + row("Bâle", "B-loc")
    found = read_text(tmp_path, "hipe", HEADER + FRENCH + second + "# segment_iiif_link = x\n" + row("dort"))
    assert [(one.id, one.text) for one in found] == [
        ("doc-1", "M. Durand\nvit Berne"),
        ("doc-2", "Bâle dort"),
    ]


def test_comments_of_2020(tmp_path: Path) -> None:
    header = HEADER.replace(
        "\n", "\n# language = de\n# newspaper = x\n# date = 1900-01-01\n# document_id = d1\n"
    )
    text = header + row("Bern", "B-loc", misc="EndOfLine|PySBDSegment") + row("schläft")
    (found,) = read_text(tmp_path, "hipe", text)
    assert (found.id, found.text, found.sentences) == ("d1", "Bern\nschläft", ((0, 1), (1, 2)))


def test_sentences_end_where_the_file_says_but_within_no_entity(tmp_path: Path) -> None:
    text = HEADER + "# document_id = a\n"
    text += row("M", "B-pers", misc="NoSpaceAfter") + row(".", "I-pers", misc="EndOfSentence")
    text += (
        row("Ney", "I-pers") + row("!", misc="EndOfParagraph|EndOfSentence") + row("Fin", misc="NoSpaceAfter")
    )
    (found,) = read_text(tmp_path, "hipe", text)
    assert (found.text, found.sentences) == ("M. Ney !\n\nFin", ((0, 4), (4, 5)))
    assert [span.text for span in found.entities] == ["M. Ney"]


def test_a_sentence_end_keeps_sentences_apart(tmp_path: Path) -> None:
    text = HEADER + row("Fin", misc="NoSpaceAfter") + row(".", misc="NoSpaceAfter|EndOfSentence") + row("Oui")
    assert read_text(tmp_path, "hipe", text)[0].text == "Fin.\nOui"


def test_nested_entities(tmp_path: Path) -> None:
    text = HEADER + row("Banque", "B-org", link="Q1") + row("de", "I-org", link="Q1")
    text += row("Berne", "I-org", "B-loc.adm.town", link="Q1", misc="_")
    assert read_file(tmp_path, text) == [("Banque de Berne", [("org", 0, 15), ("loc.adm.town", 10, 15)])]
    (found,) = read_text(tmp_path, "hipe", text)
    assert [span.id for span in found.entities] == ["T1", None]
    assert found.links == (Link("T1", "Wikidata:Q1"),)


def test_another_column_can_be_named(tmp_path: Path) -> None:
    assert read_file(tmp_path, CASE, tag_column=4)[0][1] == [("pers.ind", 0, 9), ("loc.adm.town", 14, 19)]
    assert read_file(tmp_path, CASE, tag_column=6)[0][1] == [("comp.title", 0, 2), ("comp.name", 3, 9)]


def test_underscores_are_outside(tmp_path: Path) -> None:
    text = (
        HEADER
        + row("Bern", "B-loc", "_").replace("\tO\t", "\t_\t")
        + row("ist", "_", "_").replace("\tO\t", "\t_\t")
    )
    assert read_file(tmp_path, text) == [("Bern ist", [("loc", 0, 4)])]


def test_files_without_ids(tmp_path: Path) -> None:
    text = HEADER + row("Bern", "B-loc") + "\n" + row("Genf", "B-loc") + row("#") + "\n"
    assert [text for text, _ in read_file(tmp_path, text)] == ["Bern", "Genf #"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("Bern\tB-loc\n", "column-count"),
        (row("", "B-loc"), "empty-word"),
        (row("Bern", "I-loc"), "illegal-tag"),
        (row("Bern", "O", "I-loc"), "illegal-tag"),
    ],
)
def test_faults_are_located(tmp_path: Path, bad: str, code: str) -> None:
    text = HEADER + "# document_id = a\n" + row("Hier", misc="EndOfSentence") + bad + FRENCH * 9
    check_fault(tmp_path, "hipe", text, code, 4)
    log = ReadLog()
    found = read_text(tmp_path, "hipe", text, log, on_error="skip")
    assert (found[0].text, len(found), log.lost) == ("Hier", 10, 1)


@pytest.mark.parametrize(
    "text", ["TOKEN\tX\nBern\tB-loc\n", "Bern\tB-loc\n", HEADER.replace("TOKEN", "WORT")]
)
def test_the_header_must_name_the_columns(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError) as caught:
        read_text(tmp_path, "hipe", text)
    assert (caught.value.code, caught.value.line) == ("header", 1)
