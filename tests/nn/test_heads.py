import pytest
import torch

from onoma.errors import ConfigError
from onoma.nn.heads import CRFHead, SoftmaxHead, Words
from onoma.training.config import resolve


def test_softmax_loss_counts_real_tokens_only_each_by_its_weight() -> None:
    torch.manual_seed(0)
    head = SoftmaxHead(4, 3)
    emissions, tags, lengths = (
        torch.randn(2, 3, 3),
        torch.tensor([[0, 1, 2], [2, 0, 0]]),
        torch.tensor([3, 1]),
    )
    losses = -emissions.log_softmax(-1)
    real = [(0, 0), (0, 1), (0, 2), (1, 0)]
    plain = sum(losses[row, at, tags[row, at]] for row, at in real) / 4
    assert head.token_loss(emissions, tags, lengths).item() == pytest.approx(plain.item(), rel=1e-5)
    weights = torch.tensor([1.0, 5.0, 2.0])
    head.class_weights = weights
    total = sum(weights[tags[row, at]] for row, at in real)
    weighed = sum(weights[tags[row, at]] * losses[row, at, tags[row, at]] for row, at in real) / total
    assert head.token_loss(emissions, tags, lengths).item() == pytest.approx(weighed.item(), rel=1e-5)
    assert "class_weights" not in head.state_dict()


def test_softmax_loss_as_a_mean_of_sentences_is_that_of_their_own_losses() -> None:
    torch.manual_seed(0)
    whole, by_sentence = SoftmaxHead(4, 3), SoftmaxHead(4, 3, by_sentence=True)
    states, tags = torch.randn(2, 3, 4), torch.tensor([[0, 1, 2], [2, -1, 7]])
    lengths = torch.tensor([3, 1])
    by_sentence.load_state_dict(whole.state_dict())
    for weights in (None, torch.tensor([1.0, 5.0, 2.0])):
        whole.class_weights = by_sentence.class_weights = weights
        emissions = whole(states).detach().requires_grad_()
        singly = [
            whole.token_loss(emissions[row : row + 1], tags[row : row + 1], lengths[row : row + 1])
            for row in range(2)
        ]
        loss = by_sentence.token_loss(emissions, tags, lengths)
        assert loss.item() == pytest.approx(sum(one.item() for one in singly) / 2, rel=1e-5)
        loss.backward()
        assert emissions.grad is not None
        assert emissions.grad[1, 1:].abs().max() == 0
    # However a batch is divided, it is the mean over all its sentences.
    parts = [
        by_sentence.observe(Words(states[rows, :width], lengths[rows]), {}, [tags[rows, :width]], 0)[1]
        for rows, width in ((slice(0, 1), 3), (slice(1, 2), 1))
    ]
    assert by_sentence.loss(parts, None).item() == pytest.approx(loss.item(), rel=1e-5)


def test_crf_loss_is_a_mean_over_tokens() -> None:
    torch.manual_seed(0)
    head = CRFHead(4, 3, None)
    emissions, tags, lengths = (
        torch.randn(2, 3, 3),
        torch.tensor([[0, 1, 2], [2, 0, 0]]),
        torch.tensor([3, 1]),
    )
    per_sentence = head.crf(emissions, tags, lengths)
    assert head.token_loss(emissions, tags, lengths).item() == pytest.approx(
        per_sentence.sum().item() / 4, rel=1e-6
    )


def test_class_weights_need_the_softmax_head() -> None:
    data = {"data": {"train": "x"}}
    assert resolve("lstm", {**data, "model": {"class_weights": "inverse"}}).model.class_weights == "inverse"
    with pytest.raises(ConfigError, match="softmax head"):
        resolve("bilstm-crf", {**data, "model": {"class_weights": "inverse"}})
    with pytest.raises(ConfigError, match="mean over sentences is of the softmax head"):
        resolve("bilstm-crf", {**data, "model": {"loss_mean": "sentences"}})
    with pytest.raises(ConfigError, match="class_weights"):
        resolve("lstm", {**data, "model": {"class_weights": "invers"}})
