"""spaCy 2's training data: ``[{"id", "paragraphs": [{"raw", "sentences": [{"tokens": [...]}], "cats"}]}]``.

Also a document a line. A token is ``{"orth", "ner"}``, the tag in BILUO; ``-`` (nothing known) is read as
outside. Every paragraph is a document, as it is to spaCy. Where there is ``raw``, tokens are found in it,
else the text is the tokens joined by spaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from onoma.errors import DataError
from onoma.readers.columns.tag_lists import read_tags
from onoma.readers.evidence import CERTAIN, Evidence, weigh
from onoma.readers.json.entities import Item
from onoma.readers.json.fields import list_field
from onoma.readers.json.input import read_json
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.spacy_fields import Linked, read_cats
from onoma.text import Document

_KEYS = frozenset(("raw", "sentences", "cats", "entities"))
_UNKNOWN_TAG = "-"


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; the paragraphs of one of the file's documents are held at a time.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any paragraph.
    """
    records = _paragraphs(read_json(source, options, log))
    return read_records(records, source, options, log, partial(_translate, options))


def _paragraphs(records: Iterator[tuple[int, JsonObject]]) -> Iterator[tuple[int, JsonObject]]:
    for line, record in records:
        listed = record.get("paragraphs")
        if not isinstance(listed, list):
            yield line, {"paragraph": None, "shown": listed}
            continue
        id = record.get("id")
        for number, paragraph in enumerate(listed, 1):
            several = len(listed) > 1 and id is not None
            yield (
                line,
                {"id": f"{id}:{number}" if several else id, "paragraph": paragraph, "shown": paragraph},
            )


def _translate(options: ReadOptions, record: JsonObject, aside: Aside) -> JsonObject:
    paragraph = record["paragraph"]
    if not isinstance(paragraph, dict):
        what = "a document must have 'paragraphs', a list of objects"
        raise DataError(what, code="wrong-type", text=as_json(record["shown"]))
    aside.unknown |= paragraph.keys() - _KEYS
    raw = paragraph.get("raw")
    if raw is not None and not isinstance(raw, str):
        raise DataError("'raw' must be a string", code="no-text", text=as_json(raw))
    sentences = [_tokens(one) for one in list_field(paragraph, "sentences")]
    text = " ".join(word for words, _ in sentences for word in words) if raw is None else raw
    linked = Linked()
    entities: list[Item | DataError] = [linked.triple(one) for one in list_field(paragraph, "entities")]
    places: list[tuple[int, int]] = []
    ranges = []
    at = 0
    for words, tags in sentences:
        found = list(_find(words, text, at))
        at = found[-1][1] if found else at
        kept = [number for number, word in enumerate(words) if word and not word.isspace()]
        here = [found[number] for number in kept]
        entities += read_tags([tags[number] for number in kept], here, options, aside)
        if here:
            ranges.append([len(places), len(places) + len(here)])
            places += here
    return {
        "id": record.get("id"),
        "text": text,
        "entities": entities,
        "links": linked.links,
        "tokens": [list(place) for place in places] or None,
        "sentences": ranges or None,
        "labels": read_cats(paragraph.get("cats")),
        "unit": "codepoint",
    }


def _tokens(sentence: Any) -> tuple[list[str], list[str]]:
    """Return words and tags of a sentence."""
    words, tags = [], []
    for token in list_field(sentence, "tokens") if isinstance(sentence, dict) else [sentence]:
        word = token.get("orth") if isinstance(token, dict) else None
        tag = token.get("ner") if isinstance(token, dict) else None
        if not isinstance(word, str) or not word or not (tag is None or isinstance(tag, str)):
            what = "a sentence must have tokens, each with its text as 'orth' and its tag as 'ner'"
            raise DataError(what, code="bad-token", text=as_json(token))
        words.append(word)
        tags.append("O" if tag in (None, "", _UNKNOWN_TAG) else str(tag))
    return words, tags


def _find(words: Sequence[str], text: str, at: int) -> Iterator[tuple[int, int]]:
    """Yield the place of each word in the text; nothing but white space may lie between them."""
    for word in words:
        start = text.find(word, at)
        if start < 0 or text[at:start].strip():
            what = f"the token '{word}' does not come next in 'raw', after character {at}"
            raise DataError(what, code="bad-token", text=text[at : at + 40])
        at = start + len(word)
        yield start, at


def _sniff(sample: Sample) -> Evidence:
    return weigh(sample.json.values, _judge, "paragraphs of sentences of tokens")


def _judge(record: Any) -> float:
    paragraphs = record.get("paragraphs") if isinstance(record, dict) else None
    if not isinstance(paragraphs, list):
        return 0.0
    fits = all(isinstance(one, dict) and ("sentences" in one or "raw" in one) for one in paragraphs)
    return CERTAIN if fits else 0.0


FORMAT = Format(
    name="spacy-v2-json",
    description='spaCy 2\'s training JSON: [{"id", "paragraphs": [{"raw", "sentences": [{"tokens"}]}]}]',
    suffixes=(".json", ".jsonl"),
    sniff=_sniff,
    read=read,
    keys=("id", "paragraphs"),
    options=("scheme", *OFFSETS),
)
