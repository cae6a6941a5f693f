"""The Transformer encoder: padding, positions and distances."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onoma.nn.positions import by_distance, sinusoids
from onoma.nn.transformer import SelfAttention, TransformerEncoder

POSITIONS = ("sinusoidal", "learned", "relative", "none")
KINDS = list(itertools.product(POSITIONS, ("pre", "post")))


def make_encoder(positions: str = "sinusoidal", norm: str = "pre", **changes: Any) -> TransformerEncoder:
    options = {"input_dim": 10, "dim": 16, "num_layers": 2, "num_heads": 2, "feedforward_dim": 24}
    options |= {"dropout": 0.1, "attention_dropout": 0.1, "activation": "gelu", "max_length": 40}
    options |= {"scaled": positions != "relative", "positions": positions, "norm": norm}
    torch.manual_seed(4)
    encoder = TransformerEncoder(**{**options, **changes}).eval()
    with torch.no_grad():  # what starts at zero must count in these tests
        for parameter in encoder.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)
    return encoder


@pytest.mark.parametrize(("positions", "norm"), KINDS)
def test_padding_reaches_nothing(positions: str, norm: str) -> None:
    encoder = make_encoder(positions, norm)
    lengths = torch.tensor([7, 3, 1, 12])
    units = torch.randn(4, 15, 10)  # wider than the longest row
    with torch.inference_mode():
        whole = encoder(units, lengths)
        for row, length in enumerate(lengths.tolist()):
            units[row, length:] = 1e4
            alone = encoder(units[row : row + 1, :length], lengths[row : row + 1])
            torch.testing.assert_close(whole[row, :length], alone[0], atol=1e-5, rtol=0)
        again = encoder(units, lengths)
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(again[row, :length], whole[row, :length])
    assert torch.isfinite(again).all()


@pytest.mark.parametrize("learning", [True, False])  # learning takes another way through attention
@pytest.mark.parametrize("positions", POSITIONS)
def test_padding_reaches_nothing_in_bf16(positions: str, learning: bool) -> None:
    encoder = make_encoder(positions)
    lengths, units = torch.tensor([9, 4]), torch.randn(2, 9, 10)
    with torch.set_grad_enabled(learning), torch.autocast("cpu", torch.bfloat16):
        before = encoder(units, lengths)
        units[1, 4:] = 1e4
        after = encoder(units, lengths)
    assert torch.equal(before[1, :4], after[1, :4])
    assert torch.isfinite(after).all()
    exact = encoder(units, lengths)
    torch.testing.assert_close(before[1, :4].float(), exact[1, :4], atol=0.15, rtol=0.05)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("positions", POSITIONS)
def test_gradients_of_padding_are_zero_in_training(positions: str, precision: str) -> None:
    encoder = make_encoder(positions).train()
    units, lengths = torch.randn(2, 8, 10, requires_grad=True), torch.tensor([8, 5])
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        states = encoder(units, lengths).float()
    (states[0].square().sum() + states[1, :5].square().sum()).backward()
    assert units.grad is not None
    assert torch.isfinite(units.grad).all()
    assert not units.grad[1, 5:].any()
    assert units.grad[1, :5].any(dim=1).all()


def test_a_row_without_units_is_finite() -> None:
    for positions in POSITIONS:
        encoder = make_encoder(positions).train()
        states = encoder(torch.randn(2, 3, 10), torch.tensor([3, 0]))
        states.sum().backward()
        assert torch.isfinite(states).all()
        assert all(torch.isfinite(weight.grad).all() for weight in encoder.parameters())


@pytest.mark.parametrize("positions", POSITIONS)
def test_order_counts_with_positions_only(positions: str) -> None:
    encoder = make_encoder(positions)
    units, order = torch.randn(1, 6, 10), torch.tensor([4, 0, 5, 1, 3, 2])
    with torch.inference_mode():
        straight = encoder(units, torch.tensor([6]))[:, order]
        mixed = encoder(units[:, order], torch.tensor([6]))
    assert torch.allclose(straight, mixed, atol=1e-5) == (positions == "none")


def test_relative_positions_know_direction_and_only_distance() -> None:
    encoder = make_encoder("relative", num_layers=1)
    units = torch.zeros(1, 9, 10)
    units[0, 4] = torch.randn(10)
    with torch.inference_mode():
        states = encoder(units, torch.tensor([9]))[0]
        longer = encoder(torch.nn.functional.pad(units, (0, 0, 0, 5)), torch.tensor([9]))[0]
    assert not torch.allclose(states[3], states[5], atol=1e-4)  # one to the left of it, one to the right
    torch.testing.assert_close(longer[:9], states, atol=1e-5, rtol=0)


@pytest.mark.parametrize("scaled", [True, False])
def test_relative_attention_is_its_formula(scaled: bool) -> None:
    torch.manual_seed(2)
    attention = SelfAttention(12, 3, dropout=0.0, relative=True, scaled=scaled).eval()
    assert attention.content_bias is not None
    assert attention.distance_bias is not None
    torch.nn.init.normal_(attention.content_bias)
    torch.nn.init.normal_(attention.distance_bias)
    states, length = torch.randn(1, 5, 12), 4
    steps = sinusoids(torch.arange(-4, 5), 4)
    with torch.inference_mode():
        mask = torch.tensor([0.0] * length + [-torch.inf])[None, None, None]
        attended = attention(states, mask, steps)[0]
        queries, keys, values = attention.inputs(states[0]).view(5, 3, 3, 4).permute(1, 2, 0, 3)
        expected = torch.zeros(5, 3, 4)
        for head, row in itertools.product(range(3), range(5)):
            scores = torch.empty(length)
            for column in range(length):
                content = (queries[head, row] + attention.content_bias[head, 0]) @ keys[head, column]
                distance = (queries[head, row] + attention.distance_bias[head, 0]) @ steps[column - row + 4]
                scores[column] = (content + distance) * (0.5 if scaled else 1.0)
            expected[row, head] = scores.softmax(0) @ values[head, :length]
        expected = attention.output(expected.view(5, 12))
    torch.testing.assert_close(attended, expected, atol=1e-5, rtol=1e-5)


@given(st.integers(1, 2), st.integers(1, 3), st.integers(1, 12), st.integers(0, 99))
def test_distances_become_columns(batch: int, heads: int, num_units: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(batch, heads, num_units, 2 * num_units - 1))
    columns = by_distance(torch.from_numpy(scores)).numpy()
    for row, column in itertools.product(range(num_units), repeat=2):
        assert (columns[:, :, row, column] == scores[:, :, row, column - row + num_units - 1]).all()


def test_sinusoids_tell_all_places_apart_without_limit() -> None:
    table = sinusoids(torch.arange(5_000), 64)
    assert table.shape == (5_000, 64)
    assert torch.allclose(table.square().sum(1), torch.full((5_000,), 32.0), atol=1e-3)
    nearest = torch.cdist(table, table).fill_diagonal_(torch.inf).min()
    assert nearest > 0.1
    mirrored = sinusoids(-torch.arange(5_000), 64)
    assert torch.allclose(table[:, 32:], mirrored[:, 32:])
    assert torch.allclose(table[:, :32], -mirrored[:, :32])


def test_learned_positions_end_at_the_window() -> None:
    encoder = make_encoder("learned", max_length=6)
    assert encoder(torch.randn(1, 6, 10), torch.tensor([6])).shape == (1, 6, 16)
    for positions in ("sinusoidal", "relative", "none"):
        assert (
            make_encoder(positions, max_length=6)(torch.randn(1, 90, 10), torch.tensor([90])).shape[1] == 90
        )


def test_states_start_at_a_sensible_size() -> None:
    for positions, norm in KINDS:
        encoder = make_encoder(positions, norm, num_layers=6, dim=64)
        states = encoder(torch.randn(2, 20, 10), torch.tensor([20, 20]))
        assert 0.5 < states.std().item() < 2


@pytest.mark.parametrize(("dim", "heads"), [(16, 3), (6, 6), (10, 2)])
def test_heads_must_divide_the_width_evenly(dim: int, heads: int) -> None:
    with pytest.raises(ValueError, match=f"hidden_dim {dim} is not an even number for each of {heads}"):
        make_encoder(dim=dim, num_heads=heads)
