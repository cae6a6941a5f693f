"""Which columns are the words, the tags, the labels, the sentences: the same wherever they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_documents

NAMES = ("Ann", "Bo", "Mary", "Ivan", "Zoe", "Olga", "Ken", "Lea", "Tom", "Uma")
PLACES = ("Oslo", "Rome", "Paris", "Bonn", "Kyiv", "Tula", "Lyon")
VERBS = ("left", "saw", "likes", "avoids", "knows")
Token = tuple[str, str, str, str]

SENTENCES: list[list[Token]] = [
    [
        (NAMES[n % 10], "NNP", "B-NP", "B-PER"),
        (f"{'DE'[n % 2]}{n}", "NNP", "I-NP", "I-PER"),
        (VERBS[n % 5], "VBZ", "B-VP", "O"),
        (PLACES[n % 7], "NNP", "B-NP", "B-LOC"),
        (".", ".", "O", "O"),
    ]
    for n in range(40)
]
ENTITIES = [
    entity
    for n in range(40)
    for entity in (("PER", f"{NAMES[n % 10]} {'DE'[n % 2]}{n}"), ("LOC", PLACES[n % 7]))
]

LAYOUTS: dict[str, Callable[[int, int, Token], tuple[str, ...]]] = {
    "document-first": lambda n, at, token: (f"doc{n // 10}", token[0], token[3]),
    "sentence-first": lambda n, at, token: (f"s-{n}", token[0], token[3]),
    "offsets-first": lambda n, at, token: (str(at * 4), str(at * 4 + 3), token[0], token[3]),
    "file-and-zeros-first": lambda n, at, token: ("news.txt", "0", "0", token[0], token[1], token[3]),
    "part-of-speech-first": lambda n, at, token: (token[1], token[0], token[3]),
    "tag-first-word-last": lambda n, at, token: (token[3], token[1], token[0]),
    "small-letters-first": lambda n, at, token: (token[0].lower(), token[0], token[3]),
    "chunk-last": lambda n, at, token: (token[0], token[3], token[2]),
    "prefix-then-label": lambda n, at, token: (token[0], token[3][0], token[3][2:] or "O"),
    "label-then-prefix": lambda n, at, token: (token[0], token[3][2:] or "_", token[3][0]),
    "ids-first": lambda n, at, token: (f"T{at + 1}", token[0], token[3]),
    "long-ids-second": lambda n, at, token: (token[0], f"tok_{n}.{at}", token[3]),
    "offsets-second": lambda n, at, token: (token[0], f"{n * 90 + at * 7}-{n * 90 + at * 7 + 3}", token[3]),
    "as-conll-2003": lambda n, at, token: token,
    "numbered": lambda n, at, token: (str(at + 1), token[0], token[3]),
}


def read(path: Path, log: ReadLog | None = None) -> tuple[int, list[tuple[str, str]]]:
    documents = list(read_documents(path, ReadOptions(), log))
    found = [(e.label, document.text[e.start : e.end]) for document in documents for e in document.entities]
    return len(documents), found


def write(path: Path, row: Callable[[int, int, Token], tuple[str, ...]], between: str = "\n") -> Path:
    rows = (
        "".join("\t".join(row(n, at, token)) + "\n" for at, token in enumerate(sentence))
        for n, sentence in enumerate(SENTENCES)
    )
    path.write_text(between.join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("row", LAYOUTS.values(), ids=LAYOUTS)
def test_words_and_tags_are_found_wherever_they_stand(tmp_path: Path, row) -> None:
    assert read(write(tmp_path / "a.tsv", row)) == (40, ENTITIES)


def test_words_in_small_letters_are_words_beside_their_lemmas(tmp_path: Path) -> None:
    def row(n: int, at: int, token: Token) -> tuple[str, ...]:
        return token[0].lower(), token[0].lower().removesuffix("s"), token[3]

    found = read(write(tmp_path / "a.tsv", row))
    assert found == (40, [(label, text.lower()) for label, text in ENTITIES])


@pytest.mark.parametrize(
    "words",
    [
        ["नरेंद्र", "मोदी", "दिल्ली", "में", "रहते", "हैं"],
        ["สมชาย", "อยู่", "ที่", "เชียงใหม่", "กับ", "น้ำ"],
        ["תֵּל", "אָבִיב", "שָׁלוֹם", "דָּוִד", "בְּנֵי", "עִבְרִית"],
        ["ஜெயலலிதா", "சென்னையில்", "வாழ்ந்தார்", "என்று", "கூறினார்", "அவர்"],
    ],
    ids=["Devanagari", "Thai", "pointed Hebrew", "Tamil"],
)
def test_words_of_scripts_whose_vowels_are_marks_are_words(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "a.tsv"
    rows = [
        f"{word}\t{('noun', 'verb')[at % 2]}\t{'B-PER' if at == 0 else 'O'}\n"
        for at, word in enumerate(words)
    ]
    path.write_text("".join([*rows, "\n"]) * 40, encoding="utf-8")
    log = ReadLog()
    assert read(path, log) == (40, [("PER", words[0])] * 40)
    assert not log.problems


@pytest.mark.parametrize("name", ["{}", "s-{}", "news.txt#{}"])
def test_a_column_that_names_the_sentence_stands_for_blank_lines(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.tsv", lambda n, at, token: (name.format(n), token[0], token[3]), between="")
    assert read(path) == (40, ENTITIES)


def test_gold_beside_predictions_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", lambda n, at, token: (token[0], token[3], token[3] if n % 2 else "O"))
    log = ReadLog()
    assert read(path, log) == (40, [e for n in range(1, 40, 2) for e in ENTITIES[2 * n : 2 * n + 2]])
    (problem,) = log.problems
    assert problem.code == "tag-column"
    assert "--tag-column 2" in problem.message


def test_another_word_column_than_the_first_is_said(tmp_path: Path) -> None:
    log = ReadLog()
    read(write(tmp_path / "a.tsv", LAYOUTS["sentence-first"]), log)
    assert [problem.code for problem in log.problems] == ["word-column"]
    assert "column 2" in log.problems[0].message
    untagged = ReadLog()
    list(read_documents(tmp_path / "a.tsv", ReadOptions(gold=False), untagged))
    assert untagged.problems == log.problems


def test_any_white_space_alone_ends_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    for space in (" \t ", "\xa0", "\u3000", "\f", "\v", "  "):
        path.write_text(f"Ann\tB-PER\n{space}\nBo\tB-PER\n", encoding="utf-8")
        assert read(path) == (2, [("PER", "Ann"), ("PER", "Bo")]), repr(space)


def test_prose_that_begins_with_a_document_mark_is_no_column_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("-DOCSTART- is what John said.\nMary went home.\n", encoding="utf-8")
    with pytest.raises(DataError, match="no known format"):
        read(path)
