"""Small corpora written by hand, and a strategy for any."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from onoma.inspection import SplitReport, find_parts, inspect_parts
from onoma.readers import ReadOptions
from onoma.text import Document, document_from_sentences

WORDS = ("Anna", "saw", "NATO", "in", "Bonn", ",", "42", "eBay", "день")
LABELS = ("PER", "LOC", "ORG")


def inspect(*data: object, **options: Any) -> dict[str, SplitReport]:
    """Inspect files or folders and return the reports by split."""
    given = {"on_error": "skip", **options}
    found = inspect_parts(find_parts([str(item) for item in data]), ReadOptions(**given))
    return {split.name: split for split in found.splits}


def write_columns(path: Path, *sentences: str, docstart: bool = False) -> Path:
    """Write sentences such as ``Anna/B-PER saw Bonn/B-LOC``; a word without a tag is outside."""
    blocks = []
    for sentence in sentences:
        rows = [word if "/" in word else f"{word}/O" for word in sentence.split(" ")]
        blocks.append("".join(row.replace("/", " ") + "\n" for row in rows) + "\n")
    path.write_text(("-DOCSTART- O\n\n" if docstart else "") + "".join(blocks), encoding="utf-8")
    return path


def write_spans(path: Path, *records: dict[str, Any]) -> Path:
    """Write a span JSONL file."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def entities(*spans: tuple[int, int, str]) -> list[dict[str, Any]]:
    """Return entities as span JSONL has them."""
    return [{"start": start, "end": end, "label": label} for start, end, label in spans]


@st.composite
def corpora(draw: st.DrawFn) -> list[Document]:
    """Documents of few words and labels, so that everything repeats; entities may nest and cross."""
    return [draw(_documents(number)) for number in range(draw(st.integers(0, 6)))]


@st.composite
def _documents(draw: st.DrawFn, number: int) -> Document:
    sentences = draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), max_size=3))
    spans = []
    for index, words in enumerate(sentences):
        places = st.integers(0, len(words) - 1)
        for first, last in draw(st.lists(st.tuples(places, places), max_size=3)):
            spans.append((index, min(first, last), max(first, last) + 1, draw(st.sampled_from(LABELS))))
    labels = draw(st.none() | st.lists(st.sampled_from(LABELS), max_size=2).map(tuple))
    return document_from_sentences(f"d{number}", sentences, sorted(set(spans)), labels)


def all_sentences(documents: Iterable[Document]) -> list[tuple[str, Sequence[tuple[int, int, str]]]]:
    """Text and tagging of each sentence, the plain way."""
    found = []
    for document in documents:
        for first, last in document.sentences:
            start, end = document.tokens[first].start, document.tokens[last - 1].end
            tagging = [
                (span.start - start, span.end - start, span.label)
                for span in document.entities
                if start <= span.start < end
            ]
            found.append((document.text[start:end], tuple(tagging)))
    return found
