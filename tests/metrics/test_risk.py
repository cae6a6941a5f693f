"""A promised recall: what is promised, that it is kept on average, and where it is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.metrics.risk import (
    ASKED,
    MAX_RISK_POINTS,
    best_recall,
    choose_point,
    cover_values,
    documents_needed,
    measure_coverage,
    risk_curve,
)
from onoma.text import Document, Span

FLOOR = 0.01
values = st.lists(
    st.lists(st.sampled_from([0.0, 0.02, 0.1, 0.1000001, 0.5, 0.9, 1.0]), max_size=5), max_size=40
).map(lambda listed: [np.array(one) for one in listed])


def missed_at(documents, threshold):
    return float(np.mean([(one < threshold).mean() for one in documents if len(one)]))


@settings(max_examples=200)
@given(values, st.sampled_from(ASKED) | st.floats(0.01, 0.999))
def test_the_curve_is_what_thresholds_miss_and_the_bound_holds(documents, recall):
    curve = risk_curve(documents, FLOOR)
    if curve is None:
        assert not any(map(len, documents))
        return
    assert len(curve.thresholds) == len(curve.missed) <= MAX_RISK_POINTS
    assert list(curve.thresholds) == sorted(set(curve.thresholds))
    for threshold, missed in zip(curve.thresholds, curve.missed, strict=True):
        assert missed == pytest.approx(missed_at(documents, threshold), abs=1e-12)
    count = sum(1 for one in documents if len(one))
    candidates = {FLOOR, *(value for one in documents for value in one.tolist() if value > 0)}
    reached = [
        threshold
        for threshold in candidates
        if (count * missed_at(documents, threshold) + 1) / (count + 1) <= 1 - recall + 1e-12
    ]
    point = choose_point(curve, recall)
    assert (point is None) == (not reached)
    if point is not None:
        # Of the highest threshold that may be chosen nothing more is missed, if the recall is a usual one.
        assert curve.thresholds[point] <= max(reached)
        if recall in ASKED:
            assert curve.missed[point] == pytest.approx(missed_at(documents, max(reached)))
        assert best_recall(curve) >= recall - 0.001


def test_a_promise_is_kept_on_average_and_not_by_much_more():
    numbers = np.random.default_rng(5)

    def draw(count):
        sizes = numbers.integers(1, 8, count)
        shifts = numbers.normal(size=count)  # documents differ
        return [
            1 / (1 + np.exp(-(numbers.normal(2, 2, size) + shift)))
            for size, shift in zip(sizes, shifts, strict=True)
        ]

    for recall in (0.8, 0.95):
        kept = []
        for _ in range(300):
            curve = risk_curve(draw(100), 1e-6)
            assert curve is not None
            point = choose_point(curve, recall)
            assert point is not None
            kept.append(1 - missed_at(draw(100), curve.thresholds[point]))
        # The guarantee, and the bound of how far above it the mean can be (2 / (n + 1)), with their noise.
        noise = 3 * np.std(kept) / np.sqrt(len(kept))
        assert recall - noise <= np.mean(kept) <= recall + 2 / 101 + noise


def test_small_dev_promises_little():
    perfect = [np.array([1.0])] * 48
    curve = risk_curve(perfect, FLOOR)
    assert curve is not None
    assert choose_point(curve, 0.98) is None
    assert best_recall(curve) == 0.979
    assert documents_needed(0.98) == 49
    enough = risk_curve([*perfect, np.array([1.0])], FLOOR)
    assert enough is not None
    assert choose_point(enough, 0.98) is not None
    assert choose_point(enough, 1.0) is None


def test_what_no_candidate_covers_and_what_was_lost_is_missed():
    curve = risk_curve([np.array([0.0, 0.5]), np.array([]), np.array([0.8])], FLOOR, lost=0.1)
    assert curve is not None
    assert curve.documents == 2
    assert curve.missed[0] == pytest.approx(0.25 * 0.9 + 0.1)
    assert risk_curve([np.array([])], FLOOR) is None


def span(start, end, label="PER", score=None, fragments=()):
    return Span(start, end, label, "x" * (end - start), score, fragments)


def test_an_entity_is_covered_where_all_of_its_characters_are():
    document = Document("1", "Ann Lee left Rome", entities=(span(0, 7), span(13, 17, "LOC")))
    parts = [span(0, 3, "PER", 0.9), span(4, 7, "ORG", 0.2), span(2, 7, "PER", 0.1)]
    assert cover_values(document, parts).tolist() == [0.2, 0.0]
    # Two of three letters are not enough, and fragments leave out what lies between them.
    assert cover_values(document, [span(0, 6, "PER", 0.9), span(14, 17, "LOC", 0.9)]).tolist() == [0, 0]
    broken = Document("2", document.text, entities=(span(0, 12, fragments=((0, 3), (8, 12))),))
    assert cover_values(broken, [span(0, 3, "PER", 0.7), span(8, 12, "PER", 0.6)]).tolist() == [0.6]


def test_coverage_counts_documents_and_entities():
    gold = [
        Document("1", "Ann Lee", entities=(span(0, 3), span(4, 7))),
        Document("2", "none"),
        Document("3", "Bo", entities=(span(0, 2),)),
    ]
    given_ = [gold[0].with_entities([span(0, 3, "LOC", 0.1)]), gold[1], gold[2]]
    coverage = measure_coverage(gold, given_)
    assert coverage is not None
    assert coverage == (2, 3, pytest.approx(0.75), pytest.approx(2 / 3))
    lossy = measure_coverage(gold, given_, num_unread=1)
    assert lossy is not None
    assert (lossy.entities, lossy.by_entity) == (4, pytest.approx(0.5))
    assert measure_coverage([gold[1]], [gold[1]]) is None
