"""OntoNotes in the columns of CoNLL-2012: entities as brackets."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, read_text
from column_reading import read_file

from onoma.errors import DataError
from onoma.readers import ReadLog, detect_format

PLAIN = """\
#begin document (bc/cctv/00/cctv_0000); part 000
bc/cctv/00/cctv_0000   0   0         In   IN  (TOP(S(PP*       -    -   -   Speaker#1        *   -
bc/cctv/00/cctv_0000   0   1       Hong  NNP         (NP*      -    -   -   Speaker#1    (GPE*   (23
bc/cctv/00/cctv_0000   0   2       Kong  NNP            *))    -    -   -   Speaker#1        *)   23)
bc/cctv/00/cctv_0000   0   3        Ann  NNP         (NP*))    -    -   -   Speaker#1  (PERSON)  -
bc/cctv/00/cctv_0000   0   4         /.    .            *))    -    -   -   Speaker#1        *   -

#end document
"""


def document(*rows: tuple[str, str], name: str = "nw/x", part: str = "000") -> str:
    """A document of one sentence: words and what stands in the column of entities."""
    body = "".join(
        f"{name} 0 {at} {word} NN (NP*) - - - - {bracket} (ARG0*) (V*) {at}\n"
        for at, (word, bracket) in enumerate(rows)
    )
    return f"#begin document ({name}); part {part}\n{body}\n#end document\n"


def test_brackets_are_entities(tmp_path: Path) -> None:
    assert read_file(tmp_path, PLAIN) == [("In Hong Kong Ann /.", [("GPE", 3, 12), ("PERSON", 13, 16)])]
    assert detect_format(tmp_path / "data").name == "ontonotes"


def test_documents_are_named_by_id_and_part(tmp_path: Path) -> None:
    text = document(("Ann", "(PERSON)")) + document(("Oslo", "(GPE)"), ("is", "*"), part="001")
    found = read_text(tmp_path, "ontonotes", text)
    assert [(one.id, one.text) for one in found] == [("nw/x;000", "Ann"), ("nw/x;001", "Oslo is")]


def test_the_sentences_of_a_document(tmp_path: Path) -> None:
    text = document(("Ann", "(PERSON)"), ("left", "*")).replace(
        "\n#end", "\nnw/x 0 0 He NN * - - - - * * * -\n\n#end"
    )
    (found,) = read_text(tmp_path, "ontonotes", text)
    assert (found.text, found.sentences) == ("Ann left\nHe", ((0, 2), (2, 3)))


def test_widths_may_differ_from_sentence_to_sentence(tmp_path: Path) -> None:
    text = PLAIN + document(("Ann", "(PERSON)"), ("left", "*"))
    assert [text for text, _ in read_file(tmp_path, text)] == ["In Hong Kong Ann /.", "Ann left"]


def test_brackets_in_brackets(tmp_path: Path) -> None:
    bank = document(("Bank", "(ORG*"), ("of", "*"), ("China", "(GPE))"))
    assert read_file(tmp_path, bank) == [("Bank of China", [("ORG", 0, 13), ("GPE", 8, 13)])]
    one = document(("Ann", "(WORK_OF_ART(PERSON))"))
    assert read_file(tmp_path, one) == [("Ann", [("PERSON", 0, 3), ("WORK_OF_ART", 0, 3)])]
    two = document(("Bob", "(A(B*"), ("Lee", "*))"))
    assert read_file(tmp_path, two) == [("Bob Lee", [("A", 0, 7), ("B", 0, 7)])]


def test_the_column_can_be_named(tmp_path: Path) -> None:
    text = document(("Ann", "(PERSON)"), ("left", "*"))
    assert read_file(tmp_path, text, tag_column=12) == [("Ann left", [("ARG0", 0, 3), ("ARG0", 4, 8)])]


def test_a_file_without_entities_says_so(tmp_path: Path) -> None:
    log = ReadLog()
    text = document(("Ann", "*"), ("left", "*"))
    assert read_file(tmp_path, text, log=log) == [("Ann left", [])]
    assert log.problem_counts == {"no-entity-column": 1}
    assert read_file(tmp_path, PLAIN, gold=False) == [("In Hong Kong Ann /.", [])]


@pytest.mark.parametrize(
    ("brackets", "line", "left"),
    [
        (("(PERSON*", "*", "*"), 2, []),
        (("*", "*)", "(GPE)"), 3, [("GPE", 7, 10)]),
        (("(PERSON)", "(ORG*", "*"), 3, [("PERSON", 0, 3)]),
        (("(PERSON)", "(((", "(GPE)"), 3, [("PERSON", 0, 3), ("GPE", 7, 10)]),
    ],
)
def test_brackets_that_do_not_close(
    tmp_path: Path, brackets: tuple[str, ...], line: int, left: list[tuple[str, int, int]]
) -> None:
    text = document(*zip(("Ann", "in", "Rom"), brackets, strict=True)) + document(*[("Oslo", "(GPE)")] * 9)
    check_fault(tmp_path, "ontonotes", text, "unbalanced-bracket", line)
    log = ReadLog()
    assert read_file(tmp_path, text, log=log, on_error="repair", tag_column=11)[0] == ("Ann in Rom", left)
    log = ReadLog()
    assert len(read_file(tmp_path, text, log=log, on_error="skip", tag_column=11)) == 1
    assert log.ledger().kept == 9
    assert (log.units, log.lost) == (2, 1)


def test_a_row_that_is_cut_is_located(tmp_path: Path) -> None:
    text = document(("Ann", "(PERSON)"), ("left", "*")).replace(" left NN (NP*)", " left")
    short = text.replace("nw/x 0 1 left - - - - * (ARG0*) (V*) 1", "nw/x 0 1 left")
    check_fault(tmp_path, "ontonotes", short + PLAIN, "column-count", 3)


def test_labels_are_checked_nowhere_but_brackets_are(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_file(tmp_path, document(("Ann", "PERSON"), ("x", "(GPE)")), tag_column=11)
    assert (caught.value.code, caught.value.line, caught.value.column) == ("unbalanced-bracket", 2, 11)
