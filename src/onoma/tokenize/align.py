"""Character spans to token spans and back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

from onoma.errors import ConfigError, DataError, did_you_mean
from onoma.text import Document, Ledger, Span, Token
from onoma.tokenize.sentences import split_sentences
from onoma.tokenize.words import tokenize_words

MisalignedPolicy = Literal["error", "expand", "shrink", "drop"]
MISALIGNED_POLICIES: tuple[str, ...] = get_args(MisalignedPolicy)


class AlignedSpan(NamedTuple):
    """Tokens ``first`` to ``end`` (half-open) carry the span number ``source`` of the input.

    ``fate`` is ``kept``, or the reason for which its characters changed.
    """

    first: int
    end: int
    label: str
    source: int
    fate: str = "kept"


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
    starts = [token.start for token in tokens]
    ends = [token.end for token in tokens]
    aligned: list[AlignedSpan] = []
    adjusted: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for source, span in enumerate(spans):
        first, end = bisect_right(ends, span.start), bisect_left(starts, span.end)
        fate = _fate(starts, ends, first, end, span)
        if policy == "error" and fate != "kept":
            raise _misaligned(tokens, span, first, end)
        if fate == "misaligned" and policy in ("expand", "shrink"):
            fate = "expanded" if policy == "expand" else "shrunk"
            if policy == "shrink":
                first, end = bisect_left(starts, span.start), bisect_right(ends, span.end)
                fate = "shrunk" if first < end else "no-whole-token"
        if fate in ("misaligned", "empty-span", "no-token", "no-whole-token"):
            dropped[fate] += 1
            continue
        if fate != "kept":
            adjusted[fate] += 1
        aligned.append(AlignedSpan(first, end, span.label, source, fate))
    return Alignment(tuple(aligned), len(aligned) - adjusted.total(), dict(adjusted), dict(dropped))


def _fate(starts: Sequence[int], ends: Sequence[int], first: int, end: int, span: Span) -> str:
    """How a span lies on the tokens ``first`` to ``end`` that it touches."""
    if span.end <= span.start:
        return "empty-span"
    if first >= end:
        return "no-token"
    if starts[first] == span.start and ends[end - 1] == span.end:
        return "kept"
    return "trimmed" if starts[first] >= span.start and ends[end - 1] <= span.end else "misaligned"


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


def tokenize_document(document: Document) -> Document:
    """Return the document with tokens and sentences; the very same one if it has tokens already."""
    if document.tokens:
        return document
    tokens = tuple(tokenize_words(document.text))
    return replace(document, tokens=tokens, sentences=split_sentences(document.text, tokens))
