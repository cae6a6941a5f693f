from __future__ import annotations

import itertools

import numpy as np
import pytest

from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.tags import SCHEMES, find_illegal


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
def test_scheme_rules_allow_exactly_the_legal_sequences(scheme):
    tags = scheme.tags(["A", "B"])
    start, matrix, end = scheme_transitions(tags, scheme)
    for path in itertools.product(range(len(tags)), repeat=3):
        total = start[path[0]] + matrix[path[0], path[1]] + matrix[path[1], path[2]] + end[path[2]]
        legal = not find_illegal([tags[tag] for tag in path], scheme)
        assert total == (0 if legal else -np.inf)


def test_parts_are_float32():
    scheme = SCHEMES["BIOES"]
    assert {part.dtype for part in scheme_transitions(scheme.tags(["A"]), scheme)} == {np.dtype(np.float32)}
    assert {part.dtype for part in zero_transitions(3)} == {np.dtype(np.float32)}


def test_adding_keeps_scores_of_legal_moves_and_forbids_the_rest():
    scheme = SCHEMES["BIO"]
    tags = scheme.tags(["A"])  # O B-A I-A
    learned = Transitions(np.array([1, 2, 3.0]), np.arange(9.0).reshape(3, 3), np.array([4, 5, 6.0]))
    start, matrix, end = add_transitions(learned, scheme_transitions(tags, scheme))
    assert start.tolist() == [1, 2, -np.inf]
    assert matrix.tolist() == [[0, 1, -np.inf], [3, 4, 5], [6, 7, 8]]
    assert end.tolist() == [4, 5, 6]


def test_adding_refuses_other_numbers_of_tags():
    with pytest.raises(ValueError, match="of 2 tags do not fit those of 3"):
        add_transitions(zero_transitions(2), zero_transitions(3))
