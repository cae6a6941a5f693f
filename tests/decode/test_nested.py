"""Entities from span scores: which go together, and how probable they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode.nested import decode_spans


def scores(length: int, width: int, found: dict[tuple[int, int], tuple[int, float]], classes: int = 3):
    """Emissions of one sentence: "none" everywhere, but the (start, end) -> (class, score) given."""
    emissions = np.zeros((1, length, width, classes), dtype=np.float32)
    emissions[..., 0] = 1.0
    for (start, end), (label, score) in found.items():
        emissions[0, start, end - start - 1, label] = score
    return emissions, np.array([length])


def spans(emissions, lengths, **options):
    result = decode_spans(emissions, lengths, **options)
    return sorted(zip(result.starts.tolist(), result.ends.tolist(), result.labels.tolist(), strict=True))


def test_an_entity_in_an_entity_is_kept() -> None:
    given_scores = scores(5, 4, {(0, 4): (1, 5.0), (1, 3): (2, 3.0), (1, 2): (1, 2.0)})
    assert spans(*given_scores) == [(0, 4, 1), (1, 2, 1), (1, 3, 2)]
    assert spans(*given_scores, nested=False) == [(0, 4, 1)]


def test_of_two_that_cross_the_more_probable_stays() -> None:
    assert spans(*scores(5, 4, {(0, 3): (1, 5.0), (2, 5): (2, 3.0)})) == [(0, 3, 1)]
    assert spans(*scores(5, 4, {(0, 3): (1, 3.0), (2, 5): (2, 5.0)})) == [(2, 5, 2)]


def test_neighbours_do_not_clash() -> None:
    assert spans(*scores(4, 4, {(0, 2): (1, 5.0), (2, 4): (2, 3.0)}), nested=False) == [(0, 2, 1), (2, 4, 2)]


def test_the_score_is_the_softmax_of_the_class() -> None:
    result = decode_spans(*scores(3, 2, {(0, 2): (2, 4.0)}))
    assert result.scores == pytest.approx([np.exp(4) / (np.exp(4) + np.exp(1) + 1)])


def test_nothing_is_read_beyond_the_length() -> None:
    emissions = np.full((2, 4, 3, 2), 9.0, dtype=np.float32)
    emissions[..., 0] = 0.0
    result = decode_spans(emissions, np.array([0, 2]))
    assert (result.ends <= 2).all()
    assert set(result.sentences.tolist()) == {1}
    assert spans(emissions, np.array([0, 2])) == [(0, 1, 1), (0, 2, 1), (1, 2, 1)]


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_what_is_left_goes_together_and_what_is_not_clashes(seed: int, nested: bool) -> None:
    rng = np.random.default_rng(seed)
    emissions = rng.normal(size=(2, 7, 4, 3)).astype(np.float32)
    lengths = np.array([7, 4])
    result = decode_spans(emissions, lengths, nested=nested)
    kept = {}
    for row, start, end, score in zip(*result[:3], result.scores, strict=True):
        kept.setdefault(int(row), []).append((int(start), int(end), float(score)))
    for row, found in kept.items():
        for first, (start, end, _) in enumerate(found):
            for other_start, other_end, _ in found[first + 1 :]:
                crosses = start < other_start < end < other_end or other_start < start < other_end < end
                assert not (crosses if nested else start < other_end and other_start < end)
        assert all(end <= lengths[row] for _, end, _ in found)
        assert [score for *_, score in found] == sorted((score for *_, score in found), reverse=True)
    best = emissions.argmax(axis=-1)
    for row in range(2):
        for start in range(lengths[row]):
            for extent in range(min(4, lengths[row] - start)):
                span = (start, start + extent + 1)
                taken = [(s, e) for s, e, _ in kept.get(row, [])]
                if best[row, start, extent] == 0:
                    assert span not in taken
                elif span not in taken:
                    assert any(
                        (s < span[0] < e < span[1] or span[0] < s < span[1] < e)
                        if nested
                        else (s < span[1] and span[0] < e)
                        for s, e in taken
                    )
