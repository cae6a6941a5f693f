"""A temperature changes how probable entities are, and never which ones come out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode.nested import SpanDecoder
from onoma.decode.protocol import NOTHING
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.features.windows import Window
from onoma.tags import get_scheme

LABELS = ("LOC", "PER")
TEMPERATURES = st.floats(0.05, 20)
SEEDS = st.integers(0, 2**32 - 1)


def learned(num_tags: int, seed: int) -> Transitions:
    numbers = np.random.default_rng(seed)
    shapes = (num_tags,), (num_tags, num_tags), (num_tags,)
    return Transitions(*(numbers.normal(size=shape).astype(np.float32) for shape in shapes))


def tag_decoder(scheme_name: str, head: str, seed: int) -> TagDecoder:
    scheme = get_scheme(scheme_name)
    tags = scheme.tags(list(LABELS))
    scores = learned(len(tags), seed) if head == "crf" else zero_transitions(len(tags))
    return TagDecoder(tags, scheme, add_transitions(scores, scheme_transitions(tags, scheme)))


def tag_batch(decoder: TagDecoder, seed: int) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(seed)
    lengths = numbers.integers(0, 9, size=4)
    return (numbers.normal(size=(4, 9, len(decoder.tags))) * 3).astype(np.float32), lengths


def places(found) -> list[tuple]:
    return [(one.row, one.start, one.end, one.label) for one in found]


@pytest.mark.parametrize("head", ["crf", "softmax"])
@pytest.mark.parametrize("scheme", ["BIO", "BIOES", "IO"])
@given(temperature=TEMPERATURES, seed=SEEDS)
def test_tags_are_decoded_the_same(head: str, scheme: str, temperature: float, seed: int) -> None:
    decoder = tag_decoder(scheme, head, seed)
    emissions, lengths = tag_batch(decoder, seed)
    plain = list(decoder.decode(emissions, lengths))
    tempered = list(decoder.with_temperature(temperature).decode(emissions, lengths))
    assert places(tempered) == places(plain)
    assert all(0 <= one.score <= 1 for one in tempered)


@given(temperature=TEMPERATURES, seed=SEEDS)
def test_scores_are_those_of_the_divided_model(temperature: float, seed: int) -> None:
    decoder = tag_decoder("BIOES", "crf", seed)
    emissions, lengths = tag_batch(decoder, seed)
    divided = TagDecoder(
        decoder.tags,
        decoder.scheme,
        Transitions(*(part / np.float32(temperature) for part in decoder.transitions)),
    )
    found = places(decoder.decode(emissions, lengths))
    found += [(row, 0, 1, NOTHING) for row in np.flatnonzero(lengths).tolist()]
    ours = decoder.with_temperature(temperature).probabilities(emissions, lengths, found)
    theirs = divided.probabilities(emissions / np.float32(temperature), lengths, found)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-9)


def test_a_long_sentence_has_the_scores_of_a_short_one() -> None:
    decoder = tag_decoder("BIOES", "crf", 5).with_temperature(1.7)
    emissions = np.random.default_rng(1).normal(size=(1, 700, len(decoder.tags))).astype(np.float32)
    kept = emissions.copy()
    whole = list(decoder.decode(emissions, np.array([700])))
    long = list(decoder.decode_windows([(Window(0, 700, 0, 700), emissions[0])], 700))
    assert places(long) == places(whole)
    np.testing.assert_allclose([one.score for one in long], [one.score for one in whole], rtol=1e-5)
    assert np.array_equal(emissions, kept)


def test_temperature_one_costs_and_changes_nothing() -> None:
    decoder = tag_decoder("BIOES", "crf", 5)
    emissions, lengths = tag_batch(decoder, 5)
    again = decoder.with_temperature(2.0).with_temperature(1.0)
    assert list(again.decode(emissions, lengths)) == list(decoder.decode(emissions, lengths))
    assert again._temper(emissions) is emissions
    assert again._tempered is decoder.transitions


@given(seed=SEEDS, nested=st.booleans(), cold=TEMPERATURES, warm=TEMPERATURES)
def test_spans_are_chosen_the_same_and_softened(seed: int, nested: bool, cold: float, warm: float) -> None:
    cold, warm = sorted((cold, warm))
    numbers = np.random.default_rng(seed)
    emissions = (numbers.normal(size=(3, 7, 4, 3)) * 4).astype(np.float32)
    lengths = numbers.integers(0, 8, size=3)
    plain = SpanDecoder(LABELS, nested=nested)
    found = [list(plain.with_temperature(t).decode(emissions, lengths)) for t in (cold, warm)]
    keys = sorted(places(plain.decode(emissions, lengths)))
    assert [sorted(places(one)) for one in found] == [keys, keys]
    low, high = ({place: one.score for place, one in zip(places(row), row, strict=True)} for row in found)
    for place in keys:
        # The best class of a span only becomes less sure; none is less sure than by chance.
        assert 1 >= low[place] >= high[place] - 1e-12
        assert high[place] >= 1 / 3 - 1e-9
    asked = plain.with_temperature(warm).probabilities(emissions, lengths, keys)
    np.testing.assert_allclose(asked, [high[place] for place in keys])


def test_windows_of_spans_have_the_temperature_too() -> None:
    emissions = np.random.default_rng(2).normal(size=(1, 9, 3, 3)).astype(np.float32) * 3
    decoder = SpanDecoder(LABELS).with_temperature(2.5)
    whole = list(decoder.decode(emissions, np.array([9])))
    windowed = list(decoder.decode_windows([(Window(0, 9, 0, 9), emissions[0])], 9))
    assert sorted(windowed) == sorted(whole)
    assert whole
