"""Documents, and the spans over them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from onoma.text.tokens import Token, Tokens


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

    def moved(self, by: int) -> Span:
        """Return the same mention so many characters further on."""
        fragments = tuple((start + by, end + by) for start, end in self.fragments)
        return self._replace(start=self.start + by, end=self.end + by, fragments=fragments)

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


class _Cut:
    """Holds the tokens of a document that was made with `Tokens`, as long as nobody asks for single ones."""

    __slots__ = ("_columns",)
    _columns: Tokens | None

    if not TYPE_CHECKING:  # else any attribute would pass for one of a document

        def __getattr__(self, name: str) -> Any:
            """Return what no slot holds: the columns of a document without any, and tokens not yet made."""
            if name == "_columns":
                return None
            if name == "tokens" and self._columns is not None:
                tokens = tuple(self._columns)
                object.__setattr__(self, "tokens", tokens)  # two threads at once set equal ones
                return tokens
            raise AttributeError(f"'Document' object has no attribute '{name}'", name=name, obj=self)


@dataclass(frozen=True, slots=True, repr=False)
class Document(_Cut):
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

    def with_tokens(self, tokens: Sequence[Token], sentences: tuple[tuple[int, int], ...]) -> Document:
        """Return a copy with other tokens and sentences; `Tokens` stay in columns till they are asked for."""
        return document_of(
            self.id, self.text, tokens, sentences, self.entities, self.labels, self.relations, self.links
        )

    def with_entities(self, entities: Iterable[Span]) -> Document:
        """Return a copy with other entities; relations and links of those that are gone go, too."""
        return self._with(sort_spans(entities), self.labels)

    def with_predicted(self, entities: Iterable[Span]) -> Document:
        """Return a copy as `with_entities` does, without document labels."""
        return self._with(sort_spans(entities), None)

    def _with(self, entities: tuple[Span, ...], labels: tuple[str, ...] | None) -> Document:
        relations, links = self.relations, self.links
        if relations or links:
            known = {span.id for span in entities}
            relations = tuple(one for one in relations if one.head in known and one.tail in known)
            links = tuple(one for one in links if one.entity in known)
        return document_of(self.id, self.text, self._held, self.sentences, entities, labels, relations, links)

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values, as a line of span JSONL holds them; `from_dict` is its inverse."""
        values: dict[str, object] = {"id": self.id, "text": self.text}
        values["entities"] = [span.to_dict() for span in self.entities]
        for name, listed in (("relations", self.relations), ("links", self.links)):
            if listed:
                values[name] = [one._asdict() for one in listed]
        if self.labels is not None:
            values["labels"] = list(self.labels)
        if self.num_tokens:
            values["tokens"] = list(map(list, self.token_places()))
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
    def _held(self) -> Sequence[Token]:
        """The tokens as they are kept: in columns, or one by one."""
        return self.tokens if self._columns is None else self._columns

    @property
    def num_tokens(self) -> int:
        """How many tokens there are; makes none of them."""
        return len(self._held)

    def token_places(self) -> list[tuple[int, int]]:
        """Where each token starts and ends; makes none of them."""
        columns = Tokens.of(self._held)
        return list(zip(columns.starts, columns.ends(), strict=True))

    @property
    def words(self) -> list[str]:
        """The tokens' texts."""
        return list(self._columns.words) if self._columns else [token.text for token in self.tokens]

    def words_of(self, first: int, end: int) -> list[str]:
        """The texts of tokens ``first`` to ``end``."""
        if self._columns:
            return list(self._columns.words[first:end])
        return [token.text for token in self.tokens[first:end]]

    def sentence_words(self) -> Iterator[list[str]]:
        """Yield the words of each sentence in turn."""
        words = self.words
        for first, last in self.sentences:
            yield words[first:last]

    def span_of_tokens(self, first: int, end: int, label: str, score: float | None = None) -> Span:
        """Return the entity that tokens ``first`` to ``end`` are."""
        last, columns = end - 1, self._columns
        if columns is None:
            start, stop = self.tokens[first].start, self.tokens[last].end
        else:  # without a token that nobody needs
            start, stop = columns.starts[first], columns.starts[last] + len(columns.words[last])
        return Span(start, stop, label, self.text[start:stop], score)


_set_id, _set_text, _set_sentences, _set_entities, _set_labels, _set_relations, _set_links = (
    vars(Document)[name].__set__
    for name in ("id", "text", "sentences", "entities", "labels", "relations", "links")
)
_set_tokens, _set_columns = vars(Document)["tokens"].__set__, vars(_Cut)["_columns"].__set__


def document_of(
    id: str,
    text: str,
    tokens: Sequence[Token],
    sentences: tuple[tuple[int, int], ...],
    entities: tuple[Span, ...],
    labels: tuple[str, ...] | None,
    relations: tuple[Relation, ...],
    links: tuple[Link, ...],
) -> Document:
    """Return a document of its fields as the constructor does, in half of its time; `Tokens` stay columns."""
    made = object.__new__(Document)
    _set_id(made, id)
    _set_text(made, text)
    _set_sentences(made, sentences)
    _set_entities(made, entities)
    _set_labels(made, labels)
    _set_relations(made, relations)
    _set_links(made, links)
    if isinstance(tokens, Tokens):
        _set_columns(made, tokens)
    else:
        _set_tokens(made, tuple(tokens))
    return made


def document_from_tokens(
    id: str, text: str, tokens: Sequence[Token], sentences: tuple[tuple[int, int], ...]
) -> Document:
    """Build a document that nothing is known of but its tokens; `Tokens` stay in columns till asked for."""
    return document_of(id, text, tokens, sentences, (), None, (), ())


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
    all_words: list[str] = []
    starts = array("q")
    ranges: list[tuple[int, int]] = []
    parts: list[str] = []
    position = 0
    for words in sentences:
        ranges.append((len(all_words), len(all_words) + len(words)))
        parts.append(" ".join(words))
        all_words += words
        for word in words:
            starts.append(position)
            position += len(word) + 1
    tokens, text = Tokens(all_words, starts), "\n".join(parts)
    return _with_spans(document_of(id, text, tokens, tuple(ranges), (), labels, (), ()), spans)


def _document_with_spaces(
    id: str,
    sentences: Iterable[list[str]],
    spans: Iterable[tuple[int, int, int, str]],
    labels: tuple[str, ...] | None,
    spaces: Sequence[Sequence[str]],
) -> Document:
    all_words: list[str] = []
    starts = array("q")
    ranges: list[tuple[int, int]] = []
    parts: list[str] = []
    position = 0
    for words, gaps in zip(sentences, spaces, strict=True):
        ranges.append((len(all_words), len(all_words) + len(words)))
        all_words += words
        for word, gap in zip(words, gaps, strict=True):
            starts.append(position)
            parts += word, gap
            position += len(word) + len(gap)
    tokens, text = Tokens(all_words, starts), "".join(parts[:-1])
    return _with_spans(document_of(id, text, tokens, tuple(ranges), (), labels, (), ()), spans)


def _with_spans(document: Document, spans: Iterable[tuple[int, int, int, str]]) -> Document:
    """Return a document with entities that are given as tokens of sentences."""
    entities = []
    for sentence, first, last, label in spans:
        base = document.sentences[sentence][0]
        entities.append(document.span_of_tokens(base + first, base + last, label))
    return document.with_entities(entities) if entities else document


def sort_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort mentions by start, longer first, then by label: a containing span comes before its content."""
    found = list(spans)
    if len(found) > 1:
        found.sort(key=lambda span: (span.start, -span.end, span.label))
    return tuple(found)
