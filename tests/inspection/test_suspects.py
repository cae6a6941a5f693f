"""From probabilities to suspects: thresholds, kinds, order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.inspection.suspects import NOTHING, JudgedDocument, JudgedEntity, class_thresholds, find_suspects
from onoma.text import Document, Span

TEXT = "Anna left Oslo for the Rio Grande today."


def span(text: str, label: str, score: float | None = None) -> Span:
    start = TEXT.index(text)
    return Span(start, start + len(text), label, text, score)


def judged(
    *entities: JudgedEntity,
    extra: tuple[tuple[Span, float], ...] = (),
    outside: tuple[int, float] = (10, 9.8),
) -> JudgedDocument:
    document = Document("d", TEXT, entities=tuple(entity.gold for entity in entities))
    spans, nothings = tuple(one for one, _ in extra), tuple(one for _, one in extra)
    return JudgedDocument(
        document=document,
        entities=entities,
        extra=spans,
        extra_nothing=nothings,
        outside=outside[0],
        outside_sum=outside[1],
        unjudged={},
    )


def entity(text: str, label: str, score: float, nothing: float = 0.0, *rivals: Span) -> JudgedEntity:
    return JudgedEntity(span(text, label), score, nothing, rivals)


SURE = [entity("Anna", "PER", 0.9), entity("Oslo", "LOC", 0.8)]


def test_a_class_must_be_as_probable_as_it_is_where_gold_has_it() -> None:
    thresholds = class_thresholds([judged(*SURE, entity("Anna", "PER", 0.5))])
    assert thresholds == {NOTHING: pytest.approx(0.98), "LOC": 0.8, "PER": pytest.approx(0.7)}
    below = entity("Rio Grande", "PER", 0.1, 0.1, span("Rio Grande", "LOC", 0.4))
    assert find_suspects([judged(*SURE, below)]).suspects == ()
    assert class_thresholds([]) == {}


@pytest.mark.parametrize(
    ("suspect", "kind"),
    [
        (entity("Rio Grande", "PER", 0.01, 0.0, span("Rio Grande", "LOC", 0.98)), "wrong_label"),
        (entity("Rio", "LOC", 0.01, 0.0, span("Rio Grande", "LOC", 0.98)), "wrong_boundary"),
        (entity("today", "PER", 0.01, 0.99), "spurious"),
    ],
)
def test_kinds_of_wrong_gold(suspect: JudgedEntity, kind: str) -> None:
    found = find_suspects([judged(*SURE, suspect)])
    [one] = found.suspects
    assert (one.kind, one.gold, found.kinds[kind]) == (kind, suspect.gold, 1)
    assert (one.suggested is None) == (kind == "spurious")
    assert one.before + one.text + one.after == TEXT
    assert one.gold_score == 0.01
    assert one.margin == pytest.approx(one.confidence - 0.01)


def test_missing_entities_are_suspect_and_less_sure_ones_are_not() -> None:
    extra = ((span("Rio Grande", "LOC", 0.95), 0.02), (span("today", "LOC", 0.6), 0.3))
    [one] = find_suspects([judged(*SURE, extra=extra)]).suspects
    assert (one.kind, one.gold, one.text) == ("missing", None, "Rio Grande")
    assert one.as_dict()["suggested"] == {"start": 23, "end": 33, "label": "LOC", "text": "Rio Grande"}


def test_a_label_that_gold_never_has_is_not_suggested() -> None:
    assert not find_suspects([judged(*SURE, extra=((span("today", "DATE", 1.0), 0.0),))]).suspects


rates = st.floats(0, 1)


@given(st.lists(st.tuples(st.sampled_from(["PER", "LOC"]), rates, rates, rates), min_size=1, max_size=8))
def test_suspects_are_contradicted_and_ranked(rows) -> None:
    entities = [
        entity("Oslo", label, score, nothing, span("Oslo", "LOC" if label == "PER" else "PER", other))
        for label, score, nothing, other in rows
    ]
    found = find_suspects([judged(*entities)])
    margins = [one.margin for one in found.suspects]
    assert margins == sorted(margins, reverse=True)
    assert all(0 < margin <= 1 for margin in margins)
    assert sum(found.kinds.values()) == len(found.suspects) <= len(entities) == found.judged
    for one in found.suspects:
        suggested = NOTHING if one.suggested is None else one.suggested.label
        assert one.confidence >= found.thresholds[suggested]
