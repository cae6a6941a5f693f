"""spaCy's DocBin (``.spacy``): read and written through spaCy itself, which must be installed.

Entities are ``doc.ents`` and, where nested ones are kept, the span group ``sc``; other groups are noted.
Document labels are the categories with a score of 0.5 or more.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from onoma.errors import DataError, MissingExtraError
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.surfaces import check_surface
from onoma.readers.unpacking import check_ratio
from onoma.text import Document, Ledger
from onoma.tokenize import tokenize_document

_GROUP = "sc"
_LEAST_SCORE = 0.5
_START_BYTES = 256
_PIECE_BYTES = 1 << 20


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; the file itself is held in memory, as spaCy does.

    Raises:
        MissingExtraError: spaCy is not installed.
        DataError: the file is no DocBin, or a fault of a document under ``on_error="strict"``.
    """
    return read_records(_records(source), source, options, log, _translate)


def _import_spacy(purpose: str) -> tuple[Any, Any]:
    try:
        return importlib.import_module("spacy"), importlib.import_module("spacy.tokens")
    except ImportError as error:
        raise MissingExtraError(f"spaCy to {purpose} DocBin files", "spacy") from error


def _records(source: Source) -> Iterator[tuple[int, JsonObject]]:
    """Yield (number, object with the spaCy document); numbers stand for lines, which there are none of."""
    spacy, tokens = _import_spacy("read")
    data = b"".join(source.blocks())
    _check_inside(data, source.name)
    vocab = spacy.blank("xx").vocab
    try:
        docs = list(tokens.DocBin().from_bytes(data).get_docs(vocab))
    except Exception as error:  # spaCy, zlib and msgpack raise errors of many kinds on other files
        raise DataError(
            f"not a DocBin that the installed spaCy can read ({type(error).__name__})",
            code="bad-docbin",
            path=source.name,
        ) from error
    for number, doc in enumerate(docs, 1):
        yield number, {"doc": doc}


def _check_inside(data: bytes, name: str) -> None:
    """Refuse a DocBin, which is packed by zlib, that unpacks to far more than it is."""
    unpacking = zlib.decompressobj()
    rest, size = data, 0
    with suppress(zlib.error):  # spaCy says what is wrong with it
        while rest and not unpacking.eof:
            size += len(unpacking.decompress(rest, _PIECE_BYTES))
            rest = unpacking.unconsumed_tail
            check_ratio(len(data), size, name)


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    doc = record["doc"]
    spans = list(doc.ents)
    for name, group in doc.spans.items():
        if name == _GROUP:
            taken = {_key(span) for span in spans}
            spans += [span for span in group if _key(span) not in taken]
        elif len(group):
            aside.note("span-group-ignored", f"the {len(group)} spans of the group '{name}' are not read")
    entities = [{"start": span.start_char, "end": span.end_char, "label": span.label_} for span in spans]
    kept = [token for token in doc if not token.is_space]
    labels = [label for label, score in doc.cats.items() if score >= _LEAST_SCORE] if doc.cats else None
    return {
        "text": doc.text,
        "entities": entities,
        "tokens": [[token.idx, token.idx + len(token.text)] for token in kept],
        "sentences": _sentences(doc) if doc.has_annotation("SENT_START") and kept else None,
        "labels": labels,
    }


def _key(span: Any) -> tuple[int, int, str]:
    return span.start_char, span.end_char, span.label_


def _sentences(doc: Any) -> list[list[int]]:
    """Return the token ranges of sentences, tokens of white space left out."""
    sentences, first = [], 0
    for sentence in doc.sents:
        last = first + sum(not token.is_space for token in sentence)
        if last > first:
            sentences.append([first, last])
        first = last
    return sentences


def write_file(path: Path, documents: Iterable[Document]) -> Ledger:
    """Write a DocBin, as ``spacy train`` takes it; all of it is held in memory, as spaCy does.

    Entities are ``doc.ents``, or the span group ``sc`` in a document where some overlap. Those that do not
    begin and end with a token are dropped. Document labels are categories with the score 1.

    Raises:
        MissingExtraError: spaCy is not installed.
        DataError: an entity that is not the text at its offsets.
    """
    spacy, tokens = _import_spacy("write")
    vocab = spacy.blank("xx").vocab
    log = ReadLog()
    packed = tokens.DocBin(store_user_data=True)
    for document in documents:
        packed.add(_doc(document, vocab, tokens.Doc, log))
    packed.to_disk(path)
    return log.ledger()


def _doc(document: Document, vocab: Any, make: Any, log: ReadLog) -> Any:
    if not document.tokens:
        document = tokenize_document(document)
    words, spaces, starts = _words(document)
    doc = make(vocab, words=words, spaces=spaces, sent_starts=starts)
    spans = []
    for entity in document.entities:
        check_surface(entity, document)
        span = doc.char_span(entity.start, entity.end, label=entity.label)
        if span is None:
            log.drop("misaligned")
            continue
        spans.append(span)
        log.keep_hull(len(entity.fragments))
    spans.sort(key=lambda span: (span.start, -span.end))
    if any(one.end > two.start for one, two in pairwise(spans)):
        doc.spans[_GROUP] = spans
    else:
        doc.ents = spans
    doc.cats = dict.fromkeys(document.labels or (), 1.0)
    return doc


def _words(document: Document) -> tuple[list[str], list[bool], list[bool]]:
    """Return words, whether a space follows each, and whether each begins a sentence.

    What else lies between tokens, mostly white space, becomes a word of its own, as spaCy has it.
    """
    firsts = {first for first, _ in document.sentences}
    words: list[str] = []
    spaces: list[bool] = []
    starts: list[bool] = []
    ends = [*(token.start for token in document.tokens), len(document.text)]
    at = 0
    for index, end in enumerate(ends):
        gap = document.text[at:end]
        if words and gap.startswith(" "):
            spaces[-1], gap = True, gap[1:]
        if gap:
            words.append(gap)
            spaces.append(False)
            starts.append(False)
        if index < len(document.tokens):
            token = document.tokens[index]
            words.append(token.text)
            spaces.append(False)
            starts.append(index in firsts)
            at = token.end
    return words, spaces, starts


def _sniff(sample: Sample) -> Evidence:
    try:
        packed = zlib.decompressobj().decompress(sample.start, _START_BYTES)
    except zlib.error:
        packed = b""
    # A map of msgpack whose first keys are a DocBin's.
    return Evidence(CERTAIN, "a DocBin") if b"attrs" in packed or b"version" in packed else NONE


FORMAT = Format(
    name="spacy-docbin",
    description="spaCy's DocBin: entities, the span group sc, categories as document labels (needs spaCy)",
    suffixes=(".spacy",),
    sniff=_sniff,
    on_tokens=True,
    read=read,
    binary=True,
    write_file=write_file,
    options=OFFSETS,
    labels=True,
)
