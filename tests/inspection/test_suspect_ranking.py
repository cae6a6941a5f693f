"""The order of suspects: precedents, consistency, several models."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.inspection.precedents import NOTHING, count_precedents
from onoma.inspection.suspect_ranking import WEIGHTS, merge, weigh
from onoma.inspection.suspects import Suspect, Suspicion
from onoma.text import Document, Span
from onoma.tokenize import get_tokenizer

TOKENIZER = get_tokenizer("onoma")


def document(text: str, *entities: tuple[str, str], name: str = "d") -> Document:
    """A document whose entities are the first places of their texts."""
    spans = [Span(text.index(one), text.index(one) + len(one), label, one) for one, label in entities]
    return TOKENIZER.document(Document(name, text, entities=tuple(spans)))


def suspect(text: str, gold: str, suggested: str, sure: float = 0.9, where: str = "d", **more) -> Suspect:
    sides = [Span(0, len(text), label, text) if label else None for label in (gold, suggested)]
    kind = "missing" if not gold else "spurious" if not suggested else "wrong_label"
    return Suspect(
        document=where, kind=kind, gold=sides[0], suggested=sides[1], gold_score=1 - sure, confidence=sure,
        before="", text=text, after="", **more,
    )  # fmt: skip


def suspicion(*suspects: Suspect) -> Suspicion:
    return Suspicion((), {}, {"PER": 0.5, "LOC": 0.5}, 1, 9, {}).with_suspects(suspects)


def test_precedents_are_of_whole_tokens_and_outside_of_entities() -> None:
    documents = [
        document("Jordan met Jordan in Jordan, Jordanians say.", ("Jordan", "PER")),
        document("New York and York", ("New York", "LOC")),
    ]
    found = count_precedents(documents, {"Jordan", "York", "New York", "Oslo"})
    assert found == {
        "Jordan": Counter({"PER": 1, NOTHING: 2}),
        "York": Counter({NOTHING: 1}),
        "New York": Counter({"LOC": 1}),
        "Oslo": Counter(),
    }


@pytest.mark.parametrize(
    ("train", "precedent"),
    [
        ([("Oslo", "PER"), ("Oslo", "LOC")], "both"),
        ([("Oslo", "LOC")], "suggested"),
        ([("Oslo", "PER")], "gold"),
        ([("Rome", "LOC")], "none"),
    ],
)
def test_who_is_contradicted_by_heart_comes_later(train: list[tuple[str, str]], precedent: str) -> None:
    learned = [document(text, (text, label)) for text, label in train]
    doubted = suspect("Oslo", "PER", "LOC")
    [one] = weigh(suspicion(doubted), [document("Oslo", ("Oslo", "PER"))], learned).suspects
    assert (one.precedent, one.weight) == (precedent, WEIGHTS[precedent])
    assert one.rank == pytest.approx(0.8 * WEIGHTS[precedent])


def test_what_a_file_says_again_and_again_is_meant() -> None:
    file = [document("Oslo", ("Oslo", "PER"), name=str(number)) for number in range(4)]
    often = weigh(suspicion(suspect("Oslo", "PER", "LOC", where="0")), file, ()).suspects[0]
    file[1:] = [document("Oslo", ("Oslo", "LOC"), name=str(number)) for number in range(1, 4)]
    alone = weigh(suspicion(suspect("Oslo", "PER", "LOC", where="0")), file, ()).suspects[0]
    assert (often.weight, alone.weight) == (1 / 4, 1)
    assert often.precedent == alone.precedent == ""  # nothing is known of train


def test_a_missing_entity_needs_no_precedent_but_for_one_against_it() -> None:
    missing = suspect("Oslo", "", "LOC")
    file = [document("Oslo")]
    for train, precedent in (("Oslo", "gold"), ("Rome", "both")):
        [one] = weigh(suspicion(missing), file, [document(f"{train} x y", ("x", "LOC"))]).suspects
        assert one.precedent == precedent


def test_judged_train_is_no_precedent_of_itself() -> None:
    train = [document("Oslo", ("Oslo", "PER"))]
    found = suspicion(suspect("Oslo", "PER", "LOC", split="train"))
    assert weigh(found, train, train, itself="train").suspects[0].precedent == "none"
    assert weigh(found, train, train).suspects[0].precedent == "gold"  # another file of that name


def test_several_models_agree_or_not() -> None:
    both, alone = suspect("Oslo", "PER", "LOC", 0.8), suspect("Rome", "PER", "LOC", 0.85, where="e")
    merged = merge([suspicion(both, alone), suspicion(suspect("Oslo", "PER", "LOC", 0.6))])
    first, second = merged.suspects
    assert (first.text, first.agreement, first.confidence) == ("Oslo", 1, pytest.approx(0.7))
    assert (second.text, second.agreement, second.rank) == ("Rome", 0.5, pytest.approx(0.35))
    assert merged.kinds["wrong_label"] == 2
    with pytest.raises(ValueError, match="different"):
        merge([suspicion(both), Suspicion((), {}, {}, 2, 9, {})])
    # A model that does not know a label judges less of the same documents.
    less, more = Suspicion((), {}, {}, 1, 3, {"unknown label": 2}), Suspicion((), {}, {}, 1, 5, {})
    assert merge([less, more]).judged == merge([more, less]).judged == 5


words = st.sampled_from(["Oslo", "Rome", "Bern", "sat", "Ann"])


@given(st.lists(st.tuples(words, st.sampled_from(["PER", "LOC", ""])), max_size=12))
def test_precedents_count_every_place_once(pairs) -> None:
    documents = [document(word, *([(word, label)] if label else [])) for word, label in pairs]
    found = count_precedents(documents, {"Oslo", "Rome", "Bern", "sat", "Ann"})
    for word, counts in found.items():
        assert sum(counts.values()) == sum(one == word for one, _ in pairs)
