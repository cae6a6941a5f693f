"""Rules of products, convolutions and recurrent layers."""

from __future__ import annotations

from onoma.runtime.graphs.bounds import Value, broadcast, fixed, plus
from onoma.runtime.graphs.rules import FLOAT, INT32, Call, Result, need, rule, same_kind, scaled

_GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
_MAX_WIDTH = 65_536
_MAX_PAD = 64


@rule("MatMul")
def _multiply(call: Call) -> Result:
    left, right = call.values(2)
    same_kind([left, right], FLOAT)
    need(left.rank >= 2 and right.rank >= 2, "multiplies what is no matrix")
    shape = (*broadcast(left.shape[:-2], right.shape[:-2]), left.shape[-2], right.shape[-1])
    value = Value(FLOAT, shape)
    return Result(value, scaled(value.elements(), left.shape[-1].high))


@rule("Conv")
def _convolve(call: Call) -> Result:
    """Windows over characters: [U, D, C] with filters [F, D, width] to [U, F, C]."""
    states, filters, bias = call.values(3)
    same_kind([states, filters, bias], FLOAT)
    need(states.rank == filters.rank == 3 and bias.rank == 1, "is not over rows")
    sizes = [one.exact for one in filters.shape]
    need(filters.constant and bias.constant and None not in sizes, "has filters that are no weights")
    need(all(sizes) and states.shape[1].exact == sizes[1], "has filters of no or of other channels")
    before, after = call.integers("pads", 0, _MAX_PAD, 2)
    need(1 <= (sizes[2] or 0) <= before + after + 1, "has windows of another width than its padding")
    length = plus(states.shape[2], fixed(before + after + 1 - (sizes[2] or 0)))
    value = Value(FLOAT, (states.shape[0], filters.shape[0], length))
    window = filters.shape[1].high, filters.shape[2].high
    return Result(
        value, scaled(value.elements(), *window), scaled(states.shape[0].high, length.high, *window)
    )


@rule(*_GATES)
def _recur(call: Call) -> Result:
    """[T, B, D] to [T, directions, B, H], each row within its length."""
    states, inputs, states_weights, biases, counts = call.values(5)
    same_kind([states, inputs, states_weights, biases], FLOAT)
    same_kind([counts], INT32)
    operator = call.node.operator
    if operator == "GRU":
        call.integer("linear_before_reset", 1, 1)
    hidden = call.integer("hidden_size", 1, _MAX_WIDTH)
    both = call.word("direction", ("forward", "bidirectional")) == "bidirectional"
    directions, gates = (2 if both else 1), _GATES[operator] * hidden
    need(states.rank == 3 and counts.rank == 1, "reads no batch of sentences")
    need(counts.shape[0].letter == states.shape[1].letter == "B", "has lengths of another batch")
    width = states.shape[2].exact
    for weight, shape in (
        (inputs, (directions, gates, width)),
        (states_weights, (directions, gates, hidden)),
        (biases, (directions, 2 * gates)),
    ):
        found = tuple(size.exact for size in weight.shape)
        need(
            weight.constant and None not in found and found == shape,
            f"has weights of the shape {list(found)}",
        )
    steps, batch = states.shape[:2]
    value = Value(FLOAT, (steps, fixed(directions), batch, fixed(hidden)))
    rows = scaled(steps.high, batch.high)
    cost = scaled(rows, fixed(directions * gates * ((width or 0) + hidden)).high)
    return Result(value, cost, scaled(rows, fixed(gates).high))
