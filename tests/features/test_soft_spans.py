"""Probabilities of spans as those of a student's classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.soft_spans import SoftSpanLabelling, SpanAnswers, left_over, span_numbers

LENGTHS = np.array([4, 0, 3])
LABELLING = SoftSpanLabelling(np.array([2, 0, 1]), 3)
"""The teachers' labels 0 and 2 are classes 2 and 1 of the student, which does not have label 1."""


@st.composite
def answers(draw: st.DrawFn) -> SpanAnswers:
    """Spans of two sentences, some with two labels that the student has."""
    rows = []
    for sentence in (0, 2):
        for start in range(LENGTHS[sentence]):
            for less in range(min(3, LENGTHS[sentence] - start)):
                labels = draw(st.sampled_from([(), (), (0,), (2,), (0, 2)]))
                whole = draw(st.floats(0.01, 1.0))
                rows += [(sentence, start, less, label, whole / len(labels)) for label in labels]
    table = np.array(rows).reshape(-1, 5)
    return SpanAnswers(*(table[:, place].astype(np.int64) for place in range(4)), table[:, 4].astype("f"))


def dense(said: SpanAnswers) -> np.ndarray:
    """Probabilities of the student's classes of all spans. [B, T, W, C]"""
    found = np.zeros((3, 4, 3, 3))
    found[..., 0] = 1
    for sentence, start, less, label, value in zip(*said, strict=True):
        found[sentence, start, less, LABELLING.classes[label]] += value
        found[sentence, start, less, 0] -= value
    return found.clip(0, 1)


@given(answers(), st.sampled_from([0.5, 1.0, 3.0]))
def test_what_is_expected_is_what_is_said_softened(said: SpanAnswers, temperature: float) -> None:
    expected = LABELLING(said, LENGTHS, temperature)
    wanted = dense(said) ** (1 / temperature)
    wanted /= wanted.sum(axis=-1, keepdims=True)
    found = np.zeros_like(wanted)
    found[..., 0] = 1
    np.add.at(found, tuple(expected[:4]), expected.values)
    # A rounding error of 1e-8 that is left for none is 1e-4 at a temperature of 2.
    np.testing.assert_allclose(found, wanted, atol=1e-2 if temperature > 1 else 1e-6)
    places = {tuple(row) for row in np.array(expected[:4]).T.tolist()}
    assert len(places) == len(expected.values), "a place that comes twice is added up in any order"


def test_numbers_of_spans() -> None:
    columns = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2])
    np.testing.assert_array_equal(span_numbers(*columns), [0, 0, 1, 2, 3])
    assert len(span_numbers(np.zeros(0, np.int64))) == 0
    left = left_over(np.array([0.5, 0.25, 1.0, 0.0, 0.5]), span_numbers(*columns))
    assert left.tolist() == pytest.approx([0.25, 0, 1, 0.5])
