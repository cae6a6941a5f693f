"""Exact match against seqeval, and what seqeval does not have: nested and repeated mentions."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_strategies import any_tags, table_pairs, tag_pairs
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from onoma.metrics.exact import EntityScores, document_counts, entity_scores, match_exact
from onoma.metrics.rates import mean_f1
from onoma.metrics.spans import SpanTable, spans_from_tags, spans_from_tokens
from onoma.tags import SCHEMES, repair_tags

BIO = SCHEMES["BIO"]
Sentences = list[list[str]]


def scores_of_tags(gold: Sentences, predicted: Sentences) -> EntityScores:
    return entity_scores(match_exact(spans_from_tags(gold, BIO), spans_from_tags(predicted, BIO)))


def assert_equals_seqeval(ours: EntityScores, gold: Sentences, predicted: Sentences, **options: Any) -> None:
    if not ours.per_label:
        return  # seqeval fails without entities
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numpy inside seqeval
        theirs = classification_report(gold, predicted, output_dict=True, zero_division=0, **options)
    rows = {"micro avg": ours.micro, **ours.per_label}
    assert theirs.keys() == {*rows, "macro avg", "weighted avg"}
    for name, score in rows.items():
        expected = [theirs[name][rate] for rate in ("precision", "recall", "f1-score", "support")]
        assert [score.precision, score.recall, score.f1, score.gold] == pytest.approx(expected)
    # seqeval's macro is over gold and predicted labels, ours over gold labels.
    everywhere = [score.f1 for score in ours.per_label.values()]
    assert sum(everywhere) / len(everywhere) == pytest.approx(theirs["macro avg"]["f1-score"])
    in_gold = [theirs[name]["f1-score"] for name in ours.per_label if theirs[name]["support"]]
    assert ours.macro_f1 == pytest.approx(sum(in_gold) / len(in_gold) if in_gold else 0.0)


@given(tag_pairs(BIO))
def test_equals_strict_seqeval_on_legal_tags(pair: tuple[Sentences, Sentences]) -> None:
    gold, predicted = ([repair_tags(tags, BIO) for tags in side] for side in pair)
    assert_equals_seqeval(scores_of_tags(gold, predicted), gold, predicted, mode="strict", scheme=IOB2)


@given(tag_pairs(BIO))
def test_equals_strict_seqeval_on_illegal_tags_when_these_are_discarded(
    pair: tuple[Sentences, Sentences],
) -> None:
    """Strict seqeval drops entities that do not start with B: the reading called ``discard`` here."""
    gold, predicted = pair
    ours = scores_of_tags(*([repair_tags(tags, BIO, "discard") for tags in side] for side in pair))
    assert_equals_seqeval(ours, gold, predicted, mode="strict", scheme=IOB2)


@given(tag_pairs(BIO))
def test_equals_default_seqeval_on_illegal_tags(pair: tuple[Sentences, Sentences]) -> None:
    """Default seqeval reads BIO as conlleval does, and so do we."""
    assert_equals_seqeval(scores_of_tags(*pair), *pair)


def counted(table: SpanTable) -> Counter[tuple[int, int, int, str]]:
    columns = (table.document_ids, table.starts, table.ends, table.label_ids)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return Counter((where, start, end, table.labels[label]) for where, start, end, label in rows)


@given(table_pairs())
def test_nested_and_repeated_spans_match_as_multisets(pair: tuple[SpanTable, SpanTable]) -> None:
    gold, predicted = counted(pair[0]), counted(pair[1])
    correct = gold & predicted
    match = match_exact(*pair)
    assert counted(match.gold.take(match.gold_matched)) == correct
    assert counted(match.predicted.take(match.predicted_matched)) == correct
    scores = entity_scores(match)
    assert (scores.micro.correct, scores.micro.predicted, scores.micro.gold) == (
        correct.total(),
        predicted.total(),
        gold.total(),
    )
    for label, score in scores.per_label.items():
        numbers = tuple(
            sum(count for key, count in counts.items() if key[3] == label)
            for counts in (correct, predicted, gold)
        )
        assert (score.correct, score.predicted, score.gold) == numbers


@given(table_pairs())
def test_document_counts_add_up(pair: tuple[SpanTable, SpanTable]) -> None:
    match = match_exact(*pair)
    counts, micro = document_counts(match), entity_scores(match).micro
    assert all(column.shape == (pair[0].num_documents,) for column in counts)
    assert [int(column.sum()) for column in counts] == [micro.correct, micro.gold, micro.predicted]
    assert (counts.correct <= np.minimum(counts.gold, counts.predicted)).all()


def test_the_first_copy_of_a_prediction_is_right_and_the_second_wrong() -> None:
    match = match_exact(spans_from_tokens([[(0, 2, "X")]]), spans_from_tokens([[(0, 2, "X"), (0, 2, "X")]]))
    assert match.predicted_matched.tolist() == [True, False]
    scores = entity_scores(match).micro
    assert (scores.precision, scores.recall) == (0.5, 1.0)


def test_gold_that_stands_twice_must_be_predicted_twice() -> None:
    match = match_exact(spans_from_tokens([[(0, 2, "X"), (0, 2, "X")]]), spans_from_tokens([[(0, 2, "X")]]))
    assert match.gold_matched.tolist() == [True, False]
    assert entity_scores(match).micro.recall == 0.5


def test_documents_are_counted_apart() -> None:
    gold = spans_from_tokens([[(0, 1, "X")], [], [(0, 1, "X"), (2, 3, "X")]])
    predicted = spans_from_tokens([[], [(0, 1, "X")], [(2, 3, "X")]])
    counts = document_counts(match_exact(gold, predicted))
    assert counts.correct.tolist() == [0, 0, 1]
    assert counts.gold.tolist() == [1, 0, 2]
    assert counts.predicted.tolist() == [0, 1, 1]


def test_positions_too_large_for_one_key_still_match() -> None:
    far = 2**40 - 4  # a power of two apart, so that keys that overflow would lose the document
    gold = spans_from_tokens([[(0, 1, "X"), (far, far + 3, "X")], [(far, far + 3, "X")]])
    predicted = spans_from_tokens([[(far, far + 3, "X"), (far, far + 2, "X")], [(0, 1, "X")]])
    match = match_exact(gold, predicted)
    assert match.gold_matched.tolist() == [False, True, False]
    assert match.predicted_matched.tolist() == [True, False, False]


def test_an_invented_label_lowers_micro_but_not_macro() -> None:
    gold, predicted = spans_from_tokens([[(0, 1, "X")]]), spans_from_tokens([[(0, 1, "X"), (1, 2, "Y")]])
    scores = entity_scores(match_exact(gold, predicted))
    assert scores.macro_f1 == 1.0
    assert scores.micro.f1 == pytest.approx(2 / 3)
    assert scores.per_label["Y"].f1 == 0.0


def test_nothing_to_divide_by_gives_zero() -> None:
    scores = entity_scores(match_exact(spans_from_tokens([[]]), spans_from_tokens([[]])))
    assert scores.as_dict() == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "macro_f1": 0.0, "per_label": {}}
    assert mean_f1([]) == 0.0


def test_different_numbers_of_documents_are_refused() -> None:
    with pytest.raises(ValueError, match="1 documents, predicted 2"):
        match_exact(spans_from_tokens([[]]), spans_from_tokens([[], []]))


@given(st.lists(any_tags(BIO), min_size=1, max_size=4))
def test_perfect_predictions_score_one(sentences: Sentences) -> None:
    table = spans_from_tags(sentences, BIO)
    assert entity_scores(match_exact(table, table)).micro.f1 == (1.0 if len(table) else 0.0)
