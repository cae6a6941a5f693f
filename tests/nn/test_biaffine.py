"""The span head against its formula."""

from __future__ import annotations

import pytest
import torch

from onoma.nn.biaffine import BiaffineHead


@pytest.fixture
def head():
    torch.manual_seed(2)
    head = BiaffineHead(6, 4, 3, 5, 0.0)
    torch.nn.init.normal_(head.width_scores)
    return head.eval()


def test_scores_follow_the_formula(head) -> None:
    states = torch.randn(2, 5, 6)
    emissions = head(states)
    assert emissions.shape == (2, 5, 3, 4)
    starts = torch.nn.functional.leaky_relu(head.start(states), 0.1)
    ends = torch.nn.functional.leaky_relu(head.end(states), 0.1)
    for row, start, width, label in ((0, 0, 0, 1), (1, 2, 2, 3), (0, 3, 1, 0)):
        first, last = starts[row, start], ends[row, start + width]
        expected = (
            first @ head.bilinear[:, label] @ last
            + head.start_scores(first)[label]
            + head.end_scores(last)[label]
            + head.width_scores[width, label]
        )
        assert emissions[row, start, width, label].item() == pytest.approx(expected.item(), abs=1e-5)


def test_a_short_batch_has_no_more_widths_than_tokens(head) -> None:
    assert head(torch.randn(1, 2, 6)).shape == (1, 2, 2, 4)


def test_the_loss_counts_spans_inside_only(head) -> None:
    lengths = torch.tensor([5, 2])
    emissions = torch.randn(2, 5, 3, 4)
    targets = torch.randint(0, 4, (2, 5, 3))
    loss = head.token_loss(emissions, targets, lengths)
    total = 0.0
    for row, length in enumerate(lengths.tolist()):
        for start in range(length):
            for width in range(min(3, length - start)):
                scores = emissions[row, start, width]
                total += (scores.logsumexp(0) - scores[targets[row, start, width]]).item()
    assert loss.item() == pytest.approx(total / 7, rel=1e-5)
    emissions[1, 2:] = 1e9  # padding
    emissions[1, 1, 1:] = -1e9
    assert head.token_loss(emissions, targets, lengths).item() == pytest.approx(loss.item(), rel=1e-5)


def test_padding_does_not_reach_real_spans(head) -> None:
    states = torch.randn(1, 4, 6)
    padded = torch.cat([states, torch.randn(1, 3, 6) * 100], dim=1)
    alone, together = head(states), head(padded)
    for start in range(4):
        reach = min(3, 4 - start)
        torch.testing.assert_close(alone[0, start, :reach], together[0, start, :reach])
