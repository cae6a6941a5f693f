"""The data model: documents with character spans. Standard library only, everything immutable.

Character spans over ``Document.text`` are the truth; tokens and sentences are a view of it. Offsets are
code points, half-open: ``text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any, NamedTuple


class Token(NamedTuple):
    """A word and its place in the document: ``document.text[start:end] == text``."""

    text: str
    start: int
    end: int


class Span(NamedTuple):
    """An entity mention: ``document.text[start:end] == text``.

    ``score`` is the model's probability of exactly this span and label; None for gold. ``fragments`` holds
    the (start, end) parts of a discontinuous mention, in text order; ``start`` and ``end`` are then its hull.
    ``id`` is its name in the file, unique in its document, where relations or links refer to it.
    """

    start: int
    end: int
    label: str
    text: str
    score: float | None = None
    fragments: tuple[tuple[int, int], ...] = ()
    id: str | None = None

    @property
    def key(self) -> tuple[int, int, str]:
        """What makes two mentions the same for scoring: place and label."""
        return (self.start, self.end, self.label)

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values, those that are there."""
        values: dict[str, object] = {} if self.id is None else {"id": self.id}
        values |= {"start": self.start, "end": self.end, "label": self.label, "text": self.text}
        if self.score is not None:
            values["score"] = self.score
        if self.fragments:
            values["fragments"] = [list(pair) for pair in self.fragments]
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], text: str) -> Span:
        """Return the entity of such values in a text.

        Raises:
            KeyError: ``start``, ``end`` or ``label`` is missing.
        """
        start, end = values["start"], values["end"]
        fragments = tuple((first, last) for first, last in values.get("fragments") or ())
        id = values.get("id")
        return cls(
            start, end, values["label"], text[start:end], values.get("score"), fragments,
            None if id is None else str(id),
        )  # fmt: skip


class Relation(NamedTuple):
    """A directed relation between two entities of a document, each named by its ``id``."""

    label: str
    head: str
    tail: str


class Link(NamedTuple):
    """What an entity, named by its ``id``, is elsewhere: ``target`` (``Wikidata:Q64``) and its name there."""

    entity: str
    target: str
    text: str = ""


_SHOWN, _SHOWN_TEXT = 5, 60


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A text with its tokens, sentences, entities and document labels.

    Args:
        id: unique in its file.
        text: the raw text; for column formats, tokens joined by one space and sentences by a newline.
        tokens: in text order, not overlapping; empty when the text is not tokenised yet.
        sentences: half-open ranges of token indices that cover all tokens in order.
        entities: mentions sorted by start, longer first.
        labels: document labels; None means "not annotated", () means "annotated with none".
        relations: between entities that have an ``id``, in the order of the file.
        links: of entities that have an ``id``, in the order of the file.
    """

    id: str
    text: str
    tokens: tuple[Token, ...] = ()
    sentences: tuple[tuple[int, int], ...] = ()
    entities: tuple[Span, ...] = ()
    labels: tuple[str, ...] | None = None
    relations: tuple[Relation, ...] = ()
    links: tuple[Link, ...] = ()

    def with_entities(self, entities: Iterable[Span]) -> Document:
        """Return a copy with other entities; relations and links of those that are gone go, too."""
        spans = sort_spans(entities)
        if not self.relations and not self.links:
            return replace(self, entities=spans)
        known = {span.id for span in spans}
        relations = tuple(one for one in self.relations if one.head in known and one.tail in known)
        links = tuple(one for one in self.links if one.entity in known)
        return replace(self, entities=spans, relations=relations, links=links)

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values, as a line of span JSONL holds them; `from_dict` is its inverse."""
        values: dict[str, object] = {"id": self.id, "text": self.text}
        values["entities"] = [span.to_dict() for span in self.entities]
        for name, listed in (("relations", self.relations), ("links", self.links)):
            if listed:
                values[name] = [one._asdict() for one in listed]
        if self.labels is not None:
            values["labels"] = list(self.labels)
        if self.tokens:
            values["tokens"] = [[token.start, token.end] for token in self.tokens]
        if self.sentences:
            values["sentences"] = [list(sentence) for sentence in self.sentences]
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Document:
        """Return the document of such values; ``text`` alone must be there.

        For data that may be wrong use `onoma.read`, which checks everything and keeps accounts.

        Raises:
            KeyError: a key is missing.
            ValueError: an entity or token is not within the text.
        """
        text = values["text"]
        tokens = tuple(Token(text[start:end], start, end) for start, end in values.get("tokens") or ())
        spans = [Span.from_dict(one, text) for one in values.get("entities") or ()]
        places = [(token.start, token.end) for token in tokens] + [(span.start, span.end) for span in spans]
        wrong = next((place for place in places if not 0 <= place[0] < place[1] <= len(text)), None)
        if wrong is not None:
            raise ValueError(f"{wrong[0]}-{wrong[1]} is not within the text of {len(text)} characters")
        labels = values.get("labels")
        return cls(
            str(values.get("id", "")),
            text,
            tokens,
            tuple((first, last) for first, last in values.get("sentences") or ()),
            sort_spans(spans),
            None if labels is None else tuple(labels),
            tuple(Relation(**one) for one in values.get("relations") or ()),
            tuple(Link(**one) for one in values.get("links") or ()),
        )

    def __repr__(self) -> str:
        shown = ", ".join(f"{span.text!r} {span.label}" for span in self.entities[:_SHOWN])
        more = f" and {len(self.entities) - _SHOWN} more" if len(self.entities) > _SHOWN else ""
        text = self.text if len(self.text) <= _SHOWN_TEXT else f"{self.text[:_SHOWN_TEXT]}…"
        return f"<Document {self.id!r} {text!r}: {shown or 'no entities'}{more}>"

    def _repr_html_(self) -> str | None:
        """The text with its entities marked, for notebooks; None without the extra ``report``."""
        # By its name: pages are far above this layer, which works without them.
        shown: str | None = import_module("onoma.api.notebook").document_html(self)
        return shown

    @property
    def words(self) -> list[str]:
        """The tokens' texts."""
        return [token.text for token in self.tokens]

    def sentence_words(self) -> Iterator[list[str]]:
        """Yield the words of each sentence in turn."""
        for first, last in self.sentences:
            yield [token.text for token in self.tokens[first:last]]


def document_from_sentences(
    id: str,
    sentences: Iterable[list[str]],
    spans: Iterable[tuple[int, int, int, str]] = (),
    labels: tuple[str, ...] | None = None,
    spaces: Sequence[Sequence[str]] | None = None,
) -> Document:
    """Build a document from tokenised sentences, as column formats have them.

    Args:
        id: the document's name.
        sentences: the words of each sentence; joined by one space, sentences by a newline.
        spans: (sentence index, first token, end token, label) with token indices inside the sentence.
        labels: document labels, None when the format has none.
        spaces: for each sentence the white space after each of its words, where the format tells it; that at
            the very end of the document is left off.
    """
    if spaces is not None:
        return _document_with_spaces(id, sentences, spans, labels, spaces)
    tokens: list[Token] = []
    ranges: list[tuple[int, int]] = []
    parts: list[str] = []
    position = 0
    for words in sentences:
        first = len(tokens)
        for word in words:
            end = position + len(word)
            tokens.append(Token(word, position, end))
            position = end + 1
        parts.append(" ".join(words))
        ranges.append((first, len(tokens)))
    return _with_spans(Document(id, "\n".join(parts), tuple(tokens), tuple(ranges), (), labels), spans)


def _document_with_spaces(
    id: str,
    sentences: Iterable[list[str]],
    spans: Iterable[tuple[int, int, int, str]],
    labels: tuple[str, ...] | None,
    spaces: Sequence[Sequence[str]],
) -> Document:
    tokens: list[Token] = []
    ranges: list[tuple[int, int]] = []
    parts: list[str] = []
    position = 0
    for words, gaps in zip(sentences, spaces, strict=True):
        first = len(tokens)
        for word, gap in zip(words, gaps, strict=True):
            tokens.append(Token(word, position, position + len(word)))
            parts += word, gap
            position += len(word) + len(gap)
        ranges.append((first, len(tokens)))
    text = "".join(parts[:-1])
    return _with_spans(Document(id, text, tuple(tokens), tuple(ranges), (), labels), spans)


def _with_spans(document: Document, spans: Iterable[tuple[int, int, int, str]]) -> Document:
    """Return a document with entities that are given as tokens of sentences."""
    entities = []
    for sentence, first, last, label in spans:
        base = document.sentences[sentence][0]
        start = document.tokens[base + first].start
        end = document.tokens[base + last - 1].end
        entities.append(Span(start, end, label, document.text[start:end]))
    return replace(document, entities=sort_spans(entities)) if entities else document


def sort_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort mentions by start, longer first, then by label: a containing span comes before its content."""
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end, span.label)))


DUPLICATE = "duplicate-entity"
"""The reason for which a reader drops the second copy of one and the same entity."""


def _no_counts() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of every gold entity that was read: nothing vanishes silently.

    Each mapping is reason -> count. ``read`` must equal the sum of the rest (`balanced`).

    Args:
        read: gold entities found in the input.
        kept: taken over unchanged.
        adjusted: taken over with changed boundaries (expanded to tokens, hull of a discontinuous mention).
        dropped: not taken over; the reason says why.
        flattened: left out because a longer or shorter mention covers it in a flat scheme.
        unreachable: kept as gold, but no output of the model can match it.
    """

    read: int = 0
    kept: int = 0
    adjusted: Mapping[str, int] = field(default_factory=_no_counts)
    dropped: Mapping[str, int] = field(default_factory=_no_counts)
    flattened: Mapping[str, int] = field(default_factory=_no_counts)
    unreachable: Mapping[str, int] = field(default_factory=_no_counts)

    @property
    def balanced(self) -> bool:
        """Whether every entity read is accounted for."""
        fates = (self.adjusted, self.dropped, self.flattened, self.unreachable)
        return self.read == self.kept + sum(sum(counts.values()) for counts in fates)

    @property
    def num_unread(self) -> int:
        """Entities that were dropped although they are in the data; a repeated one is there still."""
        return sum(count for reason, count in self.dropped.items() if reason != DUPLICATE)

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(
            self.read + other.read,
            self.kept + other.kept,
            _add_counts(self.adjusted, other.adjusted),
            _add_counts(self.dropped, other.dropped),
            _add_counts(self.flattened, other.flattened),
            _add_counts(self.unreachable, other.unreachable),
        )

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values."""
        return {
            "read": self.read,
            "kept": self.kept,
            "adjusted": dict(self.adjusted),
            "dropped": dict(self.dropped),
            "flattened": dict(self.flattened),
            "unreachable": dict(self.unreachable),
        }

    def __str__(self) -> str:
        parts = [f"{self.read} entities read", f"{self.kept} kept"]
        for name in ("adjusted", "dropped", "flattened", "unreachable"):
            counts: Mapping[str, int] = getattr(self, name)
            if counts:
                reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
                parts.append(f"{sum(counts.values())} {name} ({reasons})")
        return ", ".join(parts)


def _add_counts(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    total = dict(left)
    for reason, count in right.items():
        total[reason] = total.get(reason, 0) + count
    return total


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of one split, read into memory, with the ledger of how they were read."""

    documents: tuple[Document, ...]
    ledger: Ledger
    name: str = ""

    @property
    def num_entities(self) -> int:
        """Gold entities over all documents."""
        return sum(len(document.entities) for document in self.documents)

    @property
    def entity_labels(self) -> tuple[str, ...]:
        """Sorted labels that occur on entities."""
        return tuple(sorted({span.label for document in self.documents for span in document.entities}))
