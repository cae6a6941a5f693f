"""Texts without their entities, and a map of what stood where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from onoma.text import Document, Span, sort_spans
from onoma.text.forms import folded

Style = Literal["mask", "label", "pseudonym"]
STYLES: tuple[str, ...] = get_args(Style)

MASK = "████"
"""Always of this length: that of a name would tell something of it."""


class Replaced(NamedTuple):
    """A place of the text, what stands there now, and where that is.

    Args:
        start: of the original text.
        end: of it, half-open.
        label: of the entity there; of several that overlap, of the longest.
        redacted_start: of the redacted text.
        redacted_end: of it, half-open.
        replacement: ``redacted[redacted_start:redacted_end]``
        score: the highest probability of an entity there; None where there is none.
    """

    start: int
    end: int
    label: str
    redacted_start: int
    redacted_end: int
    replacement: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Redacted:
    """A document without its entities.

    Args:
        id: of the document.
        text: the redacted text.
        spans: what was replaced, in text order.
    """

    id: str
    text: str
    spans: tuple[Replaced, ...]

    def spans_as_dicts(self, original: str | None = None) -> list[dict[str, Any]]:
        """Return plain JSON-ready values; with the original text, what stood there as well (``text``)."""
        return [
            one._asdict() | ({} if original is None else {"text": original[one.start : one.end]})
            for one in self.spans
        ]


def redact(document: Document, style: Style = "label") -> Redacted:
    """Replace the entities of a document.

    ``mask`` puts `MASK` in their place, ``label`` their label in brackets, ``pseudonym`` their label with a
    number, which is the same wherever this document has the same label and words, however they are cased and
    spaced and in whatever normal form; it is cased as the words are. Forms of a name are other words, and get
    numbers of their own: inflected ones, or a surname alone.

    Args:
        document: with entities; where they overlap, all they hold is one place.
        style: what stands in their place.
    """
    name = _Pseudonyms(document.text)
    parts: list[str] = []
    spans: list[Replaced] = []
    at = length = 0
    for start, end, label, score in _places(document.entities):
        surface = document.text[start:end]
        new = MASK if style == "mask" else f"[{label}]" if style == "label" else name(label, surface)
        parts += document.text[at:start], new
        length += start - at
        spans.append(Replaced(start, end, label, length, length + len(new), new, score))
        at, length = end, length + len(new)
    return Redacted(document.id, "".join([*parts, document.text[at:]]), tuple(spans))


def _places(entities: Sequence[Span]) -> list[tuple[int, int, str, float | None]]:
    """Return what overlapping entities hold together, with the label of the longest and the highest score."""
    places: list[list[Span]] = []
    end = 0
    for span in sort_spans(one for one in entities if one.end > one.start):
        if not places or span.start >= end:
            places.append([])
        places[-1].append(span)
        end = max(span.end, end)
    found = []
    for spans in places:
        longest = max(spans, key=lambda one: one.end - one.start)
        scores = [one.score for one in spans if one.score is not None]
        last = max(one.end for one in spans)
        found.append((spans[0].start, last, longest.label, max(scores, default=None)))
    return found


class _Pseudonyms:
    """Names of a document, none of which is in its text."""

    def __init__(self, text: str) -> None:
        self._text = folded(text)
        self._known: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def __call__(self, label: str, surface: str) -> str:
        key = label, " ".join(folded(surface).split())
        if key not in self._known:
            self._known[key] = self._new(label)
        return _cased_as(surface, self._known[key])

    def _new(self, label: str) -> str:
        while True:
            self._counts[label] += 1
            name = f"{label}_{self._counts[label]}"
            if folded(name) not in self._text:
                return name


def _cased_as(surface: str, name: str) -> str:
    if surface.isupper():
        return name.upper()
    if surface.islower():
        return name.lower()
    return name[:1].upper() + name[1:].lower() if surface.lower() != surface.upper() else name
