"""The whole evaluation of documents, with seen mentions, document labels and calibration."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_strategies import document, with_characters

from onoma.errors import ConfigError, ModelError
from onoma.metrics.calibration import bin_scores, calibrate
from onoma.metrics.documents import document_scores
from onoma.metrics.exact import match_exact
from onoma.metrics.report import evaluate
from onoma.metrics.seen import seen_split, train_mentions
from onoma.metrics.spans import spans_from_documents
from onoma.text import Document

GOLD = [
    document("Ann met Bob Lee in New York", [(0, 1, "PER"), (2, 4, "PER"), (5, 7, "LOC")], id="a"),
    document("Lee Ltd paid", [(0, 2, "ORG"), (0, 1, "PER")], id="b"),
    document("nothing here", [], id="c"),
]
PREDICTED = [
    document("Ann met Bob Lee in New York", [(0, 1, "PER"), (3, 4, "PER"), (5, 7, "ORG")], id="a"),
    document("Lee Ltd paid", [(0, 2, "ORG")], id="b"),
    document("nothing here", [(1, 2, "LOC")], id="c"),
]


def test_the_whole_object() -> None:
    result = evaluate(GOLD, PREDICTED, train_mentions=["Ann", "Lee", "here"])
    scores = result.as_dict()
    assert list(scores) == [
        "entity",
        "token",
        "partial",
        "seen",
        "unseen",
        "calibration",
        "gold_entities",
        "errors",
    ]
    assert scores["gold_entities"] == result.gold_entities == sum(len(one.entities) for one in GOLD)
    assert scores["errors"] == {
        "correct": 2,
        "wrong_label": 1,
        "wrong_boundary": 1,
        "wrong_label_and_boundary": 0,
        "missed": 1,
        "spurious": 1,
    }
    assert result.entity.micro.f1 == pytest.approx(2 * 2 / (5 + 5))
    assert list(scores["entity"]) == ["precision", "recall", "f1", "macro_f1", "per_label"]  # type: ignore[call-overload]
    assert list(scores["partial"]) == ["strict", "exact", "partial", "type"]  # type: ignore[call-overload]
    assert result.token.accuracy == pytest.approx(7 / 12)  # Bob, Lee, New, York are wrong, and "here"
    assert scores["calibration"] == {"ece": None}
    json.dumps(scores, allow_nan=False)


def test_per_document_counts_and_confusions_are_at_hand() -> None:
    result = evaluate(GOLD, PREDICTED)
    assert result.document_ids == ("a", "b", "c")
    assert [column.tolist() for column in result.document_counts] == [[1, 1, 0], [3, 2, 0], [3, 1, 1]]
    confusion = result.entity_confusion
    assert confusion.as_dict() == {
        "rows": ["LOC", "ORG", "PER", "spurious"],
        "columns": ["LOC", "ORG", "PER", "missed"],
        "counts": [[0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 2, 1], [1, 0, 0, 0]],
    }
    tags = result.tag_confusion
    assert tags.rows == ("O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER")
    assert tags.counts.sum() == 12
    assert tags.counts[tags.rows.index("I-PER"), tags.columns.index("B-PER")] == 1


def test_without_train_seen_is_not_measured() -> None:
    scores = evaluate(GOLD, PREDICTED).as_dict()
    assert scores["seen"] is None
    assert scores["unseen"] is None


def test_seen_and_unseen_surfaces() -> None:
    mentions = train_mentions([document("Ann saw Lee", [(0, 1, "LOC"), (2, 3, "PER")])])
    assert mentions == {"Ann", "Lee"}
    match = match_exact(spans_from_documents(GOLD), spans_from_documents(PREDICTED))
    seen, unseen = seen_split(match, GOLD, PREDICTED, mentions)
    assert (seen.correct, seen.predicted, seen.gold) == (1, 2, 2)  # Ann right; "Lee" predicted wrong, missed
    assert (unseen.correct, unseen.predicted, unseen.gold) == (1, 3, 3)


def test_case_makes_a_surface_unseen() -> None:
    result = evaluate(GOLD, GOLD, train_mentions={"ann", "new york"})
    assert result.seen is not None
    assert result.seen.gold == 0


def test_seen_refuses_a_match_of_other_documents() -> None:
    match = match_exact(spans_from_documents(GOLD), spans_from_documents(PREDICTED))
    with pytest.raises(ValueError, match="not made from these"):
        seen_split(match, GOLD[:1], PREDICTED[:1], ())


@pytest.mark.parametrize(
    ("predicted", "message"),
    [
        (PREDICTED[:2], "3 gold documents, but 2 predicted"),
        ([PREDICTED[1], PREDICTED[0], PREDICTED[2]], "document 0: gold is 'a', predicted is 'b'"),
        (
            [*PREDICTED[:2], replace(PREDICTED[2], text="nothing there")],
            "document 2 'c'.*differ from character 8: 'here' and 'there'",
        ),
        (
            [*PREDICTED[:2], replace(PREDICTED[2], text="nothing here!")],
            "from character 12: '' and '!'",
        ),
    ],
)
def test_other_documents_are_refused(predicted: list[Document], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        evaluate(GOLD, predicted)


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ConfigError, match="BIOE"):
        evaluate(GOLD, GOLD, scheme="BIOE")


@pytest.mark.parametrize("scheme", ["IO", "IOB1", "BIO", "BIOES", "BILOU"])
def test_gold_against_itself_is_perfect(scheme: str) -> None:
    result = evaluate(GOLD, GOLD, train_mentions={"Ann"}, scheme=scheme)
    assert (result.entity.micro.f1, result.entity.macro_f1) == (1.0, 1.0)
    assert result.token.as_dict() == {"accuracy": 1.0, "macro_f1": 1.0, "batch_macro_f1": 1.0}
    assert all(scores.total.score.f1 == 1.0 for scores in result.partial.values())
    assert (result.errors.correct, result.errors.gold) == (5, 5)


def test_gold_without_tokens_is_scored_on_the_predicted_tokens() -> None:
    bare = [replace(one, tokens=(), sentences=()) for one in GOLD]
    assert evaluate(bare, PREDICTED).token == evaluate(GOLD, PREDICTED).token


def test_no_documents_give_zeros() -> None:
    result = evaluate([], [])
    assert (result.gold_entities, result.entity.micro.f1, result.token.accuracy) == (0, 0.0, 0.0)


def test_document_labels_are_scored() -> None:
    gold = [document("x", [], labels=("A", "B")), document("x", []), document("x", [], labels=())]
    predicted = [document("x", [], labels=("B", "C")), document("x", [], labels=("A",)), document("x", [])]
    result = evaluate(gold, predicted)
    assert result.documents is not None
    assert result.as_dict()["documents"] == {
        "micro_f1": 0.5,
        "macro_f1": 0.5,  # A 0, B 1; C is not in gold
        "per_label": {name: score.as_dict() for name, score in result.documents.per_label.items()},
    }
    assert list(result.documents.per_label) == ["A", "B", "C"]


def test_document_labels_are_not_scored_where_there_are_none() -> None:
    bare, labelled = [document("x", [])], [document("x", [], labels=("A",))]
    assert document_scores(bare, labelled) is None
    assert document_scores(labelled, bare) is None


def test_calibration_of_documents() -> None:
    predicted = [with_characters(GOLD[0], [(0, 3, "PER"), (4, 7, "PER")], score=0.75)]
    result = evaluate(GOLD[:1], predicted)
    assert result.calibration is not None
    assert result.calibration.ece == pytest.approx(0.25)  # half of them right at 0.75
    assert result.as_dict()["calibration"] == {"ece": result.calibration.ece}


def test_predictions_without_score_are_left_out_and_counted() -> None:
    mixed = with_characters(GOLD[0], [(0, 3, "PER")], score=1.0)
    mixed = replace(mixed, entities=(*mixed.entities, *PREDICTED[0].entities[1:]))
    calibration = calibrate(match_exact(spans_from_documents(GOLD[:1]), spans_from_documents([mixed])))
    assert calibration is not None
    assert (calibration.ece, calibration.num_unscored, calibration.counts.sum()) == (0.0, 2, 1)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_ece_equals_its_definition(rows: list[tuple[float, bool]]) -> None:
    scores, correct = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    calibration = bin_scores(scores, correct)
    assert calibration is not None
    expected = 0.0
    for index, (low, high) in enumerate(zip(calibration.edges[:-1], calibration.edges[1:], strict=True)):
        inside = (scores > low) & (scores <= high) | ((index == 0) & (scores == 0))
        assert calibration.counts[index] == inside.sum()
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - scores[inside].mean())
            assert calibration.accuracy[index] == pytest.approx(correct[inside].mean())
            assert calibration.confidence[index] == pytest.approx(scores[inside].mean())
        else:
            assert np.isnan(calibration.accuracy[index])
    assert calibration.ece == pytest.approx(expected)
    assert calibration.edges.shape == (16,)


def test_scores_outside_of_0_to_1_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        bin_scores(np.array([1.5]), np.array([True]))
    assert bin_scores(np.zeros(0), np.zeros(0, dtype=np.bool_)) is None
