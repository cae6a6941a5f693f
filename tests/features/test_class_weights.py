import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.class_weights import EFFECTIVE_BETA, class_weights, count_tags

counts = st.lists(st.integers(0, 10_000), min_size=2, max_size=9).filter(any).map(np.array)


@given(counts, st.sampled_from(["none", "inverse", "effective"]))
def test_weights_are_one_on_average_and_never_favour_the_frequent(counts, kind) -> None:
    weights = class_weights(counts, kind).astype(float)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1, rel=1e-5)
    order = np.argsort(counts)
    assert (np.diff(weights[order]) <= 1e-6 * weights.max()).all()


def test_inverse_gives_each_tag_the_same_total() -> None:
    counts = np.array([900, 90, 10])
    assert class_weights(counts, "inverse") * counts == pytest.approx([1000 / 3] * 3)


def test_effective_is_the_published_formula_and_gentler() -> None:
    counts = np.array([50_000, 10])
    weights = class_weights(counts, "effective")
    raw = (1 - EFFECTIVE_BETA) / (1 - EFFECTIVE_BETA**counts)
    assert weights[1] / weights[0] == pytest.approx(raw[1] / raw[0], rel=1e-5)
    inverse = class_weights(counts, "inverse")
    assert weights[1] / weights[0] < inverse[1] / inverse[0]


def test_unseen_tags_and_empty_data_are_harmless() -> None:
    assert np.isfinite(class_weights(np.array([5, 0]), "inverse")).all()
    assert class_weights(np.array([0, 0]), "inverse").tolist() == [1, 1]
    assert count_tags([], 3).tolist() == [0, 0, 0]
    assert count_tags([np.array([0, 2]), np.array([2])], 4).tolist() == [1, 0, 2, 0]
