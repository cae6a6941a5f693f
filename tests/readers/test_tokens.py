"""Words one a line, without tags; and texts in short lines, which are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import read_text
from column_reading import read_file
from hypothesis import given
from hypothesis import strategies as st

from onoma.readers import ReadLog, get_format
from onoma.readers.detection import match_formats
from onoma.readers.sample import Sample

JOHN = "John\nSmith\nlives\nin\nNew\nYork\n.\n\nHe\nleft\n"
FOUND = [("John Smith lives in New York .", []), ("He left", [])]


def formats_of(text: str, suffix: str = "") -> list[str]:
    return [match.format.name for match in match_formats(Sample(text.split("\n"), suffix=suffix))]


@pytest.mark.parametrize(
    "text",
    [
        JOHN,
        JOHN.replace("\n\n", "\n \n"),
        JOHN.replace("\n\n", "\n\n\n"),
        "\n".join(
            ["1\tJohn", "2\tSmith", "3\tlives", "4\tin", "5\tNew", "6\tYork", "7\t.", "1\tHe", "2\tleft"]
        ),
        "# sent_id = 1\n" + JOHN,
    ],
)
def test_sentences(tmp_path: Path, text: str) -> None:
    log = ReadLog()
    assert read_file(tmp_path, text, log=log) == FOUND
    assert (log.format, log.units) == ("tokens", 2)
    assert not get_format("tokens").gold


def test_documents_and_ids(tmp_path: Path) -> None:
    grouped = read_text(tmp_path, "tokens", f"-DOCSTART-\n\n{JOHN}\n-DOCSTART-\n\nBye\n")
    assert [(one.id, one.text) for one in grouped] == [
        ("f:1", "John Smith lives in New York .\nHe left"), ("f:2", "Bye")
    ]  # fmt: skip
    assert [one.id for one in read_text(tmp_path, "tokens", JOHN)] == ["f:1", "f:2"]


def test_a_line_is_a_word_whatever_it_holds(tmp_path: Path) -> None:
    ((text, _),) = read_file(tmp_path, "10\n000\nNew York\n#\nx\n", format="tokens")
    assert text == "10 000 New York # x"


@pytest.mark.parametrize(
    "text",
    [
        "高\n小\n勇\n在\n北\n京\n。\n\n李\n说\n",
        "Він\nжив\nу\nКиєві\n,\nа\nпотім\nпоїхав\n.\n" * 30,
    ],
)
def test_tokens_of_other_languages(text: str) -> None:
    assert formats_of(text) == ["tokens"]


@pytest.mark.parametrize(
    "text",
    [
        "milk\nbread\nbutter\neggs\nflour\n",  # a shopping list
        "Milk,\nbread,\nbutter,\neggs.\n\nThanks!\n.\n",
        "Anna\nBen\nCarl\nDora\nEmil\n\nFrida\nGustav\n",  # names
        "1. Anna\n2. Ben\n3. Carl\n4. Dora\n5. Emil\n6. Frida\n",
        "1\tAnna\n2\tBen\n3\tCarl\n4\tDora\n5\tEmil\n6\tFrida\n",
        "So\nmuch\ndepends\nupon\n\na\nred\nwheel\n\nbarrow.\n",  # a poem
        "Stop!\nDrop!\nRoll!\n\nStop!\nDrop!\nRoll!\n.\n",
        "Hello.\n\nHow are you?\n.\nBye.\n.\n.\n",
        "yes\n?\n",  # a chat
        "...\n...\n...\n...\n...\n...\n",
        "Dear Ann,\n\nwe met in Oslo.\n\nYours\nBen\n",
        "",
    ],
)
@pytest.mark.parametrize("suffix", ["", ".txt"])
def test_texts_for_people_are_no_tokens(text: str, suffix: str) -> None:
    assert "tokens" not in formats_of(text, suffix)


@given(st.lists(st.sampled_from(["Ann", "is", "here", "in Oslo", "soon.", "", "well,", "so!"]), max_size=40))
def test_no_text_without_marks_alone_is_tokens(lines: list[str]) -> None:
    assert "tokens" not in formats_of("\n".join(lines))
