"""Character spans to token spans and back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, get_args

from onoma.errors import ConfigError, DataError, did_you_mean
from onoma.text import Document, Ledger, Span, Token

MisalignedPolicy = Literal["error", "expand", "shrink", "drop"]
Fragments = tuple[tuple[int, int], ...]
MISALIGNED_POLICIES: tuple[str, ...] = get_args(MisalignedPolicy)


class Fate(StrEnum):
    """What becomes of an entity that is put on tokens; its name in every ledger."""

    KEPT = "kept"
    TRIMMED = "trimmed"
    """White space at its ends, or what lies in no token, is taken off."""
    EXPANDED = "expanded"
    SHRUNK = "shrunk"
    MISALIGNED = "misaligned"
    """Not on token edges, under a policy that does not move it."""
    EMPTY = "empty-span"
    NO_TOKEN = "no-token"
    """It touches none: it is only white space."""
    NO_WHOLE_TOKEN = "no-whole-token"
    """Nothing is left of it after shrinking."""
    DUPLICATE = "duplicate-entity"
    """Once moved it is the same as another, and nothing can refer to it by an id."""

    @property
    def group(self) -> Literal["kept", "adjusted", "dropped"]:
        """The part of the ledger in which it is counted."""
        if self is Fate.KEPT:
            return "kept"
        return "adjusted" if self in (Fate.TRIMMED, Fate.EXPANDED, Fate.SHRUNK) else "dropped"


class AlignedSpan(NamedTuple):
    """Tokens ``first`` to ``end`` (half-open) carry the span number ``source`` of the input.

    ``fate`` is kept, or the reason for which its characters changed.
    """

    first: int
    end: int
    label: str
    source: int
    fate: Fate = Fate.KEPT


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where spans fell on tokens, in the order of the input, and what became of each.

    Args:
        spans: the kept and the adjusted ones.
        kept: how many lay on token edges.
        adjusted: reason -> count of spans that changed: ``expanded`` or ``shrunk`` to whole tokens,
            ``trimmed`` of white space at their ends.
        dropped: reason -> count: ``misaligned`` (policy drop), ``empty-span``, ``no-token`` (only white
            space), ``no-whole-token`` (nothing is left after shrinking).
    """

    spans: tuple[AlignedSpan, ...]
    kept: int
    adjusted: Mapping[str, int]
    dropped: Mapping[str, int]

    def ledger(self) -> Ledger:
        """Return the counts as a ledger, which balances."""
        read = len(self.spans) + sum(self.dropped.values())
        return Ledger(read=read, kept=self.kept, adjusted=self.adjusted, dropped=self.dropped)


@dataclass(frozen=True, slots=True)
class SentenceSpans:
    """Aligned spans by sentence.

    Args:
        sentences: one tuple a sentence; ``first`` and ``end`` count from the sentence's first token.
        unreachable: reason -> count of spans that no sentence holds whole (``crosses-sentence``).
    """

    sentences: tuple[tuple[AlignedSpan, ...], ...]
    unreachable: Mapping[str, int]


def align_spans(
    tokens: Sequence[Token], spans: Sequence[Span], policy: MisalignedPolicy = "error"
) -> Alignment:
    """Find the tokens of each character span, in O(log n) a span.

    A span whose edges lie inside tokens is misaligned: ``error`` refuses it, ``expand`` takes every token it
    touches, ``shrink`` only the tokens it holds whole, ``drop`` leaves it out. White space at a span's ends
    is trimmed under all policies but ``error``. Two spans may fall on the same tokens after that.

    Raises:
        DataError: ``misaligned-span``, under the policy ``error``.
        ConfigError: no such policy.
    """
    if policy not in MISALIGNED_POLICIES:
        raise ConfigError(
            f"unknown policy '{policy}' for misaligned spans{did_you_mean(policy, MISALIGNED_POLICIES)}"
        )
    edges = TokenEdges(tokens)
    aligned: list[AlignedSpan] = []
    adjusted: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for source, span in enumerate(spans):
        first, end, fate = edges.place(span.start, span.end, policy)
        if policy == "error" and fate is not Fate.KEPT:
            raise _misaligned(tokens, span, *edges.touched(span.start, span.end))
        if fate.group == "dropped":
            dropped[fate.value] += 1
            continue
        if fate is not Fate.KEPT:
            adjusted[fate.value] += 1
        aligned.append(AlignedSpan(first, end, span.label, source, fate))
    return Alignment(tuple(aligned), len(aligned) - adjusted.total(), dict(adjusted), dict(dropped))


class TokenEdges:
    """Where the tokens of a text begin and end.

    Args:
        tokens: in text order, not overlapping.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._starts = [token.start for token in tokens]
        self._ends = [token.end for token in tokens]

    def touched(self, start: int, end: int) -> tuple[int, int]:
        """Return the tokens (half-open range) of which any character lies between two offsets."""
        return bisect_right(self._ends, start), bisect_left(self._starts, end)

    def hold(self, start: int, end: int) -> bool:
        """Whether a token begins at ``start``, and one ends at ``end``."""
        first, last = self.touched(start, end)
        return first < last and self._starts[first] == start and self._ends[last - 1] == end

    def place(self, start: int, end: int, policy: str) -> tuple[int, int, Fate]:
        """Return the tokens (half-open range) that a span falls on, and its fate; see `align_spans`.

        Under ``error`` the fate is what is wrong, and nothing is moved.
        """
        starts, ends = self._starts, self._ends
        first, last = self.touched(start, end)
        if end <= start:
            return first, last, Fate.EMPTY
        if first >= last:
            return first, last, Fate.NO_TOKEN
        if starts[first] == start and ends[last - 1] == end:
            return first, last, Fate.KEPT
        if starts[first] >= start and ends[last - 1] <= end:
            return first, last, Fate.TRIMMED
        if policy == "expand":
            return first, last, Fate.EXPANDED
        if policy != "shrink":
            return first, last, Fate.MISALIGNED
        first, last = bisect_left(starts, start), bisect_right(ends, end)
        return first, last, Fate.SHRUNK if first < last else Fate.NO_WHOLE_TOKEN


class Moved(NamedTuple):
    """An entity put on token edges: None where it is dropped."""

    span: Span | None
    fate: Fate


def move_spans(
    text: str, tokens: Sequence[Token], spans: Sequence[Span], policy: MisalignedPolicy
) -> list[Moved]:
    """Put entities on token edges, in characters; see `align_spans` for the policies.

    One that becomes the same as another (place, label, pieces) is dropped, unless it has an id of its own.
    Under ``error`` nothing raises: the fate of what is not on token edges is `Fate.MISALIGNED`.

    Args:
        text: the document's.
        tokens: its tokens.
        spans: its entities.
        policy: what to do with those off the token edges.

    Returns:
        One for each entity, in the order given.
    """
    edges = TokenEdges(tokens)
    moved: list[Moved] = []
    for span in spans:
        first, end, fate = edges.place(span.start, span.end, policy)
        if policy == "error" and fate is not Fate.KEPT:
            fate = Fate.MISALIGNED
        if fate.group == "dropped":
            moved.append(Moved(None, fate))
        elif fate is Fate.KEPT:
            moved.append(Moved(span, fate))
        else:
            moved.append(Moved(_moved_to(span, text, tokens[first].start, tokens[end - 1].end), fate))
    if any(one.fate.group == "adjusted" for one in moved):
        _drop_copies(moved)
    return moved


def _moved_to(span: Span, text: str, start: int, end: int) -> Span:
    fragments = refit_fragments(span.fragments, start, end)
    return span._replace(start=start, end=end, text=text[start:end], fragments=fragments)


def _drop_copies(moved: list[Moved]) -> None:
    """Drop what fell upon an entity that stood there before, or upon one that moved there earlier."""
    places = {_place(one.span) for one in moved if one.span is not None and one.fate is Fate.KEPT}
    for index, one in enumerate(moved):
        if one.span is None or one.fate is Fate.KEPT:
            continue
        if one.span.id is None and _place(one.span) in places:
            moved[index] = Moved(None, Fate.DUPLICATE)
        places.add(_place(one.span))


def _place(span: Span) -> tuple[int, int, str, Fragments]:
    return span.start, span.end, span.label, span.fragments


def refit_fragments(fragments: Fragments, start: int, end: int) -> Fragments:
    """Fit the outer ends of fragments to a moved hull; fragments that fall outside it go."""
    inside = [(max(one, start), min(last, end)) for one, last in fragments if one < end and last > start]
    if not inside:
        return ()
    inside[0] = (start, inside[0][1])
    inside[-1] = (inside[-1][0], end)
    return tuple(inside)


def _misaligned(tokens: Sequence[Token], span: Span, first: int, end: int) -> DataError:
    near = tokens[first:end] or tokens[max(0, first - 1) : first + 1]
    shown = near if len(near) <= 4 else (*near[:2], *near[-2:])
    edges = ", ".join(f"'{token.text}' {token.start}:{token.end}" for token in shown)
    return DataError(
        f"entity '{span.text}' ({span.label}) at {span.start}:{span.end} does not lie on token edges: "
        f"{edges}; mend its offsets, or choose --on-misaligned expand, shrink or drop",
        code="misaligned-span",
        text=span.text,
    )


def token_span_to_chars(tokens: Sequence[Token], first: int, end: int) -> tuple[int, int]:
    """Return the character offsets of the tokens ``first`` to ``end`` (half-open).

    Raises:
        ValueError: the range is empty or out of range.
    """
    if not 0 <= first < end <= len(tokens):
        raise ValueError(f"token span ({first}, {end}) does not fit {len(tokens)} tokens")
    return tokens[first].start, tokens[end - 1].end


def sentence_spans(document: Document, alignment: Alignment) -> SentenceSpans:
    """Group aligned spans by the sentence that holds them, with token indices inside the sentence.

    Each span of the alignment is in exactly one sentence or counted as unreachable.
    """
    sentences = document.sentences
    lasts = [end for _, end in sentences]
    grouped: list[list[AlignedSpan]] = [[] for _ in sentences]
    crossing = 0
    for span in alignment.spans:
        index = bisect_right(lasts, span.first)
        if index == len(sentences) or span.first < sentences[index][0] or span.end > lasts[index]:
            crossing += 1
            continue
        base = sentences[index][0]
        grouped[index].append(span._replace(first=span.first - base, end=span.end - base))
    unreachable = {"crosses-sentence": crossing} if crossing else {}
    return SentenceSpans(tuple(map(tuple, grouped)), unreachable)
