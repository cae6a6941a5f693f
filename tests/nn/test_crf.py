from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
import torchcrf

from onoma.decode import compiled
from onoma.decode.transitions import scheme_transitions, zero_transitions
from onoma.decode.viterbi import viterbi
from onoma.nn.crf import CRF, CompiledLikelihood, NegativeLogLikelihood, NumpyLikelihood, TorchLikelihood
from onoma.tags import SCHEMES

IN_DOUBLE = [NumpyLikelihood, TorchLikelihood]
LIKELIHOODS = list(IN_DOUBLE)
if compiled.kernel_name() != "numpy":
    LIKELIHOODS.append(CompiledLikelihood)


def make_batch(seed=0, lengths=(5, 9, 1, 7, 7), num_tags=6, scale=2.0):
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths))
    emissions = scale * torch.randn(*shape, num_tags, generator=generator)
    tags = torch.randint(0, num_tags, shape, generator=generator)
    return emissions, tags, torch.tensor(lengths)


def make_crf(num_tags=6, seed=1, constraints=None):
    torch.manual_seed(seed)
    crf = CRF(num_tags, constraints)
    with torch.no_grad():
        for parameter in crf.parameters():
            parameter.normal_()
    return crf


def losses(crf, emissions, tags, lengths, likelihood):
    return NegativeLogLikelihood.apply(
        emissions,
        crf.start_transitions,
        crf.transitions,
        crf.end_transitions,
        tags,
        lengths.numpy(),
        crf._constraints,
        likelihood,
    )


def gradients(loss, emissions, crf):
    return torch.autograd.grad(loss, [emissions, crf.start_transitions, crf.transitions, crf.end_transitions])


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("seed", range(4))
def test_loss_and_gradient_agree_with_pytorch_crf(likelihood, seed):
    emissions, tags, lengths = make_batch(seed)
    crf = make_crf(seed=seed)
    reference = torchcrf.CRF(6, batch_first=True)
    reference.load_state_dict(crf.state_dict())
    mask = torch.arange(9) < lengths[:, None]
    weights = torch.tensor([1.0, 0.5, -2.0, 0.0, 3.0])
    ours, theirs = emissions.clone().requires_grad_(), emissions.clone().requires_grad_()
    loss = losses(crf, ours, tags, lengths, likelihood)
    # pytorch-crf adds to its scores in place when asked for no reduction, so each sentence is asked alone
    expected = -torch.stack(
        [reference(theirs[i : i + 1], tags[i : i + 1], mask[i : i + 1]) for i in range(len(lengths))]
    )
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-5)
    found = gradients((weights * loss).sum(), ours, crf)
    wanted = gradients((weights * expected).sum(), theirs, reference)
    for left, right in zip(found, wanted, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=2e-5)


def test_decoding_agrees_with_pytorch_crf():
    emissions, _, lengths = make_batch(7)
    crf = make_crf()
    reference = torchcrf.CRF(6, batch_first=True)
    reference.load_state_dict(crf.state_dict())
    paths, _ = viterbi(emissions.numpy(), lengths.numpy(), crf.as_transitions())
    expected = reference.decode(emissions, torch.arange(9) < lengths[:, None])
    assert [path[:length] for path, length in zip(paths.tolist(), lengths.tolist(), strict=True)] == expected


@pytest.mark.parametrize("likelihood", IN_DOUBLE)
@pytest.mark.parametrize("scale", [1.0, 300.0])
@pytest.mark.parametrize("constrained", [False, True])
def test_gradient_agrees_with_finite_differences(likelihood, scale, constrained):
    scheme = SCHEMES["BIO"]
    rules = scheme_transitions(scheme.tags(["A"]), scheme) if constrained else None
    crf = make_crf(3, constraints=rules).double()
    emissions, _, lengths = make_batch(lengths=(3, 0, 4, 1), num_tags=3, scale=scale)
    tags = torch.tensor([[1, 2, 0, 99], [99] * 4, [0, 1, 2, 2], [1, 99, 99, 99]])

    def loss(emissions, start, matrix, end):
        return NegativeLogLikelihood.apply(
            emissions, start, matrix, end, tags, lengths.numpy(), rules, likelihood
        )

    inputs = (emissions.double().requires_grad_(), *crf.parameters())
    order = (inputs[0], crf.start_transitions, crf.transitions, crf.end_transitions)
    assert torch.autograd.gradcheck(loss, order, eps=1e-6, atol=1e-5)


@pytest.mark.parametrize("scale", [1.0, 60.0, 1e4])
@pytest.mark.parametrize("name", [None, "BIO", "BIOES"])
def test_all_of_them_agree(scale, name):
    constraints, num_tags = None, 9
    if name:
        tags = SCHEMES[name].tags(["A", "B"])
        constraints, num_tags = scheme_transitions(tags, SCHEMES[name]), len(tags)
    crf = make_crf(num_tags, constraints=constraints)
    emissions, _, lengths = make_batch(lengths=(5, 0, 30, 1, 8), num_tags=num_tags, scale=scale)
    gold = torch.zeros(5, 30, dtype=torch.long)
    results = []
    for likelihood in LIKELIHOODS:
        values = emissions.clone().requires_grad_()
        loss = losses(crf, values, gold, lengths, likelihood)
        results.append((loss, *gradients((loss * torch.arange(5)).sum(), values, crf)))
    for other in results[1:]:
        for left, right in zip(results[0], other, strict=True):
            # Sums in single precision round to so much of the largest score.
            torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-4 + 2e-7 * scale)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("garbage", [float("nan"), float("inf"), 1e30])
def test_padding_cannot_leak(likelihood, garbage):
    emissions, tags, lengths = make_batch()
    crf = make_crf()
    wide = torch.full((5, 14, 6), garbage)
    wide_tags = torch.full((5, 14), -100)
    for row, length in enumerate(lengths.tolist()):
        wide[row, :length] = emissions[row, :length]
        wide_tags[row, :length] = tags[row, :length]
    emissions.requires_grad_()
    wide.requires_grad_()
    expected = losses(crf, emissions, tags, lengths, likelihood)
    found = losses(crf, wide, wide_tags, lengths, likelihood)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    left, right = gradients(found.sum(), wide, crf), gradients(expected.sum(), emissions, crf)
    torch.testing.assert_close(left[0][:, :9], right[0], rtol=0, atol=0)
    assert not left[0][:, 9:].any()
    for one, other in zip(left[1:], right[1:], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    for row, length in enumerate(lengths.tolist()):
        assert not left[0][row, length:].any()


def test_length_zero_has_no_loss_and_no_gradient():
    crf = make_crf()
    emissions = torch.full((2, 3, 6), float("nan"), requires_grad=True)
    loss = crf(emissions, torch.zeros(2, 3, dtype=torch.long), torch.tensor([0, 0]))
    assert loss.tolist() == [0, 0]
    loss.sum().backward()
    assert not emissions.grad.any()
    assert not crf.transitions.grad.any()


def test_extreme_emissions_give_finite_loss_and_gradient():
    scheme = SCHEMES["BIOES"]
    tags = scheme.tags(["A"])
    crf = make_crf(5, constraints=scheme_transitions(tags, scheme))
    emissions = (1e4 * torch.randn(8, 12, 5, generator=torch.Generator().manual_seed(0))).requires_grad_()
    gold = torch.tensor([[1, 2, 2, 3] + [0] * 8] * 8)
    loss = crf(emissions, gold, torch.full((8,), 12))
    loss.sum().backward()
    assert loss.isfinite().all()
    assert (loss >= 0).all()
    for tensor in (emissions, *crf.parameters()):
        assert tensor.grad.isfinite().all()


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_a_tag_that_nothing_leads_to_does_no_harm(likelihood):
    rules = zero_transitions(2)
    rules.start[1] = rules.matrix[0, 1] = -np.inf
    emissions = torch.tensor([0.0, 5.0]).repeat(1, 60, 1).requires_grad_()  # its weight alone would overflow
    crf = make_crf(2, constraints=rules)
    loss = losses(crf, emissions, torch.zeros(1, 60, dtype=torch.long), torch.tensor([60]), likelihood)
    torch.testing.assert_close(loss, torch.zeros(1), rtol=0, atol=1e-4)
    for gradient in gradients(loss.sum(), emissions, crf):
        torch.testing.assert_close(gradient, torch.zeros_like(gradient), rtol=0, atol=1e-4)


def test_half_precision_is_taken_up_to_float32():
    emissions, tags, lengths = make_batch()
    half = emissions.bfloat16().requires_grad_()
    full = half.detach().float().requires_grad_()
    crf = make_crf()
    loss, expected = crf(half, tags, lengths), crf(full, tags, lengths)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected, rtol=0, atol=0)
    (gradient,) = torch.autograd.grad(loss.sum(), half)
    assert gradient.dtype == torch.bfloat16
    torch.testing.assert_close(
        gradient.float(), torch.autograd.grad(expected.sum(), full)[0], rtol=0.01, atol=0.01
    )


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_autocast_does_not_cut_precision(likelihood):
    emissions, tags, lengths = make_batch()
    emissions.requires_grad_()
    crf = make_crf()
    expected = losses(crf, emissions, tags, lengths, likelihood)
    wanted = gradients(expected.sum(), emissions, crf)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = losses(crf, emissions, tags, lengths, likelihood)
        got = gradients(found.sum(), emissions, crf)
    for left, right in zip((found, *got), (expected, *wanted), strict=True):
        torch.testing.assert_close(left, right, rtol=0, atol=0)


def test_emissions_are_left_alone_and_may_have_any_layout():
    emissions, tags, lengths = make_batch()
    crf = make_crf()
    before = emissions.clone()
    expected = crf(emissions, tags, lengths)
    strided = emissions.transpose(0, 1).contiguous().transpose(0, 1)
    torch.testing.assert_close(crf(strided, tags, lengths), expected, rtol=0, atol=0)
    assert torch.equal(emissions, before)


def test_initial_scores_are_small_and_follow_the_seed():
    torch.manual_seed(3)
    first = CRF(5).state_dict()
    torch.manual_seed(3)
    second = CRF(5).state_dict()
    assert set(first) == {"start_transitions", "transitions", "end_transitions"}
    for name, values in first.items():
        assert torch.equal(values, second[name])
        assert values.abs().max() <= 0.1
        assert values.abs().max() > 0


def test_constraints_are_in_the_transitions_but_not_in_the_state():
    scheme = SCHEMES["BIO"]
    rules = scheme_transitions(scheme.tags(["A"]), scheme)
    crf = make_crf(3, constraints=rules)
    assert all(values.isfinite().all() for values in crf.state_dict().values())
    start, matrix, end = crf.as_transitions()
    assert start[2] == matrix[0, 2] == -np.inf
    assert matrix[1, 2] == crf.transitions[1, 2].item()
    assert np.isfinite(end).all()
    assert matrix.dtype == np.float32


def test_transitions_are_a_copy():
    crf = make_crf()
    transitions = crf.as_transitions()
    before = transitions.matrix.copy()
    with torch.no_grad():
        crf.transitions.add_(1)
    np.testing.assert_array_equal(transitions.matrix, before)


def test_module_can_be_copied_and_learns():
    crf = copy.deepcopy(make_crf())
    emissions, tags, lengths = make_batch()
    optimizer = torch.optim.SGD(crf.parameters(), lr=0.1)
    start = crf(emissions, tags, lengths).sum()
    for _ in range(20):
        optimizer.zero_grad()
        loss = crf(emissions, tags, lengths).sum()
        loss.backward()
        optimizer.step()
    assert loss < start


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_gold_tags_that_break_a_constraint_are_refused(likelihood):
    scheme = SCHEMES["BIO"]
    crf = make_crf(3, constraints=scheme_transitions(scheme.tags(["A"]), scheme))
    gold = torch.tensor([[0, 1, 2, 0], [0, 0, 2, 0]])  # O B I O, O O I O
    with pytest.raises(ValueError, match="sentence 1 of the batch: gold tag 2 at position 2 breaks"):
        losses(crf, torch.zeros(2, 4, 3), gold, torch.tensor([4, 4]), likelihood)


@pytest.mark.parametrize(
    ("emissions", "tags", "lengths", "message"),
    [
        (torch.zeros(2, 3), [[0] * 3] * 2, [1, 1], r"emissions must be floats \[B, T, 6\]"),
        (
            torch.zeros(2, 3, 5),
            [[0] * 3] * 2,
            [1, 1],
            r"emissions must be floats \[B, T, 6\], .* \[2, 3, 5\]",
        ),
        (torch.zeros(2, 3, 6), [[0] * 4] * 2, [1, 1], r"tags must be integers \[2, 3\], .* \[2, 4\]"),
        (torch.zeros(2, 3, 6), [[0.0] * 3] * 2, [1, 1], r"tags must be integers \[2, 3\], got torch.float32"),
        (torch.zeros(2, 3, 6), [[0] * 3] * 2, [1], r"lengths must be integers \[2\]"),
        (torch.zeros(2, 3, 6), [[0] * 3] * 2, [1, 4], r"lengths must lie in 0..3, got 1..4"),
        (torch.zeros(2, 3, 6), [[0, 6, 0], [0] * 3], [2, 1], r"tags must lie in 0..5, got 0..6"),
        (torch.zeros(2, 3, 6), [[0, -1, 0], [0] * 3], [2, 1], r"tags must lie in 0..5, got -1..0"),
    ],
)
def test_what_does_not_fit_is_refused(emissions, tags, lengths, message):
    with pytest.raises(ValueError, match=message):
        CRF(6)(emissions, torch.tensor(tags), torch.tensor(lengths))


def test_number_of_tags_is_checked():
    with pytest.raises(ValueError, match="at least 1 tag, got 0"):
        CRF(0)
    scheme = SCHEMES["BIO"]
    with pytest.raises(ValueError, match="transitions must be for 4 tags"):
        CRF(4, scheme_transitions(scheme.tags(["A"]), scheme))
