"""Word vectors in 8 bits: what an export writes and a bundle's loader reads."""

import numpy as np
import pytest

from onoma.exports.int8 import quantize_vectors
from onoma.features.vectors import Subwords, WordVectors


def in_eight_bits() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    subwords = Subwords(3, 4, rng.normal(size=(20, 8)).astype(np.float16))
    vectors = WordVectors(["anna", "bonn"], rng.normal(size=(2, 8)).astype(np.float16), subwords)
    return quantize_vectors(vectors.arrays())


def test_vectors_come_back_within_half_a_step() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(3, 16)).astype(np.float16)
    rows[1] = 0
    arrays = WordVectors(["a", "b", "c"], rows).arrays()
    restored = WordVectors.from_arrays(quantize_vectors(arrays))
    steps = np.abs(rows).max(axis=1, keepdims=True) / 127
    # Half a step, and what half precision loses.
    assert (np.abs(restored.rows - rows) <= steps * 0.5 + np.abs(rows) * 2**-10).all()
    assert restored.rows.dtype == np.float16
    assert restored.words == ("a", "b", "c")


def test_subwords_come_back() -> None:
    restored = WordVectors.from_arrays(in_eight_bits())
    assert restored.subwords is not None
    assert restored.subwords.buckets.shape == (20, 8)
    assert restored.subwords.max_length == 4


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("vectors.rows", lambda a: a.astype(np.int16), "8-bit codes"),
        ("vectors.rows", lambda a: a[0], "8-bit codes"),
        ("vectors.rows.scales", lambda a: a[:1], "for each row"),
        ("vectors.rows.scales", lambda a: a[:, 0], "for each row"),
        ("vectors.rows.scales", lambda a: a.astype(np.float64), "for each row"),
        ("vectors.rows.scales", lambda a: a * 1e30, "beyond all measure"),
        ("vectors.buckets.scales", lambda a: a * np.inf, "beyond all measure"),
    ],
)
def test_codes_and_scales_that_do_not_fit_are_refused(name, change, message) -> None:
    arrays = in_eight_bits()
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=message):
        WordVectors.from_arrays({**arrays, name: change(arrays[name])})


def test_codes_without_scales_and_scales_without_codes_are_refused() -> None:
    arrays = in_eight_bits()
    with pytest.raises(ValueError, match="half or single precision"):
        WordVectors.from_arrays({name: a for name, a in arrays.items() if name != "vectors.rows.scales"})
    with pytest.raises(ValueError, match="8-bit codes"):
        WordVectors.from_arrays({name: a for name, a in arrays.items() if name != "vectors.buckets"})
