from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import ConfigError, DataError
from onoma.text import Document, Span, Token, document_from_sentences
from onoma.tokenize import (
    MISALIGNED_POLICIES,
    Alignment,
    MisalignedPolicy,
    align_spans,
    sentence_spans,
    token_span_to_chars,
    tokenize_document,
    tokenize_words,
)

TEXT = "Ann lives in New York-based Acme."
TOKENS = tokenize_words(TEXT)  # Ann lives in New York-based Acme .


def span(surface: str, label: str = "X", text: str = TEXT) -> Span:
    start = text.index(surface)
    return Span(start, start + len(surface), label, surface)


def places(alignment: Alignment) -> list[tuple[int, int]]:
    return [(aligned.first, aligned.end) for aligned in alignment.spans]


@pytest.mark.parametrize("policy", MISALIGNED_POLICIES)
def test_spans_on_token_edges_are_kept(policy: MisalignedPolicy) -> None:
    alignment = align_spans(TOKENS, [span("Acme", "ORG"), span("Ann", "PER"), span(TEXT)], policy)
    assert list(alignment.spans) == [
        (5, 6, "ORG", 0, "kept"),
        (0, 1, "PER", 1, "kept"),
        (0, 7, "X", 2, "kept"),
    ]
    assert (alignment.kept, alignment.adjusted, alignment.dropped) == (3, {}, {})


def test_expand_takes_all_touched_tokens() -> None:
    alignment = align_spans(TOKENS, [span("New York"), span("w Y"), span("nn")], "expand")
    assert places(alignment) == [(3, 5), (3, 5), (0, 1)]
    assert alignment.adjusted == {"expanded": 3}


def test_shrink_takes_whole_tokens_only() -> None:
    alignment = align_spans(TOKENS, [span("New York"), span("York"), span("nn lives i")], "shrink")
    assert list(alignment.spans) == [(3, 4, "X", 0, "shrunk"), (1, 2, "X", 2, "shrunk")]
    assert alignment.adjusted == {"shrunk": 2}
    assert alignment.dropped == {"no-whole-token": 1}


def test_drop_leaves_misaligned_spans_out() -> None:
    alignment = align_spans(TOKENS, [span("New York"), span("Ann")], "drop")
    assert places(alignment) == [(0, 1)]
    assert alignment.dropped == {"misaligned": 1}


def test_white_space_at_the_ends_is_trimmed_and_counted() -> None:
    for policy in ("expand", "shrink", "drop"):
        alignment = align_spans(TOKENS, [span(" lives "), span(" ")], policy)
        assert places(alignment) == [(1, 2)]
        assert alignment.adjusted == {"trimmed": 1}
        assert alignment.dropped == {"no-token": 1}


def test_empty_and_reversed_spans_are_dropped() -> None:
    alignment = align_spans(TOKENS, [Span(1, 1, "X", ""), Span(9, 4, "X", "")], "expand")
    assert alignment.dropped == {"empty-span": 2}


def test_error_names_the_surface_and_the_token_edges() -> None:
    with pytest.raises(DataError) as caught:
        align_spans(TOKENS, [span("Ann"), span("New York", "LOC")])
    assert caught.value.code == "misaligned-span"
    assert caught.value.text == "New York"
    for part in ("'New York' (LOC) at 13:21", "'New' 13:16", "'York-based' 17:27", "--on-misaligned"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "bad", [Span(3, 4, "X", " "), Span(5, 5, "X", ""), Span(90, 95, "X", "far"), Span(-3, 3, "X", "Ann")]
)
def test_error_policy_refuses_whatever_is_not_exact(bad: Span) -> None:
    with pytest.raises(DataError, match="does not lie on token edges"):
        align_spans(TOKENS, [bad], "error")
    with pytest.raises(DataError):
        align_spans([], [bad], "error")


def test_unknown_policy_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="did you mean 'expand'"):
        align_spans(TOKENS, [], "expnad")  # type: ignore[arg-type]


def test_token_span_to_chars_is_the_inverse() -> None:
    assert token_span_to_chars(TOKENS, 3, 5) == (13, 27)
    for first, end in ((2, 2), (3, 2), (-1, 2), (0, 8)):
        with pytest.raises(ValueError, match="does not fit 7 tokens"):
            token_span_to_chars(TOKENS, first, end)


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[list[Token], list[Span]]:
    text = draw(st.text(st.sampled_from("ab.' -\n"), max_size=25))
    edges = st.integers(-1, len(text) + 1)
    pairs = draw(st.lists(st.tuples(edges, edges), max_size=6))
    return tokenize_words(text), [Span(start, end, "X", text[max(0, start) : end]) for start, end in pairs]


def _fits(tokens: Sequence[Token], source: Span, first: int, end: int, policy: str) -> bool:
    start, stop = token_span_to_chars(tokens, first, end)
    if policy == "expand":
        touched = [
            i for i, token in enumerate(tokens) if token.start < source.end and token.end > source.start
        ]
        return touched == list(range(first, end))
    whole = [i for i, token in enumerate(tokens) if source.start <= token.start and token.end <= source.end]
    return whole == list(range(first, end)) and start >= source.start and stop <= source.end


@settings(max_examples=300, deadline=None)
@given(texts_with_spans(), st.sampled_from(["expand", "shrink", "drop"]))
def test_every_span_is_accounted_for(drawn: tuple[list[Token], list[Span]], policy: MisalignedPolicy) -> None:
    tokens, spans = drawn
    alignment = align_spans(tokens, spans, policy)
    ledger = alignment.ledger()
    assert ledger.balanced
    assert ledger.read == len(spans)
    assert len(alignment.spans) == alignment.kept + sum(alignment.adjusted.values())
    places = [(token_span_to_chars(tokens, a.first, a.end), spans[a.source][:2]) for a in alignment.spans]
    exact = [ours for ours, theirs in places if ours == theirs]
    assert len(exact) == alignment.kept
    fates = Counter(aligned.fate for aligned in alignment.spans)
    assert fates == Counter({"kept": alignment.kept, **alignment.adjusted})
    assert all(_fits(tokens, spans[a.source], a.first, a.end, policy) for a in alignment.spans)


def test_sentence_spans_count_from_the_sentence() -> None:
    document = document_from_sentences(
        "d", [["Ann", "left", "."], ["Bob", "Lee", "came", "."]], [(0, 0, 1, "PER"), (1, 0, 2, "PER")]
    )
    crossing = Span(4, 14, "X", document.text[4:14])  # left . Bob
    alignment = align_spans(document.tokens, (*document.entities, crossing))
    grouped = sentence_spans(document, alignment)
    assert [list(sentence) for sentence in grouped.sentences] == [
        [(0, 1, "PER", 0, "kept")],
        [(0, 2, "PER", 1, "kept")],
    ]
    assert grouped.unreachable == {"crosses-sentence": 1}


def test_sentence_spans_without_sentences() -> None:
    document = Document("d", "Ann", tokens=(Token("Ann", 0, 3),))
    alignment = align_spans(document.tokens, [Span(0, 3, "PER", "Ann")])
    assert sentence_spans(document, alignment).unreachable == {"crosses-sentence": 1}


def test_tokenize_document_fills_tokens_and_sentences_once() -> None:
    document = Document("d", "Ann left. Bob came.", entities=(Span(0, 3, "PER", "Ann"),), labels=("a",))
    full = tokenize_document(document)
    assert full.words == ["Ann", "left", ".", "Bob", "came", "."]
    assert full.sentences == ((0, 3), (3, 6))
    assert (full.id, full.entities, full.labels) == (document.id, document.entities, document.labels)
    assert document.tokens == ()
    assert tokenize_document(full) is full
    empty = Document("d", " ")
    assert tokenize_document(empty) == empty
