"""Formats whose entities stand in the text itself: tags, brackets, words with tags behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, read_text
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, Source, detect_format, read_documents
from onoma.readers.formats.marked_text import parse_marked, parse_opennlp
from onoma.readers.formats.word_tags_text import find_layout
from onoma.readers.plain_text import is_data


def keys(document) -> list[tuple[str, str]]:
    return [(span.text, span.label) for span in document.entities]


def test_tags_are_entities_and_may_lie_in_one_another(tmp_path: Path) -> None:
    lines = "<ORG>University of <LOC>Oslo</LOC></ORG> &amp; <PER>Ann</PER>, 3 < 4\n\nnothing here\n"
    first, second = read_text(tmp_path, "marked-text", lines)
    assert first.text == "University of Oslo & Ann, 3 < 4"
    assert keys(first) == [("University of Oslo", "ORG"), ("Oslo", "LOC"), ("Ann", "PER")]
    assert (second.text, second.entities) == ("nothing here", ())


def test_an_attribute_says_the_label_in_muc(tmp_path: Path) -> None:
    line = '<ENAMEX TYPE="PERSON">Ann</ENAMEX> came on <TIMEX TYPE="DATE" REF="x">Monday</TIMEX>\n'
    for written in (line, line.replace('"', "'"), line.replace("TYPE", "type")):
        (document,) = read_text(tmp_path, "marked-text", written)
        assert keys(document) == [("Ann", "PERSON"), ("Monday", "DATE")]


def test_spaces_around_tags_of_opennlp_are_none_of_the_text(tmp_path: Path) -> None:
    line = "Mr . <START:person> Vinken <END> of <START> Elsevier N.V. <END> . &amp;\n"
    (document,) = read_text(tmp_path, "marked-text", line)
    assert document.text == "Mr . Vinken of Elsevier N.V. . &amp;"
    assert keys(document) == [("Vinken", "person"), ("Elsevier N.V.", "default")]


@pytest.mark.parametrize(
    "line",
    [
        "<PER>Ann left",
        "Ann</PER> left",
        "<PER><LOC>Ann</PER></LOC>",
        "<PER></PER> left",
        "<START:person> Ann left",
        "Ann <END> left",
        "<START:a> Ann <START:b> Lee <END> <END>",
    ],
)
def test_tags_that_do_not_fit_each_other_are_faults(tmp_path: Path, line: str) -> None:
    check_fault(tmp_path, "marked-text", f"<PER>Bob</PER> came\n{line}\n", "tag-syntax", 2)


NAMES = st.sampled_from(["PER", "LOC", "person.name", "Ö"])
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=8)


@given(st.lists(st.tuples(PLAIN, NAMES, PLAIN.filter(bool)), max_size=5), PLAIN)
def test_what_stood_between_tags_is_what_is_found(parts, tail: str) -> None:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    line = "".join(f"{escaped(left)}<{name}>{escaped(own)}</{name}>" for left, name, own in parts)
    text, entities = parse_marked(line + escaped(tail))
    assert text == "".join(left + own for left, _, own in parts) + tail
    assert [(text[one["start"] : one["end"]], one["label"]) for one in entities] == [
        (own, name) for _, name, own in parts
    ]


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(line: str) -> None:
    for parse in (parse_marked, parse_opennlp):
        try:
            text, entities = parse(line)
        except DataError:
            continue
        assert all(0 <= one["start"] < one["end"] <= len(text) for one in entities)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.txt", "<p>He said <b>no</b> to <a>Ann</a></p>\n"),
        ("note.txt", "<note><to>Ann</to><body2>Come</body2></note>\n"),
        ("note.xml", '<?xml version="1.0"?>\n<note>\n<to>Ann</to>\n</note>\n'),
        ("tags.txt", "the tag <foo>bar</foo> of a language\n"),
        ("talk.txt", "and/or he_said x|y|z in O/O tests\n"),
        ("list.md", "# Notes\n\n- [x](y) is a link\n- another\n"),
        ("links.md", "## intent of this\n- see [Oslo](city)\n"),
    ],
)
def test_text_for_people_is_none_of_them(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    if name.endswith(".xml"):
        with pytest.raises(DataError, match="no known format"):
            detect_format(tmp_path / name)
    else:
        assert not is_data(Source(tmp_path / name))


RASA = """version: "3.1"
nlu:
- intent: book
  examples: |
    - fly to [Oslo](city)
    - from [Bergen]{"entity": "city", "role": "from"} to [New York](city:NYC)
- lookup: city
  examples: |
    - Oslo
- intent: "greet"
  examples:
  - text: |
      hi [Ann](name)
    metadata:
      mood: good
  - text: "hello"
rules:
- rule: bye
  steps:
  - intent: goodbye
  - action: utter_goodbye
responses:
  utter_greet:
  - text: "Hey!"
"""


def test_examples_of_rasa_have_their_intent_as_document_label(tmp_path: Path) -> None:
    path = tmp_path / "nlu.yml"
    path.write_text(RASA, encoding="utf-8")
    log = ReadLog()
    found = list(read_documents(path, ReadOptions(), log))
    assert log.format == "rasa"
    assert [(one.text, one.labels, keys(one)) for one in found] == [
        ("fly to Oslo", ("book",), [("Oslo", "city")]),
        ("from Bergen to New York", ("book",), [("Bergen", "city"), ("New York", "city")]),
        ("hi Ann", ("greet",), [("Ann", "name")]),
        ("hello", ("greet",), []),
    ]
    noted = [problem.message for problem in log.problems if problem.code == "not-examples"]
    assert log.problem_counts["value-ignored"]
    assert noted[0].endswith("no examples: 1")
    assert noted[1].endswith("are not read: 2")


def test_comments_of_yaml_cost_no_example(tmp_path: Path) -> None:
    text = "# made by hand\nnlu:\n- intent: hi\n# the usual ones\n  examples: |\n    - hi [Ann](name)\n"
    text += "# a comment\n    - hello\n- intent: bye\n  examples: |\n    - bye\n"
    log = ReadLog()
    found = read_text(tmp_path, "rasa", text, log)
    assert [(one.text, one.labels) for one in found] == [
        ("hi Ann", ("hi",)),
        ("hello", ("hi",)),
        ("bye", ("bye",)),
    ]
    assert not log.problem_counts["not-examples"]


def test_lines_that_begin_no_example_are_said(tmp_path: Path) -> None:
    text = "nlu:\n- intent: hi\n  examples:\n    - text: |\n        hello\n        there\n"
    text += "    - text: |\n        hey\n"
    log = ReadLog()
    assert [one.text for one in read_text(tmp_path, "rasa", text, log)] == ["hello", "hey"]
    assert log.problem_counts["not-examples"] == 1


def test_markdown_of_rasa(tmp_path: Path) -> None:
    text = "## intent:book\n- fly to [Oslo](city)\n* now\n\n## synonym:NYC\n- New York\n# intent\n- no\n"
    text += "## intent:hi\n- hey\n"
    found = read_text(tmp_path, "rasa", text)
    assert [(one.text, one.labels) for one in found] == [
        ("fly to Oslo", ("book",)),
        ("now", ("book",)),
        ("hey", ("hi",)),
    ]
    link = "## intent:a\n- see [this](https://example.org) in [Oslo](city)\n"
    (document,) = read_text(tmp_path, "rasa", link)
    assert (document.text, keys(document)) == ("see [this](https://example.org) in Oslo", [("Oslo", "city")])
    fault = '## intent:a\n- to [Oslo]{"role": "to"}\n'
    check_fault(tmp_path, "rasa", fault, "no-label", 2)


def test_words_with_their_tags_behind_them(tmp_path: Path) -> None:
    wikiner = "Ann|NNP|B-PER Lee|NNP|I-PER left|VBD|O a|b|SYM|O .|.|O\n\nOslo|NNP|B-LOC\n"
    first, second = read_text(tmp_path, "word-tags-text", wikiner)
    assert (first.words, keys(first)) == (["Ann", "Lee", "left", "a|b", "."], [("Ann Lee", "PER")])
    assert keys(second) == [("Oslo", "LOC")]
    (spaced,) = read_text(tmp_path, "word-tags-text", "10\u00a0000|CD|O in|IN|O Oslo|NNP|B-LOC\n")
    assert spaced.words == ["10\u00a0000", "in", "Oslo"]
    stanford = "Ann/PERSON left/O 1/2/O year/O ago/O\n"
    (document,) = read_text(tmp_path, "word-tags-text", stanford)
    assert (document.words[2], keys(document)) == ("1/2", [("Ann", "PERSON")])
    check_fault(tmp_path, "word-tags-text", f"{wikiner * 30}Ann|NNP left|VBD|O\n", "tag-count", 91)


def test_text_with_slashes_has_no_tags() -> None:
    assert find_layout(["and/or"]) is None
    assert find_layout(["he/she left/arrived at/by noon/night"]) is None
    assert find_layout([]) is None
    assert find_layout(["Ann/PERSON left/O"]) == ("/", 2)
