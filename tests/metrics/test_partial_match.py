"""Pairing, SemEval'13 scores, confusion of entities and kinds of errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_strategies import LABELS, table_pairs

from onoma.metrics.confusion import count_errors, entity_confusion
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.pairing import pair_spans
from onoma.metrics.partial import READINGS, partial_scores
from onoma.metrics.spans import SpanTable, spans_from_tokens

Row = list[tuple[int, int, str]]

CASES: dict[str, tuple[Row, Row]] = {
    "correct": ([(2, 4, "X")], [(2, 4, "X")]),
    "wrong_label": ([(2, 4, "X")], [(2, 4, "Y")]),
    "wrong_boundary": ([(2, 4, "X")], [(3, 6, "X")]),
    "wrong_label_and_boundary": ([(2, 4, "X")], [(1, 3, "Y")]),
    "missed": ([(2, 4, "X")], []),
    "spurious": ([], [(2, 4, "X")]),
}
OUTCOMES = {
    "correct": ("correct", "correct", "correct", "correct"),
    "wrong_label": ("incorrect", "correct", "correct", "incorrect"),
    "wrong_boundary": ("incorrect", "incorrect", "partial", "correct"),
    "wrong_label_and_boundary": ("incorrect", "incorrect", "partial", "incorrect"),
    "missed": ("missed",) * 4,
    "spurious": ("spurious",) * 4,
}


@pytest.mark.parametrize("kind", CASES)
def test_each_kind_of_error_is_told_apart(kind: str) -> None:
    gold, predicted = CASES[kind]
    pairing = pair_spans(spans_from_tokens([gold]), spans_from_tokens([predicted]))
    errors = count_errors(pairing)
    assert errors.as_dict() == dict.fromkeys(CASES, 0) | {kind: 1}
    for reading, outcome in zip(READINGS, OUTCOMES[kind], strict=True):
        counts = partial_scores(pairing)[reading].total.as_dict()
        found = {name: counts[name] for name in ("correct", "incorrect", "partial", "missed", "spurious")}
        assert found == dict.fromkeys(found, 0) | {outcome: 1}, reading


@pytest.mark.parametrize(
    ("predicted", "best"),
    [
        ([(0, 4, "Y"), (0, 4, "X")], (0, 4, "X")),  # place and label before place
        ([(0, 3, "X"), (0, 4, "Y")], (0, 4, "Y")),  # place before overlap with the label
        ([(0, 3, "Y"), (3, 9, "X")], (3, 9, "X")),  # the label before a larger overlap
        ([(0, 1, "X"), (1, 9, "X")], (1, 9, "X")),  # the larger overlap
        ([(2, 9, "X"), (0, 2, "X")], (0, 2, "X")),  # the earlier of equals
        ([(2, 4, "Z"), (2, 4, "Y")], (2, 4, "Y")),  # then by label
    ],
)
def test_the_best_pair_is_taken_and_the_rest_is_spurious(predicted: Row, best: tuple[int, int, str]) -> None:
    pairing = pair_spans(spans_from_tokens([[(0, 4, "X")]]), spans_from_tokens([predicted]))
    table, row = pairing.predicted, int(pairing.predicted_ids[0])
    assert (table.starts[row], table.ends[row], table.labels[table.label_ids[row]]) == best
    assert len(pairing.spurious) == 1


def test_mentions_that_only_touch_or_lie_in_other_documents_are_no_pair() -> None:
    pairing = pair_spans(
        spans_from_tokens([[(0, 2, "X")], [], [(3, 9, "X")]]),
        spans_from_tokens([[(2, 3, "X")], [(0, 9, "X")], [(0, 3, "X")]]),
    )
    errors = count_errors(pairing)
    assert (errors.missed, errors.spurious, errors.gold, errors.predicted) == (2, 3, 2, 3)


def brute_force_pairs(gold: SpanTable, predicted: SpanTable) -> set[tuple[int, int]]:
    def begin_end(table: SpanTable, row: int) -> tuple[int, int, int]:
        return int(table.document_ids[row]), int(table.starts[row]), int(table.ends[row])

    candidates = []
    for one in range(len(gold)):
        for other in range(len(predicted)):
            (d, s, e), (d2, s2, e2) = begin_end(gold, one), begin_end(predicted, other)
            overlap = min(e, e2) - max(s, s2)
            if d == d2 and overlap > 0:
                same_label = gold.label_ids[one] == predicted.label_ids[other]
                candidates.append((2 * ((s, e) != (s2, e2)) + (not same_label), -overlap, one, other))
    pairs: set[tuple[int, int]] = set()
    for _, _, one, other in sorted(candidates):
        if all(one != a and other != b for a, b in pairs):
            pairs.add((one, other))
    return pairs


@given(table_pairs())
def test_pairs_are_those_of_the_plain_greedy_search(pair: tuple[SpanTable, SpanTable]) -> None:
    pairing = pair_spans(*pair)
    found = set(zip(pairing.gold_ids.tolist(), pairing.predicted_ids.tolist(), strict=True))
    assert found == brute_force_pairs(pairing.gold, pairing.predicted)
    assert sorted([*pairing.gold_ids, *pairing.missed]) == list(range(len(pairing.gold)))
    assert sorted([*pairing.predicted_ids, *pairing.spurious]) == list(range(len(pairing.predicted)))


@given(table_pairs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(pair: tuple[SpanTable, SpanTable], random: object) -> None:
    shuffled = []
    for table in pair:
        rows = list(range(len(table)))
        random.shuffle(rows)  # type: ignore[attr-defined]
        shuffled.append(table.take(np.array(rows, dtype=np.int64)))
    one, other = pair_spans(*pair), pair_spans(*shuffled)
    assert partial_scores(one) == partial_scores(other)
    assert count_errors(one) == count_errors(other)
    np.testing.assert_array_equal(entity_confusion(one).counts, entity_confusion(other).counts)


@given(table_pairs())
def test_everything_adds_up(pair: tuple[SpanTable, SpanTable]) -> None:
    pairing, micro = pair_spans(*pair), entity_scores(match_exact(*pair)).micro
    errors = count_errors(pairing)
    assert (errors.correct, errors.gold, errors.predicted) == (micro.correct, micro.gold, micro.predicted)
    scores = partial_scores(pairing)
    assert scores["strict"].total.score == micro
    for reading in READINGS:
        total, rows = scores[reading].total, list(scores[reading].per_label.values())
        for name in ("correct", "incorrect", "partial", "missed", "spurious"):
            assert sum(getattr(row, name) for row in rows) == getattr(total, name)
        assert (total.score.gold, total.score.predicted) == (micro.gold, micro.predicted)
        for label, row in scores[reading].per_label.items():
            table = pairing.gold
            assert row.score.gold == sum(table.labels[i] == label for i in table.label_ids.tolist())
    confusion = entity_confusion(pairing)
    size = len(pairing.gold.labels)
    assert confusion.counts.shape == (size + 1, size + 1)
    assert (confusion.rows[-1], confusion.columns[-1], confusion.counts[-1, -1]) == ("spurious", "missed", 0)
    gold = np.bincount(pairing.gold.label_ids, minlength=size)
    predicted = np.bincount(pairing.predicted.label_ids, minlength=size)
    assert confusion.counts[:-1].sum(axis=1).tolist() == gold.tolist()
    assert confusion.counts[:, :-1].sum(axis=0).tolist() == predicted.tolist()
    assert confusion.counts[-1].sum() == errors.spurious
    assert confusion.counts[:, -1].sum() == errors.missed
    assert np.trace(confusion.counts) == errors.correct + errors.wrong_boundary


def test_rates_give_half_a_point_for_a_partial_match() -> None:
    gold, predicted = [(0, 4, "X"), (6, 8, "X")], [(0, 3, "Y"), (6, 8, "X"), (9, 10, "X")]
    scores = partial_scores(pair_spans(spans_from_tokens([gold]), spans_from_tokens([predicted])))
    score = scores["partial"].total.score
    assert [score.precision, score.recall, score.f1] == pytest.approx([0.5, 0.75, 0.6])


def test_empty_spans_meet_their_like() -> None:
    table = spans_from_tokens([[(3, 3, "X"), (0, 2, "X")]])
    assert count_errors(pair_spans(table, table)).correct == 2


@st.composite
def one_to_one_rows(draw: st.DrawFn) -> tuple[Row, Row]:
    """Gold and predicted mentions of which each overlaps one of the other side at most."""
    gold: Row = []
    predicted: Row = []
    for slot in range(draw(st.integers(0, 5))):
        for side in (gold, predicted):
            if draw(st.booleans()):
                start = slot * 10 + draw(st.integers(0, 2))
                side.append((start, start + draw(st.integers(1, 4)), draw(st.sampled_from(LABELS))))
    return gold, predicted


@given(st.lists(one_to_one_rows(), min_size=1, max_size=3))
def test_totals_equal_nervaluate_where_overlaps_are_one_to_one(rows: list[tuple[Row, Row]]) -> None:
    """Where a mention overlaps several, nervaluate pairs in listing order, first come first served.

    Its readings also pair each for itself, and its per-label rows look at one label alone, so that they do
    not add up; ours is one pairing for all. Only totals can be compared, where there is nothing to choose.
    """
    nervaluate = pytest.importorskip("nervaluate", reason="the oracle nervaluate is not installed")

    def as_dicts(row: Row) -> list[dict[str, object]]:
        return [{"start": start, "end": end - 1, "label": label} for start, end, label in row]

    gold, predicted = ([side[i] for side in rows] for i in (0, 1))
    evaluator = nervaluate.Evaluator(
        [as_dicts(row) for row in gold],
        [as_dicts(row) for row in predicted],
        tags=list(LABELS),
        loader="dict",
    )
    theirs = evaluator.evaluate()["overall"]
    ours = partial_scores(pair_spans(spans_from_tokens(gold), spans_from_tokens(predicted)))
    for reading, name in zip(READINGS, ("strict", "exact", "partial", "ent_type"), strict=True):
        expected = theirs[name]
        total = ours[reading].total
        for count in ("correct", "incorrect", "partial", "missed", "spurious"):
            assert getattr(total, count) == getattr(expected, count), (reading, count)
        rates = [total.score.precision, total.score.recall, total.score.f1]
        assert rates == pytest.approx([expected.precision, expected.recall, expected.f1])
