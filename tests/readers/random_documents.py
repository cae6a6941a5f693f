"""Seeded documents in English, Russian and Chinese, with entities: what files of all formats are made of."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from onoma.text import Document, document_from_sentences

LANGUAGES = ("en", "ru", "zh")
_NAMES: dict[str, dict[str, Sequence[str]]] = {
    "en": {
        "PER": ("Ann Lee", "John Smith", "Mary", "O'Neil", "Dr. Who", "Kim"),
        "LOC": ("New York", "Oslo", "the Rhine", "U.S.", "Bonn"),
        "ORG": ("ACME Corp", "BBC", "Bank of Oslo", "AT&T"),
        "DATE": ("May 5", "1999", "last year"),
    },
    "ru": {
        "PER": ("Анна Ли", "Иван Петров", "Мария", "Пётр I"),
        "LOC": ("Москве", "Нижний Новгород", "Волге", "США"),
        "ORG": ("Газпром", "МГУ", "Банк России"),
        "DATE": ("5 мая", "1999 год"),
    },
    "zh": {
        "PER": ("张 三", "李 小 明"),
        "LOC": ("北 京", "上 海 市"),
        "ORG": ("清 华 大 学", "腾 讯"),
        "DATE": ("五 月", "今 年"),
    },
}
_WORDS = {
    "en": "the|a|left|met|in|of|said|was|saw|today|,|and|it|'s|not|42|%|with|old|house|river|-|(|)",
    "ru": "он|она|и|в|на|уехал|сказал|был|дом|,|река|старый|не|42|%|отчёт|сегодня|-|«|»",
    "zh": "他|她|在|是|了|说|去|的|，|我|们|天|气|很|好|和",
}
_ENDS = {"en": (".", "!", "?"), "ru": (".", "!", "..."), "zh": ("。", "！")}


def random_document(draw: Random, id: str, language: str | None = None, *, sentences: int = 3) -> Document:
    """Return a document of one to so many sentences; entities are flat and never cross a sentence.

    Args:
        draw: source of chance; the same one gives the same document.
        id: of the document.
        language: one of `LANGUAGES`; None draws one.
        sentences: how many at most.
    """
    language = language or draw.choice(LANGUAGES)
    words: list[list[str]] = []
    spans: list[tuple[int, int, int, str]] = []
    for number in range(draw.randint(1, sentences)):
        sentence: list[str] = []
        for _ in range(draw.randint(3, 12)):
            if draw.random() < 0.3:
                label = draw.choice(sorted(_NAMES[language]))
                name = draw.choice(_NAMES[language][label]).split(" ")
                spans.append((number, len(sentence), len(sentence) + len(name), label))
                sentence += name
            sentence.append(draw.choice(_WORDS[language].split("|")))
        words.append([*sentence, draw.choice(_ENDS[language])])
    return document_from_sentences(id, words, spans)


def random_documents(draw: Random, count: int, *, sentences: int = 3) -> list[Document]:
    """Return documents of one language, at least one entity among them."""
    language = draw.choice(LANGUAGES)
    while True:
        found = [
            random_document(draw, f"d{number}", language, sentences=sentences) for number in range(count)
        ]
        if any(document.entities for document in found):
            return found


def random_text(draw: Random, language: str) -> str:
    """Return a piece of plain text: sentences, in lines, in paragraphs, or all in one."""
    sentences = []
    for _ in range(draw.randint(1, 30)):
        (text,) = random_document(draw, "", language, sentences=1).text.split("\n")
        for mark in (",", ".", "!", "?", "%", "'s", "...", ")", "»"):
            text = text.replace(f" {mark}", mark)
        sentences.append(text.replace(" ", "") if language == "zh" else text[:1].upper() + text[1:])
    joint = draw.choice((" ", "\n", "\n\n", "\r\n", "\n- "))
    return joint.join(sentences) + draw.choice(("", "\n"))
