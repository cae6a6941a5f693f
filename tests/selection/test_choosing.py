"""What is chosen from a pool: by each strategy, without near-duplicates, with an unbiased share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import ConfigError
from onoma.selection.choosing import choose
from onoma.selection.pool import make_pool, sentences_of
from onoma.selection.strategy import OPENING, View, get_strategy, mentions_of, strategies
from onoma.text import Document, Span
from onoma.tokenize import get_tokenizer

TOKENIZER = get_tokenizer("onoma")


@dataclass
class Known:
    """Stands for a tagger: a word has an entity with the probability that the table says."""

    probabilities: dict[str, float]
    decoder: object = object()
    features: object = field(default_factory=lambda: SimpleNamespace(vectors=None, context=0))

    def tag_with_candidates(self, documents, floor):
        candidates = [[span for span in self._spans(one) if span.score >= floor] for one in documents]
        return self.tag(documents), candidates

    def tag(self, documents):
        return [
            one.with_predicted([span for span in self._spans(one) if span.score > 0.5]) for one in documents
        ]

    def _spans(self, document):
        known = [token for token in document.tokens if token.text in self.probabilities]
        return [Span(t.start, t.end, "PER", t.text, self.probabilities[t.text]) for t in known]


def pool(*texts: str):
    return make_pool([Document(str(i), text) for i, text in enumerate(texts)], TOKENIZER, "sentence")


def ids(chosen) -> list[str]:
    return [one.document.id for one in chosen]


@pytest.mark.parametrize("name", ["entropy", "least-confidence"])
def test_the_unsure_comes_first(name: str) -> None:
    there = pool("Sure left home.", "Maybe came back.", "Nobody saw anything.", "Likely slept well.")
    tagger = Known({"Sure": 0.999, "Maybe": 0.5, "Likely": 0.9})
    found = choose(there.documents, [tagger], get_strategy(name), 4)
    assert ids(found.chosen) == ["1", "3", "0", "2"]
    scores = [one.score for one in found.chosen]
    assert scores == sorted(scores, reverse=True)
    # The same doubt takes longer to settle where there is more to read.
    (one,), (other,) = (
        choose(pool(text).documents, [tagger], get_strategy(name), 1).chosen
        for text in ("Maybe so.", "Maybe so , or not at")
    )
    assert one.score == pytest.approx((OPENING + 6) / (OPENING + 3) * other.score)


@pytest.mark.parametrize("name", ["entropy", "least-confidence"])
def test_a_text_of_a_word_does_not_come_before_one_full_of_doubts(name: str) -> None:
    tagger = Known({"Maybe": 0.5, "Perhaps": 0.6, "Likely": 0.7, "Possibly": 0.4})
    there = pool("Maybe", "Perhaps he met Likely and Possibly , or Maybe not .")
    assert ids(choose(there.documents, [tagger], get_strategy(name), 2).chosen) == ["1", "0"]


def test_mentions_that_nobody_annotated_come_first() -> None:
    tagger = Known({"Ann": 0.9, "Bo": 0.6, "Cy": 0.7})
    texts = "Ann left home.", "Bo came back.", "Cy and Cy slept."
    strategy = get_strategy("unseen")
    assert ids(choose(pool(*texts).documents, [tagger], strategy, 3).chosen) == ["0", "2", "1"]
    done = Document("done", "ann met  Dee.").with_entities([Span(0, 3, "PER", "ann")])
    there = make_pool(pool(*texts).documents, TOKENIZER, "sentence", [done])
    found = choose(there.documents, [tagger], strategy, 3, mentions=mentions_of([done])).chosen
    assert ids(found) == ["2", "1", "0"]
    assert found[-1].score == 0


def test_disagreement_needs_and_uses_several_models() -> None:
    there = pool("Ann left home.", "Bo came back.")
    models = [Known({"Ann": 0.9, "Bo": 0.9}), Known({"Ann": 0.9, "Bo": 0.1})]
    strategy = get_strategy("disagreement")
    found = choose(there.documents, models, strategy, 1)
    assert ids(found.chosen) == ["1"]
    assert found.chosen[0].score == pytest.approx(np.log(2) / (OPENING + 4))
    with pytest.raises(ConfigError, match="needs 2 models"):
        choose(there.documents, models[:1], strategy, 1)


@given(st.lists(st.floats(0, 1), max_size=6), st.sampled_from(sorted(strategies())))
def test_scores_are_finite_and_not_negative(probabilities, name) -> None:
    document = TOKENIZER.document(Document("d", "a b c d e f g"))
    spans = [Span(2 * i, 2 * i + 1, "X", "abcdefg"[i], value) for i, value in enumerate(probabilities)]
    views = [View(document.with_predicted(spans[::2]), spans), View(document, [])]
    score = get_strategy(name).judge(views, np.random.default_rng(0))
    assert np.isfinite(score)
    assert score >= 0


def test_near_duplicates_are_passed_over() -> None:
    texts = [f"The bank of Maybe paid {number} dollars to its owners on Monday." for number in range(8)]
    there = pool(*texts, "Maybe slept.", "Nobody knows the reason for all of this.")
    found = choose(there.documents, [Known({"Maybe": 0.5})], get_strategy("entropy"), 5)
    assert ids(found.chosen) == ["8", "0", "9"]
    assert found.alike == 7
    annotated = [Document("done", "The bank of Maybe paid 900 dollars to its owners on Tuesday.")]
    there = make_pool(there.documents, TOKENIZER, "sentence", annotated)
    assert len(there.documents) == 10
    found = choose(there.documents, [Known({"Maybe": 0.5})], get_strategy("entropy"), 5, known=there.known)
    assert ids(found.chosen) == ["8", "9"]
    assert found.alike == 8


def test_the_random_share_is_unbiased_and_apart() -> None:
    texts = [f"{word} {word}x {word}y {word}z." for word in "abcdefghij"]
    tagger = Known({"a": 0.5, "b": 0.5})
    counts: Counter[str] = Counter()
    for seed in range(600):
        found = choose(
            pool(*texts).documents, [tagger], get_strategy("entropy"), 4, random_share=0.5, seed=seed
        )
        assert (len(found.sample), len(found.chosen), found.alike) == (2, 2, 0)
        assert not set(ids(found.sample)) & set(ids(found.chosen))
        assert all(one.score is None for one in found.sample)
        counts.update(ids(found.sample))
    assert all(80 < counts[str(index)] < 160 for index in range(10)), counts  # 120 expected
    small = choose(pool(*texts).documents, [tagger], get_strategy("entropy"), 4, random_share=0.1)
    assert (len(small.sample), len(small.chosen)) == (1, 3)  # what was asked for is not rounded away
    again = choose(pool(*texts).documents, [tagger], get_strategy("random"), 4, random_share=0.5, seed=3)
    same = choose(pool(*texts).documents, [tagger], get_strategy("random"), 4, random_share=0.5, seed=3)
    assert again == same


@pytest.mark.parametrize(("budget", "share"), [(0, 0.0), (5, 1.5), (5, -0.1), (5, float("nan"))])
def test_what_makes_no_sense_is_refused(budget: int, share: float) -> None:
    with pytest.raises(ConfigError):
        choose(pool("Ann left.").documents, [Known({})], get_strategy("random"), budget, random_share=share)


@given(st.lists(st.sampled_from(["Ann left. Bo came.", "Bo  came.", "Cy slept.", "", " "]), max_size=6))
def test_the_pool_has_every_text_once(texts) -> None:
    documents = [Document(str(index), text) for index, text in enumerate(texts)]
    there = make_pool(documents, TOKENIZER, "sentence")
    squeezed = ["".join(one.text.split()) for one in there.documents]
    assert len(set(squeezed)) == len(squeezed)
    sentences = sum(len(list(sentences_of(TOKENIZER.document(one)))) for one in documents)
    assert len(squeezed) + there.repeated + there.empty == sentences
    for one in there.documents:
        assert all(one.text[token.start : token.end] == token.text for token in one.tokens)
    assert make_pool(documents, TOKENIZER, "sentence", documents).documents == ()
