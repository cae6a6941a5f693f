"""The document head against its formula, and losses weighed by uncertainty."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from onoma.decode.documents import DocumentDecoder
from onoma.decode.protocol import ATTENTION, VALUES
from onoma.nn.documents import DocumentHead
from onoma.nn.uncertainty import FixedWeights, UncertaintyWeights


def score(head, states, lengths, owners, num_documents):
    """Logits of documents, over the words of all their sentences."""
    mask = torch.arange(states.shape[1]) < lengths.unsqueeze(1)
    return head.pool(*head(states[mask]), owners.repeat_interleave(lengths), num_documents)


def test_labels_attend_to_all_sentences_of_their_document() -> None:
    torch.manual_seed(1)
    head = DocumentHead(4, 3, 5, 0.0)
    states, lengths, owners = torch.randn(3, 6, 4), torch.tensor([6, 2, 4]), torch.tensor([0, 1, 0])
    logits = score(head, states, lengths, owners, 2)
    for document, sentences in ((0, [0, 2]), (1, [1])):
        words = torch.cat([states[index, : lengths[index]] for index in sentences])
        attention = torch.softmax(head.queries(torch.tanh(head.projection(words))), dim=0)  # [M, L]
        for label in range(3):
            picked = attention[:, label] @ words
            expected = picked @ head.scorers[label] + head.biases[label]
            assert logits[document, label].item() == pytest.approx(expected.item(), abs=1e-5)


def test_padding_and_order_do_not_matter() -> None:
    torch.manual_seed(1)
    head = DocumentHead(4, 2, 5, 0.0)
    states, lengths, owners = torch.randn(3, 6, 4), torch.tensor([6, 2, 4]), torch.tensor([0, 1, 0])
    logits = score(head, states, lengths, owners, 2)
    order = torch.tensor([2, 1, 0])
    torch.testing.assert_close(score(head, states[order], lengths[order], owners[order], 2), logits)
    states[1, 2:] = 1e6
    torch.testing.assert_close(score(head, states, lengths, owners, 2), logits)


def test_votes_pooled_piece_by_piece_are_those_pooled_at_once() -> None:
    torch.manual_seed(1)
    head = DocumentHead(4, 3, 5, 0.0)
    torch.nn.init.normal_(head.biases)
    states, lengths, owners = torch.randn(3, 6, 4) * 5, torch.tensor([6, 2, 4]), torch.tensor([0, 2, 0])
    expected = torch.sigmoid(score(head, states, lengths, owners, 3)).detach().numpy()
    biases, thresholds = (part.detach().double().numpy() for part in (head.biases, head.thresholds))
    pools = DocumentDecoder(("a", "b", "c"), biases, thresholds).new_pools(3)
    with torch.inference_mode():
        attention, values = (part.numpy() for part in head(states))
    for sentence, (length, owner) in enumerate(zip(lengths.tolist(), owners.tolist(), strict=True)):
        for words in (slice(0, length // 2), slice(length // 2, length), slice(0, 0)):
            pools.add(owner, {ATTENTION: attention[sentence, words], VALUES: values[sentence, words]})
    np.testing.assert_allclose(pools.probabilities(), expected, atol=1e-6)


def test_a_document_without_words_gets_the_biases() -> None:
    head = DocumentHead(4, 2, 5, 0.0)
    torch.nn.init.normal_(head.biases)
    logits = score(head, torch.randn(1, 3, 4), torch.tensor([3]), torch.tensor([1]), 2)
    torch.testing.assert_close(logits[0], head.biases)
    assert torch.isfinite(logits).all()


def test_a_rare_label_can_weigh_more() -> None:
    head = DocumentHead(4, 2, 5, 0.0)
    head.positive_weights = torch.tensor([1.0, 3.0])
    votes = [(torch.zeros(2, 2), torch.zeros(2, 2), torch.tensor([0, 1]))]
    on, annotated = torch.tensor([[True, True], [False, False]]), torch.tensor([True, False])
    assert head.loss(votes, (on, annotated)).item() == pytest.approx((1 + 3) / 2 * math.log(2))
    assert "positive_weights" not in head.state_dict()


def test_uncertainty_follows_the_formula_and_finds_its_minimum() -> None:
    weights = UncertaintyWeights(["tags", "documents"])
    losses = {"tags": torch.tensor(2.0), "documents": torch.tensor(0.5)}
    assert weights(losses).item() == pytest.approx(2.5)
    optimizer = torch.optim.SGD(weights.parameters(), lr=0.2)
    for _ in range(300):
        optimizer.zero_grad()
        weights(losses).backward()
        optimizer.step()
    # d/ds (exp(-s) L + s/2) = 0 where exp(-s) = 1 / (2 L).
    assert weights.weights() == pytest.approx({"tags": 1 / 4, "documents": 1.0}, rel=1e-3)


def test_a_loss_of_weight_zero_is_left_out() -> None:
    fixed = FixedWeights({"tags": 0.5, "documents": 0.0})
    broken = torch.tensor(float("nan"))
    assert fixed({"tags": torch.tensor(2.0), "documents": broken}).item() == 1.0
