"""Column files as they were brought to other tools, after public reports, and what is right for each."""

from __future__ import annotations

from pathlib import Path

import pytest
from column_reading import read_file

from onoma.errors import DataError
from onoma.readers import ReadLog

ANN, OSLO, BONN = (("Ann", [("PER", 0, 3)]), ("Oslo", [("LOC", 0, 4)]), ("Bonn", [("LOC", 0, 4)]))
ANN_LEFT = ("Ann left", [("PER", 0, 3)])
ANN_LEE = [("Ann Lee in Oslo", [("PER", 0, 7), ("LOC", 11, 15)])]
ANN_LIVES = [("Ann lives in Oslo", [("PER", 0, 3), ("LOC", 13, 17)])]
ANN_OSLO = [("Ann left Oslo", [("PER", 0, 3), ("LOC", 9, 13)]), ("He ran", [])]

CASES = {
    # 01: lines of white space only (WNUT-17 has a tab on its blank lines)
    "blank-tab": ("Ann\tB-PER\nleft\tO\n\t\nOslo\tB-LOC\n", [ANN_LEFT, OSLO]),
    "blank-space": ("Ann B-PER\nleft O\n \nOslo B-LOC\n\t\nBonn B-LOC\n", [ANN_LEFT, OSLO, BONN]),
    # 03: MIT movie and restaurant, the tag first
    "mit-movie": (
        "O\twhat\nO\tfilm\nB-ACTOR\tann\nI-ACTOR\tlee\n\nO\tshow\nB-GENRE\tdrama\n\n",
        [("what film ann lee", [("ACTOR", 10, 17)]), ("show drama", [("GENRE", 5, 10)])],
    ),
    # 04: the words are numbered
    "neuronlp": (
        "1 Ann NNP I-NP I-PER\n2 left VBD I-VP O\n3 Oslo NNP I-NP I-LOC\n\n"
        "1 He PRP I-NP O\n2 ran VBD I-VP O\n\n",
        ANN_OSLO,
    ),
    "germeval-without-comments": (
        "1\tAufgrund\tO\tO\n2\tder\tO\tO\n3\tTU\tB-ORG\tO\n4\tBerlin\tI-ORG\tB-LOC\n5\t.\tO\tO\n\n"
        "1\tIn\tO\tO\n2\tBonner\tB-LOCderiv\tO\n4\tCafés\tO\tO\n\n",
        [
            ("Aufgrund der TU Berlin .", [("ORG", 13, 22), ("LOC", 16, 22)]),
            ("In Bonner Cafés", [("LOCderiv", 3, 9)]),
        ],
    ),
    "wikineural": (
        "0\tAnn\tB-PER\n1\tleft\tO\n2\tOslo\tB-LOC\n\n0\tHe\tO\n1\tran\tO\n",
        ANN_OSLO,
    ),
    "uner": (
        "# sent_id = a-1\n# text = Ann left Oslo\n"
        "1\tAnn\tB-PER\t-\t-\n2\tleft\tO\t-\t-\n3\tOslo\tB-LOC\t-\t-\n\n"
        "# sent_id = a-2\n# text = He ran\n1\tHe\tO\t-\t-\n2\tran\tO\t-\t-\n",
        ANN_OSLO,
    ),
    "uner-annotators": (
        "# sent_id = a-1\n# text = Ann left Oslo\n1\tAnn\tB-PER\t-\tkim\n2\tleft\tO\t-\tkim\n"
        "3\tOslo\tB-LOC\t-\tkim\n\n# sent_id = a-2\n# text = He ran\n1\tHe\tO\t-\tkim\n2\tran\tO\t-\tkim\n",
        ANN_OSLO,
    ),
    "uner-short-rows": (
        "# newdoc id = a\n# sent_id = a-1\n# text = Ann left Oslo.\n1\tAnn\tB-PER\t-\tkim\n2\tleft\tO\n"
        "3\tOslo\tB-LOC\t-\tkim\n4\t.\tO\n\n# sent_id = a-2\n# text = He ran\n1\tHe\tO\n2\tran\tO\n",
        [("Ann left Oslo.\nHe ran", [("PER", 0, 3), ("LOC", 9, 13)])],
    ),
    "index-restarts": ("1\tAnn\tB-PER\n2\tleft\tO\n3\tOslo\tB-LOC\n1\tHe\tO\n2\tran\tO\n", ANN_OSLO),
    "index-from-0-restarts": ("0 Ann B-PER\n1 left O\n2 Oslo B-LOC\n0 He O\n1 ran O\n", ANN_OSLO),
    "docstart-under-index": (
        "0\t-DOCSTART-\tO\n\n0\tAnn\tB-PER\n1\tleft\tO\n\n0\tHe\tO\n1\tran\tO\n\n0\t-DOCSTART-\tO\n\n0\tOslo\tB-LOC\n",
        [("Ann left\nHe ran", [("PER", 0, 3)]), OSLO],
    ),
    # 08: one label, not written
    "bare-prefixes": (
        "The O\ngene B\np53 I\nbinds O\nMDM2 B\n\nNo O\nhit O\n\n",
        [("The gene p53 binds MDM2", [("ENTITY", 4, 12), ("ENTITY", 19, 23)]), ("No hit", [])],
    ),
    # 09: other separators in the tags
    "colon": ("Ann B:PER\nLee I:PER\nin O\nOslo B:LOC\n\n", ANN_LEE),
    "underscore": ("Ann B_PER\nLee I_PER\nin O\nOslo B_LOC\n\n", ANN_LEE),
    "suffix": ("Ann PER-B\nLee PER-I\nin O\nOslo LOC-B\n\n", ANN_LEE),
    "two-parts": (
        "Ann B-PER-NOM\nLee I-PER-NOM\nin O\nOslo B-LOC-NAM\n\n",
        [("Ann Lee in Oslo", [("PER-NOM", 0, 7), ("LOC-NAM", 11, 15)])],
    ),
    # 14: MultiCoNER
    "multiconer": (
        "# id 5239d808-f300-46ea-aa3b-5093040213a3\tdomain=en\nann _ _ B-Artist\nleft _ _ O\n"
        "oslo _ _ B-HumanSettlement\n\n# id 1f6d6bcb-0000-4a4a-9e9e-8d5ab1234567\tdomain=en\nhe _ _ O\n\n",
        [("ann left oslo", [("Artist", 0, 3), ("HumanSettlement", 9, 13)]), ("he", [])],
    ),
    "multiconer-2": (
        "# id 5239d808-f300-46ea-aa3b-5093040213a3\nann _ _ B-Artist\nleft _ _ O\n\n",
        [("ann left", [("Artist", 0, 3)])],
    ),
    # 18: BMES and BMEWO
    "bmes": (
        "高 B-NAME\n小 M-NAME\n勇 E-NAME\n在 O\n北 B-LOC\n京 E-LOC\n。 O\n\n李 S-NAME\n说 O\n\n",
        [("高 小 勇 在 北 京 。", [("NAME", 0, 5), ("LOC", 8, 11)]), ("李 说", [("NAME", 0, 1)])],
    ),
    "bmewo": (
        "高 B-NAME\n小 M-NAME\n勇 E-NAME\n在 O\n\n李 W-NAME\n说 O\n",
        [("高 小 勇 在", [("NAME", 0, 5)]), ("李 说", [("NAME", 0, 1)])],
    ),
    # 28: small letters
    "lower": (
        "ann b-per\nlee i-per\nin o\noslo b-loc\n\n",
        [("ann lee in oslo", [("per", 0, 7), ("loc", 11, 15)])],
    ),
    # 29: CR alone ends lines
    "cr-only": ("Ann B-PER\rleft O\r\rOslo B-LOC\r", [ANN_LEFT, OSLO]),
    "crlf": ("Ann B-PER\r\nleft O\r\n\r\nOslo B-LOC\r\n", [ANN_LEFT, OSLO]),
    # 30: separators at the end, labels with blanks
    "trailing-tabs": ("Ann _ O B-PER\t\t\nlives _ O O\t\nin _ O O\nOslo _ O B-LOC\n", ANN_LIVES),
    "trailing-tab-columns": ("Ann\tB-PER\t\nlives\tO\t\nin\tO\t\nOslo\tB-LOC\t\n", ANN_LIVES),
    "trailing-tab-some": ("Ann\tB-PER\t\nlives\tO\nin\tO\nOslo\tB-LOC\t\t\n", ANN_LIVES),
    "label-studio": (
        "-DOCSTART- -X- O\nInvoice -X- _ O\n4711 -X- _ B-Invoice Number\n\nOslo -X- _ B-City\n. -X- _ O\n\n",
        [("Invoice 4711\nOslo .", [("Invoice Number", 8, 12), ("City", 13, 17)])],
    ),
    "label-studio-long": (
        "-DOCSTART- -X- O\nNo -X- _ O\n47 -X- _ B-Invoice Number\n11 -X- _ I-Invoice Number\n\n",
        [("No 47 11", [("Invoice Number", 3, 8)])],
    ),
    # words that are white space
    "space-word": ("Ann\tB-PER\n \tO\nleft\tO\n\nOslo\tB-LOC\n", [ANN_LEFT, OSLO]),
    "space-word-in-entity": (
        "In\tO\nNew\tB-LOC\n\u00a0\tI-LOC\nYork\tI-LOC\nnow\tO\n\nOslo\tB-LOC\n",
        [("In New York now", [("LOC", 3, 11)]), OSLO],
    ),
    "space-word-first": ("\u3000\tO\nAnn\tB-PER\nleft\tO\n\nOslo\tB-LOC\n", [ANN_LEFT, OSLO]),
    "space-word-grouped": (
        "-DOCSTART-\tO\n\n \tO\nAnn\tB-PER\nleft\tO\n\nOslo\tB-LOC\n",
        [("Ann left\nOslo", [("PER", 0, 3), ("LOC", 9, 13)])],
    ),
    # header rows
    "header-tabs": ("word\ttag\nAnn\tB-PER\nleft\tO\n\nOslo\tB-LOC\n", [ANN_LEFT, OSLO]),
    "header-tokens": ("token\tpos\tner\nAnn\tN\tB-PER\nleft\tV\tO\n\nOslo\tN\tB-LOC\n", [ANN_LEFT, OSLO]),
    "header-tag-not-last": (
        "Word\tNER\tPOS\nAnn\tB-PER\tN\nleft\tO\tV\n\nOslo\tB-LOC\tN\n",
        [ANN_LEFT, OSLO],
    ),
    "header-then-blank": ("word\ttag\n\nAnn\tB-PER\nleft\tO\n\nOslo\tB-LOC\n", [ANN_LEFT, OSLO]),
    "header-spaces": ("TOKEN TAG\nAnn B-PER\nleft O\n\nOslo B-LOC\n", [ANN_LEFT, OSLO]),
    # comments
    "comment-tabs": (
        "#\thttp://x.example\t[2020]\t!\nAnn\tB-PER\nleft\tO\n\n# a\tb\nOslo\tB-LOC\n",
        [ANN_LEFT, OSLO],
    ),
    "comment-two-columns": (
        "# source\tnews\nAnn\tB-PER\nleft\tO\n\n# source\tweb\nOslo\tB-LOC\n",
        [ANN_LEFT, OSLO],
    ),
    "comment-key": ("# newdoc id = 1\nAnn B-PER\nleft O\n\n# text = Oslo\nOslo B-LOC\n", [ANN_LEFT, OSLO]),
    "word-that-is-a-hash": (
        "Ann B-PER\n# O\n1 O\n\n# O\nOslo B-LOC\n",
        [("Ann # 1", [("PER", 0, 3)]), ("# Oslo", [("LOC", 2, 6)])],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_right(tmp_path: Path, case: str) -> None:
    text, right = CASES[case]
    assert read_file(tmp_path, text) == right


@pytest.mark.parametrize("case", CASES)
def test_the_suffix_changes_nothing(tmp_path: Path, case: str) -> None:
    text, right = CASES[case]
    for suffix in (".txt", ".tsv", ".conll"):
        assert read_file(tmp_path, text, f"data{suffix}") == right


def test_the_column_after_the_tags_may_look_like_words(tmp_path: Path) -> None:
    """30: the third column says whether a space follows."""
    text = "It O +\nis O +\na O +\nFrench B-LOC -\n- O -\nspeaking O +\ntown O -\n. O +\n\n"
    right = [("It is a French - speaking town .", [("LOC", 8, 14)])]
    assert read_file(tmp_path, text) == right
    assert read_file(tmp_path, text, tag_column=2, format="conll") == right


def test_a_word_with_a_blank_costs_its_sentence_only(tmp_path: Path) -> None:
    """30: columns between spaces, and a word of two."""
    text = "Name _ O I-PER\t\t\nLast Name _ O I-PER\nis _ O O\n\nAnn _ O I-PER\t\nlives _ O O\n\n"
    with pytest.raises(DataError, match="blank") as caught:
        read_file(tmp_path, text)
    assert (caught.value.code, caught.value.line) == ("column-count", 2)
    log = ReadLog()
    assert read_file(tmp_path, text, log=log, on_error="skip") == [("Ann lives", [("PER", 0, 3)])]
    assert log.problem_counts["column-count"] == 1


def test_the_tag_column_may_be_named(tmp_path: Path) -> None:
    """03: a tag column that is the first is never taken for the words."""
    text = CASES["mit-movie"][0]
    for options in ({"tag_column": 1}, {"word_column": 2}, {"tag_column": 1, "word_column": 2}):
        assert read_file(tmp_path, text, **options) == CASES["mit-movie"][1]


def test_cr_alone_is_said(tmp_path: Path) -> None:
    log = ReadLog()
    read_file(tmp_path, CASES["cr-only"][0], log=log)
    assert log.problem_counts["cr-line-ends"] == 1


TOKENS = "John\nSmith\nlives\nin\nNew\nYork\n.\n\nHe\nleft\n"
"""28: words one a line, without tags."""


@pytest.mark.parametrize("format", ["conll", "tokens", None])
def test_words_one_a_line_are_sentences(tmp_path: Path, format: str | None) -> None:
    found = read_file(tmp_path, TOKENS, gold=False, format=format)
    assert found == [("John Smith lives in New York .", []), ("He left", [])]


def test_wrong_gold_does_not_matter_where_none_is_wanted(tmp_path: Path) -> None:
    text = "Ann B-PER\nleft Q-X\n\nOslo I-\nis Q\n\nBonn B-LOC\n"
    with pytest.raises(DataError):
        read_file(tmp_path, text, format="conll")
    found = [text for text, _ in read_file(tmp_path, text, format="conll", gold=False)]
    assert found == ["Ann left", "Oslo is", "Bonn"]
