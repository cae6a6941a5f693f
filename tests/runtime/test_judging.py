"""A model judges gold that it has not seen: planted errors come out on top, nothing is judged unfairly."""

from __future__ import annotations

import random

import numpy as np
import pytest

from onoma.decode.nested import SpanDecoder
from onoma.decode.protocol import Floats
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import scheme_transitions
from onoma.errors import ModelError
from onoma.features.vocabulary import Vocabulary
from onoma.features.word_types import Batch
from onoma.features.words import WordFeatures
from onoma.inspection.suspects import find_suspects
from onoma.runtime.judging import judge
from onoma.runtime.tagger import Tagger
from onoma.tags import get_scheme
from onoma.text import Document, document_from_sentences

SCHEME = get_scheme("BIOES")
TAGS = SCHEME.tags(["LOC", "PER"])
TAG_OF = {"Anna": "S-PER", "Bob": "S-PER", "Oslo": "S-LOC", "New": "B-LOC", "York": "E-LOC"}
WORDS = [*TAG_OF, "then", "left", "for", "."]


class KnowingBackend:
    """Knows each word's tag, and is a little unsure of all."""

    def outputs(self, batch: Batch) -> dict[str, Floats]:
        scores = np.random.default_rng(0).normal(size=(len(WORDS) + 2, len(TAGS))).astype(np.float32) * 0.3
        vocabulary = Vocabulary(WORDS, [1] * len(WORDS))
        for word in WORDS:
            scores[vocabulary.id(word), TAGS.index(TAG_OF.get(word, "O"))] += 8
        return {"emissions": scores[batch["words"]]}


def knowing_tagger(window: int = 0) -> Tagger:
    decoder = TagDecoder(TAGS, SCHEME, scheme_transitions(TAGS, SCHEME))
    features = WordFeatures(Vocabulary(WORDS, [1] * len(WORDS)))
    return Tagger(KnowingBackend(), features, decoder, window=window)


def documents(number: int = 30) -> list[Document]:
    rng = random.Random(5)
    made = []
    for index in range(number):
        sentences = [["then", rng.choice(["Anna", "Bob"]), "left", "for", "Oslo", "."], ["New", "York", "."]]
        spans = [(0, 1, 2, "PER"), (0, 4, 5, "LOC"), (1, 0, 2, "LOC")]
        made.append(document_from_sentences(f"d{index}", sentences, spans))
    return made


def spoil(gold: list[Document]) -> tuple[list[Document], dict[str, str]]:
    """Plant an error of each kind in a document of its own."""
    spoilt = list(gold)
    person, oslo, york = gold[0].entities
    spoilt[3] = gold[3].with_entities([gold[3].entities[0], oslo._replace(label="PER"), york])
    spoilt[7] = gold[7].with_entities([gold[7].entities[0], oslo])
    short = york._replace(end=york.start + 3, text="New")
    spoilt[11] = gold[11].with_entities([gold[11].entities[0], oslo, short])
    then = person._replace(start=0, end=4, text="then")
    spoilt[19] = gold[19].with_entities([then, *gold[19].entities])
    return spoilt, {"d3": "wrong_label", "d7": "missing", "d11": "wrong_boundary", "d19": "spurious"}


@pytest.mark.parametrize("window", [0, 4])
def test_planted_errors_are_found_and_nothing_else(window: int) -> None:
    spoilt, planted = spoil(documents())
    found = find_suspects(judge(knowing_tagger(window), spoilt, split="test"))
    top = {suspect.document: suspect.kind for suspect in found.suspects[:4]}
    assert top == planted
    assert {suspect.split for suspect in found.suspects} == {"test"}
    assert min(suspect.margin for suspect in found.suspects[:4]) > 0.9
    assert found.judged == 30 * 3 - 1 + 1
    assert all(value > 0.9 for value in found.thresholds.values())


def test_gold_scores_are_those_of_the_predictions() -> None:
    gold = documents(3)
    tagger = knowing_tagger()
    for one, predicted in zip(judge(tagger, gold), tagger.tag(gold), strict=True):
        expected = [span.score for span in predicted.entities]
        assert [entity.score for entity in one.entities] == pytest.approx(expected)
        assert one.extra == ()
        assert 0 < one.outside_sum <= one.outside == 5


def test_what_the_model_cannot_express_is_not_suspect_but_counted() -> None:
    sentences = [["then", "Anna", "left", "."], ["New", "York", "."]]
    spans = [(0, 0, 2, "PER"), (0, 1, 2, "PER"), (1, 0, 2, "CITY")]
    document = document_from_sentences("d", sentences, spans)
    across = document.entities[0]._replace(start=10, end=22, text=document.text[10:22])
    document = document.with_entities([*document.entities, across])
    [one] = judge(knowing_tagger(), [document])
    assert one.unjudged == {"nested": 1, "unknown label": 1, "crosses-sentence": 1}
    [entity] = one.entities
    assert entity.gold.text == "then Anna"
    assert entity.rivals  # among them the other label
    assert one.extra == ()  # New York is found where gold has another label, which says nothing of gold
    [inner] = judge(knowing_tagger(), [document], on_nested="innermost")
    assert [entity.gold.text for entity in inner.entities] == ["Anna"]


def test_spans_are_asked_for_within_sentences() -> None:
    tagger = knowing_tagger()
    [document] = documents(1)
    [found] = tagger.span_probabilities([document], [[(6, 8, "LOC"), (0, 1, ""), (1, 2, "LOC")]])
    assert found[0] > 0.9
    assert found[1] > 0.9
    assert found[2] < 0.1
    for wrong in [(5, 7, "LOC"), (3, 3, "LOC"), (8, 10, "LOC")]:
        with pytest.raises(ValueError, match="lies in no sentence"):
            tagger.span_probabilities([document], [[wrong]])


def test_nested_gold_is_judged_by_a_span_model() -> None:
    class Spans:
        def outputs(self, batch: Batch) -> dict[str, Floats]:
            rows, length = batch["words"].shape
            scores = np.zeros((rows, length, 3, 3), dtype=np.float32)
            scores[..., 0] = 6
            scores[:, 0, 1, 1] = scores[:, 0, 0, 2] = 12  # "New York" LOC holds "New" PER
            return {"emissions": scores}

    features = WordFeatures(Vocabulary(WORDS, [1] * len(WORDS)))
    tagger = Tagger(Spans(), features, SpanDecoder(["LOC", "PER"]))
    whole = document_from_sentences("a", [["New", "York", "."]], [(0, 0, 2, "LOC"), (0, 0, 1, "PER")])
    outer = document_from_sentences("b", [["New", "York", "."]], [(0, 0, 2, "LOC")])
    found = find_suspects(judge(tagger, [whole, outer]))
    assert not found.unjudged
    [one] = found.suspects
    assert (one.document, one.kind, one.suggested and one.suggested.text) == ("b", "missing", "New")


def test_a_model_without_entities_cannot_judge() -> None:
    tagger = Tagger(KnowingBackend(), WordFeatures(Vocabulary(WORDS, [1] * len(WORDS))), None)
    with pytest.raises(ModelError, match="cannot judge entities"):
        list(judge(tagger, documents(1)))
