"""Text for people is never taken for a corpus: a file of it is read exactly as from standard input."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from onoma.readers import ReadOptions
from onoma.readers.inputs import read_inputs

SUFFIXES = (".txt", ".md", ".log", "")
TAILS = (
    "O",
    "B-12",
    "I-95",
    "B-52",
    "E-mail",
    "S-300",
    "M-16",
    "L-5",
    "B",
    "I",
    "O.",
    "42",
    "3.14",
    "A:B",
    "-",
)
NAMES = ("Anna", "Oslo", "B-52", "Иван", "Тула", "Zürich", "the", "of", "and", "в", "on", "I", "O", "A")
HAN = (
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么"
)


def read(path: Path) -> list[str]:
    """The documents of a file as ``onoma predict`` reads it."""
    options = ReadOptions(gold=False, on_misaligned="expand")
    documents = read_inputs([str(path)], lambda _: options, given=options, tell=lambda _: None)
    return [document.text for document in documents]


def check(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="")
    expected = [line for line in content.split("\n") if line.strip()]
    assert read(path) == expected, content[:500]


def pieces(corpus: Path, count: int, random: random.Random) -> Iterator[str]:
    """Parts of a file of text, cut at random characters, of one line to some hundred."""
    with gzip.open(corpus, "rt", encoding="utf-8", newline="\n") as stream:
        text = stream.read(3_000_000)
    for _ in range(count):
        size = random.choice((20, 80, 300, 1_500, 20_000))
        start = random.randrange(len(text) - size)
        yield text[start : start + size].replace("\r", " ")


@pytest.mark.parametrize(
    "name", ["en_news_reuters21578", "en_wiki_new_articles", "ru_news_rt", "ru_literature_ruslit"]
)
def test_pieces_of_real_text(shared_data: Path, tmp_path: Path, name: str) -> None:
    corpus = shared_data / "text" / f"{name}.txt.gz"
    if not corpus.is_file():
        pytest.skip(f"{corpus.name} is not there")
    chance = random.Random(name)
    for number, piece in enumerate(pieces(corpus, 75, chance)):
        check(tmp_path / f"piece{SUFFIXES[number % 4]}", piece)


def words(chance: random.Random, count: int) -> list[str]:
    return [chance.choice((*NAMES, *TAILS)) for _ in range(count)]


def a_list(chance: random.Random) -> str:
    mark = chance.choice(("- ", "* ", "1. ", "", "\t", "• "))
    rows = (f"{mark}{chance.choice(NAMES)} {chance.choice(TAILS)}" for _ in range(chance.randint(1, 30)))
    return "\n".join(rows) + "\n"


def a_numbered_list(chance: random.Random) -> str:
    mark = chance.choice((". ", ") ", " ", "\t", ": "))
    rows = range(1, chance.randint(2, 20))
    return "".join(f"{row}{mark}{' '.join(words(chance, chance.randint(1, 4)))}\n" for row in rows)


def a_letter(chance: random.Random) -> str:
    lines = [f"Dear {chance.choice(NAMES)},", ""]
    indent = chance.choice(("", "\t", "    ", "> "))
    lines += [indent + " ".join(words(chance, chance.randint(1, 12))) for _ in range(chance.randint(1, 12))]
    lines += [chance.choice(("", "\t")), "Yours:", chance.choice(NAMES)]
    return "\n".join(lines)


def a_poem(chance: random.Random) -> str:
    verses = (
        "\n".join(" ".join(words(chance, chance.randint(2, 6))) for _ in range(4))
        for _ in range(chance.randint(1, 6))
    )
    return "\n\n".join(verses) + chance.choice(("", "\n"))


def a_log(chance: random.Random) -> str:
    mark = chance.choice(("\t", " ", ": "))
    rows = (
        mark.join((f"2024-01-{day:02}", chance.choice(("INFO", "WARN")), " ".join(words(chance, 3))))
        for day in range(1, chance.randint(2, 28))
    )
    return "\n".join(rows)


def a_table_of_figures(chance: random.Random) -> str:
    mark = chance.choice(("\t", ", ", "; ", " | ", ":\t"))
    rows = (
        mark.join((chance.choice(NAMES), str(chance.randint(0, 99)), str(chance.randint(0, 99))))
        for _ in range(chance.randint(2, 20))
    )
    return "\n".join(rows)


def a_schedule(chance: random.Random) -> str:
    mark = chance.choice((" ", "\t"))
    rows = (
        f"{chance.choice(NAMES)}{mark}{chance.choice('BIESLM')}-{chance.randint(1, 99)}"
        for _ in range(chance.randint(1, 25))
    )
    return "\n".join(rows)


def a_chat(chance: random.Random) -> str:
    rows = (f"{chance.choice(NAMES)}: {' '.join(words(chance, 5))}" for _ in range(chance.randint(1, 15)))
    return "\n".join(rows)


def a_dialogue_of_brackets(chance: random.Random) -> str:
    marks = ("[", "{", "<", "#", '"', "(", "|")
    rows = (chance.choice(marks) + " ".join(words(chance, 4)) for _ in range(chance.randint(1, 10)))
    return "\n".join(rows)


def chinese(chance: random.Random) -> str:
    def sentence() -> str:
        return "".join(chance.choice(HAN) for _ in range(chance.randint(2, 20))) + chance.choice("。，！：")

    lines = ("".join(sentence() for _ in range(chance.randint(1, 5))) for _ in range(chance.randint(1, 12)))
    return chance.choice(("\n", "\n\n", "\n\t")).join(lines)


GENERATORS = (
    a_list,
    a_numbered_list,
    a_letter,
    a_poem,
    a_log,
    a_table_of_figures,
    a_schedule,
    a_chat,
    a_dialogue_of_brackets,
    chinese,
)


@pytest.mark.parametrize("generate", GENERATORS, ids=lambda one: one.__name__)
def test_generated_text(tmp_path: Path, generate) -> None:
    chance = random.Random(generate.__name__)
    for number in range(20):
        check(tmp_path / f"text{SUFFIXES[number % 4]}", generate(chance))


def test_a_letter_with_tabs(tmp_path: Path) -> None:
    check(tmp_path / "letter.txt", "\tDear Ann Lee,\n\t\nI live in Oslo.\n")


def test_a_corpus_is_still_one(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("John B-PER\nlives O\nin O\nOslo B-LOC\n\nAnn B-PER\nleft O\n", encoding="utf-8")
    assert read(path) == ["John lives in Oslo", "Ann left"]
