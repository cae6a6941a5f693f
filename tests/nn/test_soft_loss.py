"""The loss against a teacher's probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from onoma.decode.segments import segment_marginals
from onoma.decode.transitions import Transitions, scheme_transitions
from onoma.features.soft_targets import expected_tags, tag_columns
from onoma.nn.crf import CRF
from onoma.nn.heads import CRFHead, SoftmaxHead
from onoma.nn.soft_targets import SoftTargets, _student, student_on_device
from onoma.tags import get_scheme

LABELS = ["A", "B"]
SCHEME = get_scheme("BIOES")
TAGS = SCHEME.tags(LABELS)
K = len(TAGS)
LENGTHS = torch.tensor([5, 0, 1, 3])
RULES = scheme_transitions(TAGS, SCHEME)


def soft_targets(marginals: Any, temperature: float = 1.0) -> SoftTargets:
    found = expected_tags(marginals, LENGTHS.numpy(), tag_columns(TAGS, SCHEME, LABELS))
    return SoftTargets(tuple(map(torch.from_numpy, found)), temperature)


def random_marginals(seed: int = 0) -> Any:
    emissions = np.random.default_rng(seed).normal(size=(4, 5, K)).astype(np.float32) * 2
    return segment_marginals(emissions, LENGTHS.numpy(), RULES, TAGS, SCHEME)


def doubles(targets: SoftTargets) -> SoftTargets:
    return SoftTargets(tuple(part.double() for part in targets.expected), targets.temperature)


def test_where_the_teacher_is_sure_it_is_that_of_gold() -> None:
    torch.manual_seed(1)
    crf = CRF(K, RULES)
    gold = torch.tensor([[1, 2, 3, 0, 4], [0] * 5, [4, 0, 0, 0, 0], [0, 5, 7, 0, 0]])
    marginals = np.eye(K, dtype=np.float32)[gold.numpy()]
    emissions = torch.randn(4, 5, K, requires_grad=True)
    given: list[Any] = []
    for loss in (
        crf(emissions, gold, LENGTHS).sum(),
        crf.expected_loss(emissions, soft_targets(marginals), LENGTHS),
    ):
        crf.zero_grad()
        emissions.grad = None
        loss.backward()
        found = [loss.detach(), emissions.grad, *(one.grad for one in crf.parameters())]
        given.append([part.clone() for part in found])
    for one, other in zip(*given, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("constraints", [RULES, None])
def test_gradients(temperature: float, constraints: Any) -> None:
    torch.manual_seed(2)
    crf = CRF(K, constraints).double()
    emissions = torch.randn(4, 5, K, dtype=torch.float64, requires_grad=True)
    targets = doubles(soft_targets(random_marginals(), temperature))
    crf.expected_loss(emissions, targets, LENGTHS).backward()
    for tensor in (emissions, *crf.parameters()):
        flat, gradient = tensor.detach().view(-1), tensor.grad.view(-1)
        for place in range(0, len(flat), 7):
            values = []
            for step in (1e-4, -2e-4, 1e-4):
                flat[place] += step
                values.append(crf.expected_loss(emissions.detach(), targets, LENGTHS).item())
            assert (values[0] - values[1]) / 2e-4 == pytest.approx(float(gradient[place]), abs=1e-5)


def test_what_stands_in_padding_does_not_count() -> None:
    torch.manual_seed(3)
    emissions = torch.randn(4, 5, K)
    other = emissions.clone()
    other[1:3, 1:] = 1e3
    for head in (CRFHead(6, K, RULES), SoftmaxHead(6, K)):
        one, two = (
            head.soft_loss(part, soft_targets(random_marginals()), LENGTHS) for part in (emissions, other)
        )
        assert one == two


@pytest.mark.parametrize("head", ["crf", "softmax"])
def test_a_student_comes_to_say_what_the_teacher_says(head: str) -> None:
    torch.manual_seed(4)
    net = CRFHead(6, K, RULES) if head == "crf" else SoftmaxHead(6, K)
    marginals = random_marginals(5)
    emissions = torch.zeros(4, 5, K, requires_grad=True)
    optimizer = torch.optim.Adam([emissions, *net.parameters()], lr=0.2)
    for _ in range(300):
        optimizer.zero_grad()
        net.soft_loss(emissions, soft_targets(marginals), LENGTHS).backward()
        optimizer.step()
    if head == "crf":
        transitions = net.crf.as_transitions()
        said = segment_marginals(emissions.detach().numpy(), LENGTHS.numpy(), transitions, TAGS, SCHEME)
    else:
        mask = torch.arange(5) < LENGTHS[:, None]
        said = (emissions.softmax(dim=-1) * mask[..., None]).detach().numpy()
    np.testing.assert_allclose(said, marginals, atol=0.02)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_other_devices_compute_the_same(dtype: torch.dtype) -> None:
    torch.manual_seed(6)
    emissions = torch.randn(4, 5, K, dtype=dtype)
    numpy_type = np.float32 if dtype == torch.float32 else np.float64
    scores = Transitions(*(part.astype(numpy_type) for part in CRF(K, RULES).as_transitions()))
    here = _student(emissions, LENGTHS.numpy(), scores)
    there = student_on_device(emissions, LENGTHS.numpy(), scores)
    for one, other in zip(here, there, strict=True):
        torch.testing.assert_close(one.to(other), other, atol=1e-4, rtol=1e-4)
