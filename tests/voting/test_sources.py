"""The kinds of sources: what each names, what it refuses, and in which words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from onoma.errors import ConfigError, ModelError, OnomaError
from onoma.resources import example_rules
from onoma.teachers.marginals import best_spans
from onoma.text import Document
from onoma.tokenize import get_tokenizer
from onoma.voting.labeller import labellers_of
from onoma.voting.rules import OpenSource, ballot_of, open_sources
from onoma.voting.source import Context
from onoma.voting.stems import stem

TOKENIZER = get_tokenizer("onoma")


def sources(folder: Path, rules: str, functions: Path | None = None) -> list[OpenSource]:
    path = folder / "rules.toml"
    path.write_text(rules, encoding="utf-8")
    found = labellers_of(functions) if functions else {}
    return open_sources(path, Context(folder, TOKENIZER, 0, found), dict.fromkeys(found, "FILE.py"))


def said(source: OpenSource, *texts: str) -> list[list[tuple[str, str]]]:
    """What a source names in some texts, with its labels."""
    documents = [TOKENIZER.document(Document(str(number), text)) for number, text in enumerate(texts)]
    found = []
    for document, rows in zip(documents, source.teacher.teach(documents), strict=True):
        np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)
        spans = best_spans(rows, source.teacher.labels)
        found.append([(" ".join(document.words[first:end]), label) for first, end, label, _ in spans])
    return found


def test_words_are_whole_and_the_longest_wins(tmp_path: Path) -> None:
    (one,) = sources(tmp_path, '[[words]]\nlist = ["York", "New York", "in"]\nlabel = "LOC"')
    assert said(one, "New York and York, within Yorkshire; new york.") == [
        [("New York", "LOC"), ("York", "LOC")]
    ]
    assert said(one, "He came in. York.") == [[("in", "LOC"), ("York", "LOC")]]


def test_rows_of_a_table_that_lack_something_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "places.csv").write_text("name,type\nOslo,LOC\n,LOC\nRome,\n")
    (one,) = sources(tmp_path, '[[words]]\nfile = "places.csv"\nlabel_column = "type"')
    assert said(one, "Oslo, Rome.") == [[("Oslo", "LOC")]]
    assert "2 rows without a phrase or without a label are passed over" in caplog.text


def test_words_without_regard_to_case_or_endings(tmp_path: Path) -> None:
    rules = '[[words]]\nlist = ["Москва", "Red Fox"]\nlabel = "X"\n'
    texts = ("В Москве и москва; Москвой, Москворечье.", "Red foxes, Red Fox.")
    (plain,) = sources(tmp_path, rules)
    assert said(plain, *texts) == [[], [("Red Fox", "X")]]
    (cases,) = sources(tmp_path, rules + "ignore_case = true")
    assert said(cases, *texts)[0] == [("москва", "X")]
    (stems,) = sources(tmp_path, rules + "lemma = true")
    assert said(stems, *texts)[0] == [("Москве", "X"), ("Москвой", "X")]
    (both,) = sources(tmp_path, rules + "lemma = true\nignore_case = true")
    assert len(said(both, *texts)[0]) == 3


def test_words_are_found_in_every_normal_form_and_width(tmp_path: Path) -> None:
    rules = "[[words]]\nlabel = 'X'\nlist = ['M\u00fcller', 'Андрей', 'ABC', 'カ\u3099ス']\n"
    text = "Mu\u0308ller M\u00fcller Андреи\u0306 ＡＢＣ abc ガス ｶﾞｽ x²"
    (plain,) = sources(tmp_path, rules)
    found = [
        "Mu\u0308ller",
        "M\u00fcller",
        "Андреи\u0306",
        "ＡＢＣ",
        "ガ ス",
        "ｶﾞ ｽ",
    ]  # words, parted by spaces
    assert [one for one, _ in said(plain, text)[0]] == found
    (both,) = sources(tmp_path, rules + "ignore_case = true\nlemma = true")
    assert len(said(both, text.upper())[0]) == 7
    (number,) = sources(tmp_path, "[[words]]\nlabel = 'X'\nlist = ['x2']")
    assert said(number, "x² x2") == [[("x2", "X")]]


def test_turkish_letters_have_no_case_either(tmp_path: Path) -> None:
    rules = "[[words]]\nlabel = 'X'\nlist = ['istanbul', 'ısparta', 'İzmir']\nignore_case = true"
    (cases,) = sources(tmp_path, rules)
    text = "İSTANBUL İstanbul ISTANBUL I\u0307stanbul i\u0307stanbul ISPARTA Isparta ısparta izmir IZMIR"
    assert [one for one, _ in said(cases, text)[0]] == text.split()


@pytest.mark.parametrize(
    "forms",
    [
        ("Россия", "России", "Россию", "Россией"),
        ("Путин", "Путина", "Путиным", "Путину"),
        ("Пётр", "Петра", "Петром"),
        ("река", "реки", "реке", "реками"),
        ("city", "cities"),
        ("United", "United"),
        ("Bus", "Bus"),
        ("中国", "中国"),
    ],
)  # fmt: skip
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_stems_leave_something() -> None:
    assert [stem(word) for word in ("а", "ая", "или", "us", "gas", "Боб", "")] == [
        "а", "ая", "или", "us", "gas", "Боб", ""
    ]  # fmt: skip


def test_tables_have_columns(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text('id;name;type\n1;Oslo;CITY\n2;"Rio; Grande";RIVER\n3;x;\n')
    (tmp_path / "places.tsv").write_text("name\tkind\nOslo\tCITY\n")
    (tmp_path / "places.txt").write_text("Oslo\n\n  Rome \n")
    (one,) = sources(
        tmp_path,
        '[[words]]\nfile = "places.csv"\ncolumn = "name"\nlabel_column = "type"\nmap = { CITY = "LOC" }',
    )
    assert one.teacher.labels == ("LOC", "RIVER")
    assert said(one, "Oslo is not on Rio; Grande, x.") == [[("Oslo", "LOC"), ("Rio ; Grande", "RIVER")]]
    for file in ("places.tsv", "places.txt"):
        (one,) = sources(tmp_path, f'[[words]]\nfile = "{file}"\nlabel = "A"')
        assert said(one, "Oslo.") == [[("Oslo", "A")]]


def test_a_word_of_two_labels_gives_each_a_half(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name,type\nFord,PER\nFord,ORG\nBMW,ORG\n")
    (one,) = sources(
        tmp_path, '[[words]]\nfile = "names.csv"\nlabel_column = "type"\nconfidence = 0.8\nname = "n"'
    )
    (rows,) = one.teacher.teach([TOKENIZER.document(Document("1", "Ford, BMW"))])
    np.testing.assert_allclose(rows[0], [0.2, 0, 0, 0, 0.4, 0, 0, 0, 0.4], atol=1e-6)
    np.testing.assert_allclose(rows[2], [0.2, 0, 0, 0, 0.8, 0, 0, 0, 0], atol=1e-6)


def test_patterns_with_groups(tmp_path: Path) -> None:
    (one,) = sources(
        tmp_path,
        "[[patterns]]\nlabel = 'PER'\ngroup = 'who'\npatterns = ['Mrs? (?P<who>[A-Z]\\w+)', '(?P<who>Bo)b?']",
    )
    assert said(one, "Mr Smith met Mrs Jones, Bob and Bo.", "") == [
        [("Smith", "PER"), ("Jones", "PER"), ("Bob", "PER"), ("Bo", "PER")],
        [],
    ]
    (one,) = sources(tmp_path, "[[patterns]]\nlabel = 'X'\nignore_case = true\npattern = 'a(b)?|'\ngroup = 1")
    assert said(one, "AB a ab.") == [[("AB", "X"), ("ab", "X")]]


def test_a_hostile_pattern_ends(tmp_path: Path) -> None:
    (one,) = sources(tmp_path, "[[patterns]]\nname = 'bad'\nlabel = 'X'\npattern = '(a+)+b'\nseconds = 0.2")
    assert said(one, "aab") == [[("aab", "X")]]
    with pytest.raises(ModelError, match=r"\(a\+\)\+b.* more than 0.2 s of processor time on the text \[aaa"):
        said(one, "b", "a" * 60)
    assert said(one, "aab") == [[("aab", "X")]]  # it goes on with other texts


def test_the_process_of_the_patterns_ends_with_them(tmp_path: Path) -> None:
    (one,) = sources(tmp_path, "[[patterns]]\nlabel = 'X'\npattern = 'a'")
    process = one.teacher._process
    assert process.poll() is None
    one.teacher._close()
    assert process.returncode == 0


def test_predictions_and_models(tmp_path: Path) -> None:
    text = "Anna Berg flew to Oslo."
    entities = [
        {"start": 0, "end": 9, "label": "person", "score": 0.7},
        {"start": 18, "end": 22, "label": "x"},
    ]
    (tmp_path / "theirs.jsonl").write_text(json.dumps({"text": text, "entities": entities}) + "\n")
    theirs, model = sources(
        tmp_path,
        '[[predictions]]\nfile = "theirs.jsonl"\nmap = { person = "PER", x = "" }\n'
        '[[models]]\nmodel = "en"\nname = "mine"\n',
    )
    assert (theirs.name, model.name) == ("theirs.jsonl", "mine")
    assert theirs.teacher.labels == ("PER",)
    assert said(theirs, text) == [[("Anna Berg", "PER")]]
    assert ("Oslo", "geo") in said(model, text)[0]
    assert ballot_of([theirs, model]).labels[0] == "PER"


FUNCTIONS = """
from onoma.voting.labeller import Labeller

def find(document):
    for token in document.tokens:
        if token.text.endswith("ville"):
            yield token.start, token.end, "LOC"
        if token.text == "boom":
            raise RuntimeError("no\\nway")
        if token.text == "odd":
            yield 0, 9999, "LOC"
        if token.text == "other":
            yield 0, 1, "ELSE"

VILLES = Labeller("villes", ("LOC",), find)
"""


def test_functions_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(FUNCTIONS)
    (one,) = sources(tmp_path, "", path)
    assert (one.name, one.kind) == ("villes", "functions")
    assert said(one, "In Nashville.") == [[("Nashville", "LOC")]]
    (two,) = sources(tmp_path, '[[functions]]\nfunction = "villes"\nmap = { LOC = "X" }', path)
    assert said(two, "Nashville") == [[("Nashville", "X")]]
    digest = one.teacher.digest
    for text, what in (
        ("boom", r"'villes' fails: RuntimeError: no\\nway, on the text \[boom\]"),
        ("odd", "gives 0 to 9999, no place of the text"),
        ("other", "the label ELSE, which is not among its labels"),
    ):
        with pytest.raises(ModelError, match=what) as caught:
            said(one, text)
        assert "\n" not in str(caught.value)
    path.write_text(FUNCTIONS + "\n# changed\n")
    (one,) = sources(tmp_path, "", path)
    assert one.teacher.digest != digest


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "no such file"),
        ("x = 1", "holds no Labeller"),
        ("1/0", "fails when it is run: ZeroDivisionError"),
        ("import sys; sys.exit(0)", "fails when it is run: SystemExit"),
        (FUNCTIONS + "B = Labeller('villes', (), find)", "two functions are called 'villes'"),
    ],
)
def test_files_without_functions(tmp_path: Path, code: str | None, said: str) -> None:
    path = tmp_path / "mine.py"
    if code is not None:
        path.write_text(code)
    with pytest.raises(ConfigError, match=said):
        labellers_of(path)


WRONG = [
    ("", "names no source"),
    ("x = [", "not a TOML file"),
    ("[[word]]\nlist = ['a']", "unknown kind of source 'word'; did you mean 'words'?"),
    ("[words]\nlist = ['a']", "each under [[words]]"),
    ("[[words]]\nlisst = ['a']\nname = 'w'", "words 1 'w': unknown key 'lisst'; did you mean 'list'?"),
    ("[[words]]\nlist = 3\nlabel = 'X'", "words 1: list: "),
    ("[[words]]\nlist = ['a']", "label: give one"),
    ("[[words]]\nlabel = 'X'", "list: give words"),
    ("[[words]]\nlist = ['']\nlabel = 'X'", "holds no word"),
    ("[[words]]\nfile = 'no.txt'\nlabel = 'X'", "no.txt: no such file"),
    ("[[words]]\nfile = 'a.csv'\nlabel = 'X'\ncolumn = 'nam'", "no column 'nam'; did you mean 'name'?"),
    ("[[words]]\nlist = ['a']\ncolumn = 'b'\nlabel = 'X'", "only a table has columns"),
    ("[[words]]\nlist = ['a']\nlabel = 'X'\nmap = { X = '' }", "no label is left"),
    ("[[words]]\nlist = ['a']\nlabel = 'X'\nconfidence = 2", "confidence: "),
    ("[[patterns]]\npattern = 'a'", "label: "),
    ("[[patterns]]\nlabel = 'X'", "pattern: give one"),
    ("[[patterns]]\nlabel = 'X'\npattern = '(a'", "pattern [(a] is no regular expression: missing )"),
    ("[[patterns]]\nlabel = 'X'\npattern = 'a'\ngroup = 1", "has no group 1"),
    ("[[patterns]]\nlabel = 'X'\npattern = 'a'\ngroup = 'b'", "has no group b"),
    ("[[models]]\nmodel = 'enn'", "models 1: enn: no such run or bundle"),
    ("[[predictions]]\nfile = 'no.jsonl'", "no.jsonl: no such file"),
    ("[[functions]]\nfunction = 'f'", "there is no 'f'"),
    ("[[words]]\nlist = ['a']\nlabel = 'X'\nname = 'q'\n" * 2, "another source is called 'q'"),
]


@pytest.mark.parametrize(("rules", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_rules_are_one_line_with_file_and_key(tmp_path: Path, rules: str, said: str) -> None:
    (tmp_path / "a.csv").write_text("name,type\nA,B\n")
    with pytest.raises(OnomaError) as caught:
        sources(tmp_path, rules)
    assert said in str(caught.value)
    assert str(tmp_path / "rules.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_example_works_in_both_languages(tmp_path: Path) -> None:
    found = {one.name: one for one in sources(tmp_path, example_rules().read_text(encoding="utf-8"))}
    english = "President John Smith of Acme Steel Corp met Mary Jones in New York."
    russian = "Президент Иванов был в Москве, а А. С. Пушкин и министр Петрова из ООО «Рога» — в России."
    assert said(found["places"], english) == [[("New York", "LOC")]]
    assert said(found["titles"], english, russian) == [
        [("John Smith", "PER")],
        [("Петрова", "PER")],
    ]
    assert said(found["company endings"], english, russian) == [
        [("Acme Steel Corp", "ORG")],
        [("ООО « Рога »", "ORG")],
    ]
    assert said(found["first name and surname"], english) == [[("John Smith", "PER"), ("Mary Jones", "PER")]]
    assert said(found["места"], russian) == [[("Москве", "LOC"), ("России", "LOC")]]
    assert [label for _, label in said(found["имя и фамилия"], russian)[0]] == ["PER"]
