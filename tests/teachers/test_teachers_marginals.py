"""How teachers' answers are written, renamed, averaged and read."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.readers.label_map import LabelMap
from onoma.teachers.marginals import average, best_spans, from_spans, renamed, sureness, taught_spans
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

LABELS = ("LOC", "ORG", "PER")


@st.composite
def span_rows(draw: st.DrawFn) -> tuple[list[tuple[int, int, str, float]], int]:
    """Spans that do not overlap, with confidences above one half, and a number of tokens."""
    spans, place = [], 0
    for _ in range(draw(st.integers(0, 4))):
        first = place + draw(st.integers(0, 2))
        place = first + draw(st.integers(1, 3))
        spans.append((first, place, draw(st.sampled_from(LABELS)), draw(st.floats(0.75, 1.0, width=32))))
    return spans, place + draw(st.integers(0, 2))


@given(span_rows())
def test_spans_come_back(given: tuple[list[tuple[int, int, str, float]], int]) -> None:
    spans, length = given
    marginals = from_spans(spans, length, LABELS)
    assert marginals.shape == (length, 13)
    np.testing.assert_allclose(marginals.sum(axis=1), 1, atol=1e-6)
    assert [span[:3] for span in best_spans(marginals, LABELS)] == [span[:3] for span in spans]
    assert sureness(marginals) == pytest.approx(min((span[3] for span in spans), default=1))


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4), st.integers(0, 5))
def test_the_average_is_a_mean_and_blind_to_order(seeds: list[int], length: int) -> None:
    answers = [
        np.random.default_rng(seed).dirichlet(np.ones(13), length).astype(np.float32) for seed in seeds
    ]
    mean = average(answers)
    np.testing.assert_allclose(mean, np.mean(answers, axis=0), atol=1e-6)
    np.testing.assert_allclose(mean, average(answers[::-1]), atol=1e-6)
    np.testing.assert_allclose(average([answers[0]] * 3), answers[0], atol=1e-6)


def test_answers_for_other_labels_are_not_averaged() -> None:
    with pytest.raises(ValueError, match="averaged"):
        average([np.ones((2, 5), np.float32), np.ones((2, 9), np.float32)])


@given(st.integers(0, 2**32 - 1))
def test_renaming_keeps_every_row_a_distribution(seed: int) -> None:
    marginals = np.random.default_rng(seed).dirichlet(np.ones(13), 4).astype(np.float32)
    labels = LabelMap({"PER": "X", "ORG": "X", "LOC": ""})
    found = renamed(marginals, LABELS, labels, ["X"])
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found[:, 0], marginals[:, 0] + marginals[:, 1:5].sum(axis=1), atol=1e-6)
    np.testing.assert_allclose(found[:, 1:], marginals[:, 5:9] + marginals[:, 9:13], atol=1e-6)
    np.testing.assert_array_equal(renamed(marginals, LABELS, LabelMap(), LABELS), marginals)


def test_what_cannot_be_taught_is_counted() -> None:
    text = "Anna Berg of New York. She left."
    document = tokenize_document(Document("d", text))
    notes: Counter[str] = Counter()
    entities = [
        Span(0, 9, "PER", "Anna Berg"),
        Span(0, 4, "PER", "Anna", 0.7),
        Span(13, 26, "LOC", text[13:26], 0.5),
        Span(13, 19, "LOC", "New Yo", 0.5),
    ]
    found = taught_spans(document, entities, 0.9, notes)
    assert found == [(0, 2, "PER", 0.9), (3, 5, "LOC", 0.5)]
    assert notes["nested"] == 1
    assert sum(notes.values()) == 2, notes
