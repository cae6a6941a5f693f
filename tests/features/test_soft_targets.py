"""Probabilities of parts as those of a student's tags and moves."""

from __future__ import annotations

from itertools import pairwise as pairwise_of

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.decode.marginals import pairwise, tag_marginals
from onoma.decode.segments import segment_marginals
from onoma.decode.transitions import scheme_transitions
from onoma.errors import ConfigError
from onoma.features.soft_targets import expected_tags, softened, tag_columns
from onoma.tags import get_scheme, spans_to_tags

LABELS = ["A", "B"]
SCHEMES = ["IO", "BIO", "BIOES", "BILOU"]
SENTENCE, SPANS = 6, [(0, 1, "A"), (1, 4, "B"), (5, 6, "A")]


def one_hot(spans, length):
    bioes = get_scheme("BIOES")
    tags = bioes.tags(LABELS)
    ids = [tags.index(tag) for tag in spans_to_tags(spans, length, bioes)]
    return np.eye(len(tags), dtype=np.float32)[ids]


@pytest.mark.parametrize("name", SCHEMES)
def test_what_is_sure_is_gold(name: str) -> None:
    scheme = get_scheme(name)
    tags = scheme.tags(LABELS)
    gold = [tags.index(tag) for tag in spans_to_tags(SPANS, SENTENCE, scheme)]
    found = expected_tags(
        one_hot(SPANS, SENTENCE)[None], np.array([SENTENCE]), tag_columns(tags, scheme, LABELS)
    )
    np.testing.assert_array_equal(found.tags[0].argmax(axis=1), gold)
    moves = np.zeros((len(tags), len(tags)))
    for before, after in pairwise_of(gold):
        moves[before, after] += 1
    np.testing.assert_allclose(found.moves, moves)
    np.testing.assert_array_equal(found.first, np.eye(len(tags))[gold[0]])
    np.testing.assert_array_equal(found.last, np.eye(len(tags))[gold[-1]])


@pytest.mark.parametrize("name", SCHEMES)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_moves_agree_with_tags_and_are_legal(name: str, seed: int) -> None:
    rng, bioes, scheme = np.random.default_rng(seed), get_scheme("BIOES"), get_scheme(name)
    parts = bioes.tags(LABELS)
    lengths = np.array([5, 1, 0, 3])
    emissions = (2 * rng.standard_normal((4, 5, len(parts)))).astype(np.float32)
    chain = (emissions, lengths, scheme_transitions(parts, bioes))
    marginals = segment_marginals(*chain, parts, bioes)
    tags = scheme.tags(LABELS)
    found = expected_tags(marginals, lengths, tag_columns(tags, scheme, LABELS))
    total = found.tags.sum(axis=(0, 1))
    np.testing.assert_allclose(found.moves.sum(axis=1) + found.last, total, atol=1e-4)
    np.testing.assert_allclose(found.moves.sum(axis=0) + found.first, total, atol=1e-4)
    rules = scheme_transitions(tags, scheme)
    assert found.moves[np.isneginf(rules.matrix)].sum() < 1e-6
    if name == "BIOES":
        # Independent but for the rules: there the chain of the largest entropy is the chain itself.
        np.testing.assert_allclose(found.tags, tag_marginals(*chain), atol=1e-5)
        np.testing.assert_allclose(found.moves, pairwise(*chain), atol=1e-4)


def test_iob1_is_refused() -> None:
    scheme = get_scheme("IOB1")
    with pytest.raises(ConfigError, match="IOB1"):
        tag_columns(scheme.tags(LABELS), scheme, LABELS)


def test_a_higher_temperature_is_softer() -> None:
    parts = np.array([[[0.9, 0.1, 0.0]]], np.float32)
    softer = softened(parts, 2.0)
    np.testing.assert_allclose(softer, [[[0.75, 0.25, 0.0]]], atol=1e-6)
    assert softened(parts, 1.0) is parts
