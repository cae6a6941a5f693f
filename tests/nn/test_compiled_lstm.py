"""The kernel's LSTM beside torch's: near it in bfloat16, and each sentence the same whatever its batch."""

import copy
import gc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode import compiled
from onoma.nn import compiled_lstm
from onoma.nn.recurrent import RecurrentEncoder


def weights(units: int, inputs: int) -> tuple[np.ndarray, ...]:
    shapes = (4 * units, inputs), (4 * units, units), (4 * units,)
    return tuple(np.zeros(shape, np.float32) for shape in shapes)


pytestmark = pytest.mark.skipif(
    compiled.make_lstm(1, 1, 1, (weights(1, 1),)) is None,
    reason="the processor has no AMX, or no kernel was compiled here",
)


def encoder(inputs: int, units: int, layers: int, *, both=True, cell="lstm") -> RecurrentEncoder:
    torch.manual_seed(1)
    made = RecurrentEncoder(cell, inputs, units, num_layers=layers, bidirectional=both, dropout=0.3).eval()
    for weight in made.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return made


@torch.inference_mode()
def run(network: RecurrentEncoder, embedded, lengths, *, half: bool = True) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        return network(embedded, lengths).float()


@given(
    inputs=st.integers(1, 70),
    units=st.integers(1, 70),
    layers=st.integers(1, 3),
    both=st.booleans(),
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=70),
)
def test_states_are_near_those_of_torch_and_do_not_depend_on_the_batch(
    inputs, units, layers, both, lengths
) -> None:
    network = encoder(inputs, units, layers, both=both)
    counts, steps = torch.tensor(lengths), max(1, *lengths, 1)
    embedded = torch.randn(len(lengths), steps, inputs)
    found = run(network, embedded, counts)
    expected = run(network, embedded, counts, half=False)
    mask = torch.arange(steps) < counts[:, None]
    torch.testing.assert_close(found[mask], expected[mask], atol=0.06, rtol=0)
    assert not found[~mask].any()
    noise = torch.where(mask[..., None], embedded, torch.nan)
    torch.testing.assert_close(run(network, noise, counts), found, rtol=0, atol=0)
    for row in (0, len(lengths) - 1):
        alone = run(network, embedded[row : row + 1], counts[row : row + 1])
        torch.testing.assert_close(alone[0], found[row], rtol=0, atol=0)


def test_changed_weights_are_packed_anew_and_let_go_with_their_network() -> None:
    network, embedded, lengths = encoder(5, 7, 1), torch.randn(2, 3, 5), torch.tensor([3, 2])
    before = run(network, embedded, lengths)
    with torch.no_grad():
        network.forward_layers[0].bias_ih_l0 += 1
    after = run(network, embedded, lengths)
    assert not torch.equal(before, after)
    torch.testing.assert_close(after, run(copy.deepcopy(network), embedded, lengths), rtol=0, atol=0)
    network.load_state_dict(network.state_dict())
    held = len(compiled_lstm._PACKED)
    del network
    gc.collect()
    assert len(compiled_lstm._PACKED) < held


def test_it_is_for_prediction_in_bfloat16_alone(monkeypatch) -> None:
    def never(*_):
        raise AssertionError("the kernel ran")

    embedded, lengths = torch.randn(2, 3, 5), torch.tensor([3, 2])
    network = encoder(5, 7, 1)
    monkeypatch.setattr(compiled_lstm, "make_lstm", never)
    with pytest.raises(AssertionError, match="the kernel ran"):
        run(network, embedded, lengths)
    run(network, embedded, lengths, half=False)
    run(encoder(5, 7, 1, cell="gru"), embedded, lengths)
    run(encoder(5, 7, 1).train(), embedded, lengths)
    with torch.autocast("cpu", torch.bfloat16):
        network(embedded, lengths).sum().backward()


def test_what_does_not_fit_is_refused() -> None:
    good = compiled.make_lstm(5, 7, 1, (weights(7, 5),))
    sizes = [
        (5, 7, 1, (weights(7, 6),)),
        (5, 7, 2, (weights(7, 5),)),
        (5, 0, 1, (weights(7, 5),)),
        (5, 7, 1, ()),
    ]
    for wrong in sizes:
        with pytest.raises(ValueError, match=r"bytes, expected|no such stack"):
            compiled.make_lstm(*wrong)
    with pytest.raises(TypeError):
        compiled.make_lstm(5, 7, 1, (None,))
    ones, out = np.ones((2, 3, 5), "f4"), np.zeros((2, 3, 7), "f4")
    for lengths, states in (([3, 4], out), ([3, 2], out[:1].copy()), ([3], out)):
        with pytest.raises(ValueError, match=r"bytes, expected|must lie in"):
            good.run(ones, np.array(lengths), 3, states)
