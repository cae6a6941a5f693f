"""The span head's loss against a teacher's probabilities."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from onoma.features.soft_spans import SoftSpanLabelling, SpanAnswers
from onoma.nn.biaffine import BiaffineHead
from onoma.nn.soft_targets import SoftTargets

LENGTHS = torch.tensor([5, 0, 1, 3])
WIDTH, CLASSES = 3, 4
SAID = [
    *((0, 0, 0, 1, 0.7), (0, 0, 2, 0, 0.4), (0, 0, 2, 2, 0.35), (0, 3, 1, 1, 1.0)),
    *((2, 0, 0, 0, 0.2), (3, 0, 2, 2, 0.9), (3, 1, 0, 0, 0.05)),
]


@pytest.fixture
def head() -> BiaffineHead:
    return BiaffineHead(6, CLASSES, WIDTH, 5, 0.0).train()


def soft(rows: list[tuple[int, int, int, int, float]], temperature: float = 1.0) -> SoftTargets:
    table = np.array(rows, np.float64).reshape(-1, 5)
    columns = [table[:, place].astype(np.int64) for place in range(4)]
    said = SpanAnswers(*columns, table[:, 4].astype(np.float32))
    expected = SoftSpanLabelling(np.arange(1, CLASSES), WIDTH)(said, LENGTHS.numpy(), temperature)
    return SoftTargets(tuple(map(torch.from_numpy, expected)), temperature)


def dense(rows: list[tuple[int, int, int, int, float]]) -> torch.Tensor:
    found = torch.zeros(4, 5, WIDTH, CLASSES)
    for row, start, less, label, value in rows:
        found[row, start, less, label + 1] = value
    found[..., 0] = 1 - found.sum(-1)
    return found


def spans() -> list[tuple[int, int, int]]:
    return [
        (row, start, less)
        for row, length in enumerate(LENGTHS.tolist())
        for start in range(length)
        for less in range(min(WIDTH, length - start))
    ]


def test_where_the_teacher_is_sure_it_is_that_of_gold(head: BiaffineHead) -> None:
    torch.manual_seed(1)
    sure = [(*row[:4], 1.0) for row in SAID if row[:4] != (0, 0, 2, 2)]
    found = []
    for loss in ("gold", "soft"):
        torch.manual_seed(2)
        emissions = torch.randn(4, 5, WIDTH, CLASSES, requires_grad=True)
        given = dense(sure).argmax(-1) if loss == "gold" else soft(sure)
        value = (head.token_loss if loss == "gold" else head.soft_loss)(emissions, given, LENGTHS)
        value.backward()
        found.append((value.detach(), emissions.grad))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_it_is_cross_entropy_of_every_span(head: BiaffineHead, temperature: float) -> None:
    torch.manual_seed(3)
    emissions = torch.randn(4, 5, WIDTH, CLASSES)
    total = 0.0
    for place in spans():
        wanted = dense(SAID)[place] ** (1 / temperature)
        wanted = wanted / wanted.sum()
        total -= (wanted * (emissions[place] / temperature).log_softmax(-1)).sum().item()
    loss = head.soft_loss(emissions, soft(SAID, temperature), LENGTHS)
    assert loss.item() == pytest.approx(total * temperature**2 / 9, rel=1e-5)


def test_its_gradient_is_the_students_probabilities_less_the_teachers(head: BiaffineHead) -> None:
    torch.manual_seed(4)
    emissions = torch.randn(4, 5, WIDTH, CLASSES, requires_grad=True)
    head.soft_loss(emissions, soft(SAID), LENGTHS).backward()
    wanted = torch.zeros_like(emissions)
    for place in spans():
        wanted[place] = (emissions[place].softmax(-1) - dense(SAID)[place]).detach() / 9
    torch.testing.assert_close(emissions.grad, wanted, atol=1e-6, rtol=1e-5)


def test_nothing_said_is_no_entity_everywhere(head: BiaffineHead) -> None:
    emissions = torch.randn(4, 5, WIDTH, CLASSES)
    nothing = torch.zeros(4, 5, WIDTH, dtype=torch.long)
    wanted = head.token_loss(emissions, nothing, LENGTHS)
    torch.testing.assert_close(head.soft_loss(emissions, soft([]), LENGTHS), wanted)
    assert head.weight(soft([]), LENGTHS) == head.weight(nothing, LENGTHS) == 9


def test_what_stands_in_padding_does_not_count(head: BiaffineHead) -> None:
    emissions = torch.randn(4, 5, WIDTH, CLASSES)
    other = emissions.clone()
    other[1:3, 1:] = 1e3
    other[3, 2, 1:] = -1e3
    assert head.soft_loss(emissions, soft(SAID), LENGTHS) == head.soft_loss(other, soft(SAID), LENGTHS)
