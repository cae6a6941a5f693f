"""The compiled kernel against numpy in double precision: the same tags, and probabilities to 1e-6."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels import computed_by
from onoma.decode import compiled
from onoma.decode.candidates import span_candidates
from onoma.decode.lattice import Lattice
from onoma.decode.links import link_tags
from onoma.decode.marginals import span_probabilities
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.decode.viterbi import final_scores, path_scores, viterbi
from onoma.tags import SCHEMES

pytestmark = pytest.mark.skipif(compiled.kernel_name() == "numpy", reason="no kernel was compiled here")


@pytest.fixture(scope="module", autouse=True)
def kernel() -> None:
    """These tests choose themselves."""


def drawn(seed: int, num_tags: int, scale: float, *, rules: bool, whole: bool = False):
    """A batch with a sentence of no words, and transitions, with hard rules or without."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 40, 9)
    lengths[0] = 0
    emissions = (scale * rng.standard_normal((9, 43, num_tags))).astype(np.float32)
    learned = [
        (scale * rng.standard_normal(shape)).astype(np.float32)
        for shape in (num_tags, (num_tags, num_tags), num_tags)
    ]
    if whole:  # many ties
        emissions, learned = np.round(emissions), [np.round(part) for part in learned]
    transitions = Transitions(*learned)
    scheme = SCHEMES["BIOES"]
    tags = tuple(scheme.tags([str(n) for n in range((num_tags - 1) // 4)]))
    if rules and len(tags) == num_tags:
        transitions = add_transitions(transitions, scheme_transitions(tags, scheme))
    return emissions, lengths, transitions, tags, scheme


CHAINS = {
    "seed": st.integers(0, 2**32 - 1),
    "num_tags": st.sampled_from([1, 2, 5, 8, 9, 16, 17, 33, 59, 65]),
    "scale": st.sampled_from([0.0, 0.3, 3.0, 40.0, 2000.0]),
    "rules": st.booleans(),
}


def doubled(emissions, transitions):
    return emissions.astype(np.float64), Transitions(*(part.astype(np.float64) for part in transitions))


@given(**CHAINS, whole=st.booleans())
def test_paths_and_their_scores_are_the_same_to_the_last_bit(seed, num_tags, scale, rules, whole) -> None:
    emissions, lengths, transitions, *_ = drawn(seed, num_tags, scale, rules=rules, whole=whole)
    paths, scores = viterbi(emissions, lengths, transitions)
    with computed_by("numpy"):
        expected = viterbi(emissions, lengths, transitions)
        np.testing.assert_array_equal(path_scores(emissions, paths, lengths, transitions), scores)
    np.testing.assert_array_equal(paths, expected[0])
    np.testing.assert_array_equal(scores, expected[1])


@given(**CHAINS)
def test_probabilities_are_those_of_double_precision(seed, num_tags, scale, rules) -> None:
    emissions, lengths, transitions, *_ = drawn(seed, num_tags, scale, rules=rules)
    found = compiled.CompiledLattice(emissions, lengths, transitions)
    exact = Lattice(doubled(emissions, transitions)[0], lengths, doubled(emissions, transitions)[1])
    np.testing.assert_allclose(found.log_partition, exact.log_partition, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.tag_marginals(), exact.tag_marginals(), atol=1e-6)
    weights = np.linspace(-1, 2, len(lengths))
    np.testing.assert_allclose(
        found.expected_transitions(weights), exact.expected_transitions(weights), rtol=1e-5, atol=2e-5
    )
    places = [(s, t) for s, length in enumerate(lengths.tolist()) for t in range(length - 1)]
    sentences, positions = np.array(places, np.intp).reshape(-1, 2).T
    tags = np.random.default_rng(seed).integers(0, num_tags, (len(places), 3))
    np.testing.assert_allclose(
        found.pairs_at(sentences, positions, tags), exact.pairs_at(sentences, positions, tags), atol=1e-6
    )
    np.testing.assert_allclose(
        found.marginals_at(sentences, positions, tags),
        exact.marginals_at(sentences, positions, tags),
        atol=1e-6,
    )


@given(**CHAINS | {"num_tags": st.sampled_from([5, 9, 17, 33])}, floor=st.sampled_from([0.02, 0.3]))
def test_entities_their_probabilities_and_candidates_are_the_same(
    seed, num_tags, scale, rules, floor
) -> None:
    emissions, lengths, transitions, tags, scheme = drawn(seed, num_tags, scale, rules=rules)
    decoder = TagDecoder(tags, scheme, transitions, temperature=1.3)
    found = list(decoder.decode(emissions, lengths))
    chain = (emissions, lengths, transitions, tags, scheme, floor)
    candidates = {one[:4]: one.score for one in span_candidates(*chain)}
    with computed_by("numpy"):
        expected = list(decoder.decode(emissions, lengths))
        others = {one[:4]: one.score for one in span_candidates(*chain[:5], floor / 2)}
    assert [one[:4] for one in found] == [one[:4] for one in expected]
    np.testing.assert_allclose([one.score for one in found], [one.score for one in expected], atol=2e-4)
    assert all(abs(others[key] - score) < 2e-4 for key, score in candidates.items())
    assert {key for key, score in others.items() if score > floor + 2e-4} <= candidates.keys()


@given(**CHAINS)
def test_gradients_are_those_of_double_precision(seed, num_tags, scale, rules) -> None:
    torch = pytest.importorskip("torch")
    from onoma.nn.crf import CompiledLikelihood, NumpyLikelihood

    emissions, lengths, transitions, *_ = drawn(seed, num_tags, scale, rules=rules)
    paths, scores = viterbi(emissions, lengths, transitions)
    if np.isneginf(scores).any():
        return
    gold, weights = torch.from_numpy(paths), torch.linspace(-1, 2, len(lengths))
    found = CompiledLikelihood(torch.from_numpy(emissions), gold, lengths, transitions)
    wide, moves = doubled(emissions, transitions)
    exact = NumpyLikelihood(torch.from_numpy(wide), gold, lengths, moves)
    np.testing.assert_allclose(found.loss, exact.loss, rtol=1e-9, atol=1e-6 * max(scale, 1))
    for one, other in zip(found.gradients(weights), exact.gradients(weights.double()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-5)


def test_threads_may_share_all_of_it() -> None:
    emissions, lengths, transitions, tags, scheme = drawn(1, 17, 2.0, rules=True)
    decoder = TagDecoder(tags, scheme, transitions)
    expected = list(decoder.decode(emissions, lengths))
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: list(decoder.decode(emissions, lengths)), range(200))
        assert all(answer == expected for answer in answers)


def test_what_would_be_read_beyond_its_end_is_refused() -> None:
    emissions, lengths, transitions, tags, scheme = drawn(1, 5, 1.0, rules=True)
    kernel = compiled._kernel
    chain = kernel.Chain(5, *transitions)
    paths, scores = np.zeros(emissions.shape[:2], np.int64), np.zeros(9)
    whole = lengths.astype(np.int64)
    lattice = kernel.Lattice(chain, emissions, whole, 43)
    links = link_tags(tags, scheme)
    some = np.zeros(1, np.int64)
    refused = [
        lambda: kernel.Chain(6, *transitions),
        lambda: kernel.Chain(0, b"", b"", b""),
        lambda: chain.best_paths(emissions[:8].copy(), whole, 43, paths, scores),
        lambda: chain.best_paths(emissions, whole + 43, 43, paths, scores),
        lambda: chain.best_paths(emissions, whole - 1, 43, paths, scores),
        lambda: chain.best_paths(emissions, whole, 1 << 60, paths, scores),
        lambda: chain.best_paths(emissions, whole, -1, paths, scores),
        lambda: chain.best_paths(emissions, whole, 43, paths[:8].copy(), scores),
        lambda: lattice.path_scores(paths + 5, scores),
        lambda: lattice.totals(np.zeros(8)),
        lambda: lattice.gradients(paths - 1, scores.astype(np.float32), emissions.copy(), *[np.zeros(5)] * 3),
        lambda: lattice.tags_at(some, some + 100, 1, some, np.zeros(1)),
        lambda: lattice.pairs_at(some + 9, some, 1, some, np.zeros(1)),
        lambda: lattice.tags_at(some + 1, some, 1, some + 5, np.zeros(1)),
        lambda: kernel.Reading(
            5, *links.tags.shape, np.full(5, 9), b"1" * 5, b"1" * 5, links.tags, links.present, links.linked
        ),
    ]
    for use in refused:
        with pytest.raises(ValueError, match=r"must lie in|bytes, expected|impossible|has 1 to"):
            use()
    for use in (kernel.Chain, kernel.Reading, kernel.Lattice):
        with pytest.raises(TypeError):
            use()
    with pytest.raises(TypeError):
        kernel.Lattice(lattice, emissions, whole, 43)


def test_a_label_of_many_tags_and_double_precision_are_left_to_numpy() -> None:
    emissions, lengths, transitions, *_ = drawn(1, 5, 1.0, rules=False)
    wide, doubles = doubled(emissions, transitions)
    assert compiled.takes(emissions, transitions)
    assert not compiled.takes(wide, transitions)
    assert not compiled.takes(emissions, doubles)
    many = zero_transitions(3)
    spans = span_probabilities(wide[..., :3], lengths, many, ("O", "B-X", "I-X"), SCHEMES["BIO"], [])
    assert not len(spans)


def test_an_entity_ends_where_its_label_does() -> None:
    """Tags side by side are read as `onoma.tags` reads them, whatever the scheme."""
    for scheme in SCHEMES.values():
        tags = tuple(scheme.tags(["A", "B"]))
        rng = np.random.default_rng(7)
        lengths = rng.integers(0, 12, 200)
        wanted = rng.integers(0, len(tags), (200, 12))
        emissions = np.where(wanted[..., None] == np.arange(len(tags)), 9, 0).astype(np.float32)
        decoder = TagDecoder(tags, scheme, zero_transitions(len(tags)), with_scores=False)
        found = list(decoder.decode(emissions, lengths))
        with computed_by("numpy"):
            assert found == list(decoder.decode(emissions, lengths))
        assert any(a.row == b.row and a.end == b.start for a, b in pairwise(found))


def test_lengths_that_change_later_change_nothing() -> None:
    emissions, lengths, transitions, *_ = drawn(1, 5, 1.0, rules=False)
    lattice = compiled.CompiledLattice(emissions, lengths, transitions)
    before = lattice.tag_marginals()
    lengths[:] = 10**9
    np.testing.assert_array_equal(lattice.tag_marginals(), before)
    np.testing.assert_allclose(lattice.path_scores(np.zeros(emissions.shape[:2], np.int64))[0], 0)


def test_scales_that_are_very_small_are_not_lost() -> None:
    no = -np.inf
    start, end = np.array([no, 0, no], np.float32), np.zeros(3, np.float32)
    matrix = np.array([[0, no, no], [no, no, -320], [no, -500, no]], np.float32)
    chain = Transitions(start, matrix, end)
    found = compiled.CompiledLattice(np.zeros((1, 3, 3), np.float32), np.array([3]), chain)
    np.testing.assert_allclose(found.log_partition, [-820])


@given(length=st.integers(1, 42), **CHAINS)
def test_scores_of_last_tags_are_numpys_to_the_bit(length, seed, num_tags, scale, rules) -> None:
    emissions, _, transitions, _, _ = drawn(seed, num_tags, scale, rules=rules)
    found = final_scores(emissions[1, :length], transitions)
    with computed_by("numpy"):
        expected = final_scores(emissions[1, :length], transitions)
    np.testing.assert_array_equal(found, expected)


def test_last_tags_of_nothing_are_refused() -> None:
    emissions, _, transitions, _, _ = drawn(1, 5, 1.0, rules=False)
    chain = compiled._chain(transitions)
    for rows, length, room in ((0, 0, 5), (3, 4, 5), (3, 3, 4)):
        with pytest.raises(ValueError, match=r"no last tag|bytes"):
            chain.final_scores(emissions[0, :rows], length, np.zeros(room, np.float32))
