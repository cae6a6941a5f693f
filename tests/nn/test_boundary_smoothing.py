"""Smoothed gold against the definition, span by span."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onoma.models import get_rung
from onoma.nn.biaffine import BiaffineHead
from onoma.nn.boundary_smoothing import BoundarySmoothing
from random_models import tasks_of

WIDTH, LONGEST, CLASSES = 3, 6, 3


def by_definition(gold: dict, length: int, share: float, distance: int) -> dict:
    """Probabilities of labels of spans (start, end), from the paper."""

    def real(start: int, end: int) -> bool:
        return 0 <= start < end <= length and end - start <= WIDTH

    found: dict[tuple[int, int], list[float]] = {}
    for (start, end), label in gold.items():
        kept = 1.0
        for first in range(length):
            for last in range(first + 1, length + 1):
                d = abs(first - start) + abs(last - end)
                if real(first, last) and 0 < d <= distance:
                    part = share / (distance * 4 * d)
                    found.setdefault((first, last), [0.0] * CLASSES)[label] += part
                    kept -= part
        found.setdefault((start, end), [0.0] * CLASSES)[label] += kept
    for classes in found.values():
        total = max(1.0, sum(classes))
        classes[:] = [one / total for one in classes]
        classes[0] = 1 - sum(classes)
    return found


@given(st.data(), st.sampled_from([0.0, 0.1, 0.3]), st.integers(1, 3))
def test_it_is_what_the_paper_says(data, share: float, distance: int) -> None:
    lengths = data.draw(st.lists(st.integers(1, LONGEST), min_size=1, max_size=3))
    longest = max(lengths)
    width = min(WIDTH, longest)
    targets = torch.zeros(len(lengths), longest, width, dtype=torch.long)
    given = []
    for row, length in enumerate(lengths):
        spans = [
            (start, end)
            for start in range(length)
            for end in range(start + 1, min(length, start + width) + 1)
        ]
        chosen = data.draw(st.lists(st.sampled_from(spans), max_size=3, unique=True))
        gold = {span: data.draw(st.integers(1, CLASSES - 1)) for span in chosen}
        for (start, end), label in gold.items():
            targets[row, start, end - start - 1] = label
        given.append(gold)
    ends = torch.arange(longest)[:, None] + torch.arange(width) + 1
    inside = ends <= torch.tensor(lengths)[:, None, None]
    targets[~inside] = 1  # what stands there is nothing
    found = BoundarySmoothing(share, distance)(targets, inside, CLASSES)
    for row, (length, gold) in enumerate(zip(lengths, given, strict=True)):
        expected = by_definition(gold, length, share, distance)
        for start in range(length):
            for end in range(start + 1, min(length, start + width) + 1):
                classes = expected.get((start, end), [1.0, *[0.0] * (CLASSES - 1)])
                got = found[row, start, end - start - 1].tolist()
                assert got == pytest.approx(classes, abs=1e-6), (start, end)


def heads(share: float) -> list[BiaffineHead]:
    made = []
    for smoothing in (None, BoundarySmoothing(share, 1)):
        torch.manual_seed(1)
        made.append(BiaffineHead(4, CLASSES, WIDTH, 5, 0.0, smoothing))
    return made


def test_the_loss_is_smoothed_in_training_only_and_plain_by_default() -> None:
    targets = torch.zeros(2, 5, WIDTH, dtype=torch.long)
    targets[0, 1, 1], targets[1, 0, 0] = 1, 2
    emissions, lengths = torch.randn(2, 5, WIDTH, CLASSES), torch.tensor([5, 3])
    plain, smooth = heads(0.2)
    assert smooth.train().token_loss(emissions, targets, lengths) != plain.token_loss(
        emissions, targets, lengths
    )
    assert torch.equal(
        smooth.eval().token_loss(emissions, targets, lengths), plain.token_loss(emissions, targets, lengths)
    )
    none = heads(0.0)[1].train()
    assert torch.equal(
        none.token_loss(emissions, targets, lengths), plain.token_loss(emissions, targets, lengths)
    )


def test_options_reach_the_head() -> None:
    rung = get_rung("span")
    config = rung.config(boundary_smoothing=0.1, boundary_distance=2)
    (task,) = tasks_of(config)
    assert task.head(8, ()).smoothing == BoundarySmoothing(0.1, 2)
    assert tasks_of(rung.config())[0].head(8, ()).smoothing.share == 0
