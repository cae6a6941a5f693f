"""Parts of entities against every tag sequence, read one by one."""

from __future__ import annotations

import numpy as np
import pytest
from enumeration import all_paths, probabilities, random_transitions, scores
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.decode.segments import ROLES, segment_marginals
from onoma.decode.transitions import add_transitions, scheme_transitions
from onoma.tags import get_scheme, spans_to_tags, tags_to_spans

LABELS = ["A", "B"]


def by_enumeration(emissions, transitions, tags, scheme):
    """Read the entities off each path, write them in BIOES, and add its probability."""
    length, bioes = len(emissions), get_scheme("BIOES")
    columns = {tag: place for place, tag in enumerate(bioes.tags(LABELS))}
    found = np.zeros((length, len(columns)))
    chances = probabilities(scores(emissions, length, transitions))
    for path, chance in zip(all_paths(length, len(tags)), chances, strict=True):
        spans = tags_to_spans([tags[tag] for tag in path], scheme)
        for place, tag in enumerate(spans_to_tags(spans, length, bioes)):
            found[place, columns[tag]] += chance
    return found


@pytest.mark.parametrize("name", ["IO", "IOB1", "BIO", "BIOES", "BILOU"])
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(1, 4))
@settings(max_examples=10)
def test_parts_are_those_of_all_paths(name: str, seed: int, length: int) -> None:
    scheme, rng = get_scheme(name), np.random.default_rng(seed)
    tags = scheme.tags(LABELS)
    if len(tags) > 7:
        length = min(length, 3)
    transitions = random_transitions(rng, len(tags))
    if name not in ("BIO", "BILOU"):  # there without the rules: stray tags are read, too
        transitions = add_transitions(transitions, scheme_transitions(tags, scheme))
    emissions = rng.standard_normal((2, 4, len(tags))).astype(np.float32)
    found = segment_marginals(emissions, np.array([length, 1]), transitions, tags, scheme)
    assert found.shape == (2, 4, 1 + len(ROLES) * len(LABELS))
    expected = by_enumeration(emissions[0, :length], transitions, tags, scheme)
    if name == "BILOU":
        # A stray tag depends on more than its neighbours; each row still is a distribution.
        np.testing.assert_allclose(found[0, :length].sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(found[0, :length, 0], expected[:, 0], atol=1e-5)
    else:
        np.testing.assert_allclose(found[0, :length], expected, atol=1e-5)
    assert (found[0, length:] == 0).all()
    assert (found[1, 1:] == 0).all()


def test_bioes_is_its_own_tags() -> None:
    from onoma.decode.marginals import tag_marginals

    scheme, rng = get_scheme("BIOES"), np.random.default_rng(3)
    tags = scheme.tags(LABELS)
    transitions = add_transitions(random_transitions(rng, len(tags)), scheme_transitions(tags, scheme))
    emissions = rng.standard_normal((3, 7, len(tags))).astype(np.float32)
    lengths = np.array([7, 0, 4])
    found = segment_marginals(emissions, lengths, transitions, tags, scheme)
    np.testing.assert_allclose(found, tag_marginals(emissions, lengths, transitions), atol=1e-6)
