"""Examples of errors: of every kind as many as are counted, with the text that they are about."""

from __future__ import annotations

import json

from metric_strategies import document

from onoma.metrics.examples import CONTEXT, error_examples
from onoma.metrics.report import evaluate
from onoma.text import Document, Span, sort_spans

TEXT = "Ann met Bob in New York City at Sun Inc today"


def spans(*entities: tuple[int, int, str], score: float | None = None, id: str = "d") -> Document:
    found = sort_spans(Span(start, end, label, TEXT[start:end], score) for start, end, label in entities)
    return Document(id, TEXT, entities=found)


GOLD = spans((0, 3, "PER"), (8, 11, "PER"), (15, 28, "LOC"), (32, 39, "ORG"))
PREDICTED = spans((0, 3, "PER"), (8, 11, "ORG"), (15, 23, "LOC"), (40, 45, "DATE"), score=0.5)


def test_every_kind_with_both_sides() -> None:
    kinds = {kind.name: kind for kind in error_examples([GOLD], [PREDICTED], 5)}
    assert {name: kind.count for name, kind in kinds.items()} == {
        "missed": 1,
        "spurious": 1,
        "wrong_label": 1,
        "wrong_boundary": 1,
        "wrong_label_and_boundary": 0,
    }
    (missed,) = kinds["missed"].examples
    assert missed.gold is not None
    assert (missed.gold.text, missed.gold.label, missed.gold.score, missed.predicted) == (
        "Sun Inc",
        "ORG",
        None,
        None,
    )
    (spurious,) = kinds["spurious"].examples
    assert spurious.gold is None
    assert spurious.predicted is not None
    assert (spurious.predicted.text, spurious.predicted.score) == ("today", 0.5)
    (label,) = kinds["wrong_label"].examples
    assert [side and side.label for side in (label.gold, label.predicted)] == ["PER", "ORG"]
    (boundary,) = kinds["wrong_boundary"].examples
    assert [side and side.text for side in (boundary.gold, boundary.predicted)] == [
        "New York City",
        "New York",
    ]
    assert (boundary.before, boundary.text) == ("Ann met Bob in ", "New York City")
    assert boundary.after == TEXT[28:][:CONTEXT]
    dumped = json.loads(json.dumps(kinds["missed"].as_dict()))
    assert dumped["examples"][0]["gold"] == {"start": 32, "end": 39, "label": "ORG", "text": "Sun Inc"}
    assert dumped["examples"][0]["predicted"] is None


def test_few_of_many_are_spread_over_the_documents() -> None:
    gold = [spans((0, 3, "PER"), id=str(number)) for number in range(10)]
    missed = error_examples(gold, [spans(id=one.id) for one in gold], 3)[0]
    assert (missed.name, missed.count) == ("missed", 10)
    assert [example.document for example in missed.examples] == ["0", "3", "6"]
    none = error_examples(gold, gold, 3)
    assert [(kind.count, kind.examples) for kind in none] == [(0, ())] * 5
    assert [kind.examples for kind in error_examples(gold, [spans(id=one.id) for one in gold], 0)] == [()] * 5


def test_counts_are_those_of_the_evaluation() -> None:
    gold = [document("Lee Ltd paid", [(0, 2, "ORG"), (0, 1, "PER")], id="b"), GOLD]
    predicted = [document("Lee Ltd paid", [(1, 3, "PER")], id="b"), PREDICTED]
    counts = evaluate(gold, predicted).errors.as_dict()
    for kind in error_examples(gold, predicted, 100):
        assert kind.count == len(kind.examples) == counts[kind.name]
