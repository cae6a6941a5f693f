"""Encoders without padding: the library's function and gradients, and dropout of the right share."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from onoma.nn.architectures import describe_architecture
from onoma.nn.dropout import QuickDropout, quicken_dropout
from onoma.nn.encoder_layers import BERT_LIKE
from onoma.nn.packing import Packing
from onoma.nn.pretrained import PretrainedEncoder
from tiny_encoders import encoder_config

PIECES = 60
LENGTHS = st.lists(st.integers(0, 40), min_size=1, max_size=6)


def build(kind: str, *, packed: bool, dropout: float = 0.0) -> PretrainedEncoder:
    config = encoder_config(kind, PIECES).to_dict()
    shares = dict.fromkeys(("hidden_dropout_prob", "attention_probs_dropout_prob"), dropout)
    if kind == "distilbert":
        shares = dict.fromkeys(("dropout", "attention_dropout"), dropout)
    torch.manual_seed(3)
    encoder = PretrainedEncoder(describe_architecture(json.loads(json.dumps({**config, **shares}))))
    if not packed:
        encoder.layers = None
    return encoder.train()


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    pieces = torch.randint(0, PIECES, (4, 19), generator=torch.Generator().manual_seed(1))
    return pieces, torch.tensor([19, 3, 0, 11])


@pytest.mark.parametrize("kind", BERT_LIKE)
@pytest.mark.parametrize("autocast", [False, True], ids=["fp32", "bf16"])
def test_states_and_gradients_are_the_librarys(kind, autocast) -> None:
    pieces, lengths = batch()
    real = (torch.arange(19) < lengths[:, None]).unsqueeze(-1)
    weights = torch.randn(4, 19, 16, generator=torch.Generator().manual_seed(2)) * real
    found = []
    for packed in (True, False):
        encoder = build(kind, packed=packed)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            states = encoder(pieces, lengths)
        (states.float() * weights).sum().backward()
        gradients = {name: one.grad for name, one in encoder.named_parameters() if one.grad is not None}
        found.append((states.detach().float() * real, gradients))
    (packed_states, packed_gradients), (states, gradients) = found
    tolerance = 0.1 if autocast else 1e-5
    torch.testing.assert_close(packed_states, states, atol=tolerance, rtol=0)
    assert packed_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        error = (packed_gradients[name] - gradient).norm()
        assert error <= (0.05 if autocast else 1e-4) * gradient.norm() + 1e-4, name


def test_rows_are_of_few_sizes() -> None:
    sizes = {len(Packing(torch.tensor([n]), n).rows(torch.zeros(1, n), 0)) for n in range(1, 65)}
    assert sizes == {32, 64}


@given(LENGTHS, st.integers(0, 5))
def test_what_goes_to_a_grid_comes_back(lengths, more) -> None:
    count = torch.tensor(lengths)
    packing = Packing(count, max(lengths) + more)
    places = torch.arange(1, 1 + len(lengths) * (max(lengths) + more or 1)).view(len(lengths), -1)
    rows = packing.rows(places, 0).float()[:, None].expand(-1, 6)
    real = count.clamp(min=1).sum()
    back = packing.joined(packing.by_head(rows, 3))
    assert torch.equal(back[:real], rows[:real])
    assert not back[real:].any()
    seen = torch.arange(places.shape[1]) < count.clamp(min=1)[:, None]
    assert torch.equal(packing.to_batch(rows)[:, :, 0], torch.where(seen, places, 0).float())


@given(LENGTHS)
def test_padding_gets_no_gradient(lengths) -> None:
    packing = Packing(torch.tensor(lengths), max(lengths))
    rows = torch.ones(len(packing.rows(torch.zeros(len(lengths), max(1, *lengths)), 0)), 4)
    rows.requires_grad_()
    packing.joined(packing.by_head(rows, 2)).sum().backward()
    packing.to_batch(rows).sum().backward()
    real = sum(max(1, one) for one in lengths)
    assert torch.equal(rows.grad[:real], torch.full((real, 4), 2.0))
    assert not rows.grad[real:].any()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.93])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16], ids=str)
def test_dropout_drops_its_share_and_keeps_the_mean(rate, kind) -> None:
    torch.manual_seed(1)
    dropped = QuickDropout(rate).train()(torch.ones(999, 401, dtype=kind))
    assert dropped.dtype == kind
    assert (dropped == 0).float().mean().item() == pytest.approx(rate, abs=0.005)
    assert dropped.float().mean().item() == pytest.approx(1, abs=0.02)
    assert len(dropped.unique()) == 2
    assert abs(torch.corrcoef((dropped.float() == 0).float()[:, :8].T).fill_diagonal_(0)).max() < 0.15


@pytest.mark.parametrize("rate", [0.0, 1e-9, 1.0])
def test_dropout_at_its_ends(rate) -> None:
    states = torch.ones(7, 5)
    torch.testing.assert_close(QuickDropout(rate).train()(states), states * (rate < 1))
    assert torch.equal(QuickDropout(rate).eval()(states), states)


def test_plain_dropout_is_replaced_and_nothing_else() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.3)), nn.Dropout1d(0.2))
    names = list(module.state_dict())
    quicken_dropout(module)
    assert [type(one) for one in (module[1][0], module[2])] == [QuickDropout, nn.Dropout1d]
    assert module[1][0].p == 0.3
    assert list(module.state_dict()) == names


def test_dropout_goes_on_from_a_state_of_the_generator() -> None:
    encoder = build("bert", packed=True, dropout=0.2)
    pieces, lengths = batch()
    state = torch.get_rng_state()
    first = encoder(pieces, lengths)
    assert not torch.equal(first, encoder(pieces, lengths))
    torch.set_rng_state(state)
    assert torch.equal(first, encoder(pieces, lengths))
