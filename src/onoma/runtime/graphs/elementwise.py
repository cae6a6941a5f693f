"""Rules of operators that compute number by number."""

from __future__ import annotations

from dataclasses import replace

from onoma.runtime.graphs.bounds import (
    UNBOUNDED,
    ZERO,
    Interval,
    Value,
    broadcast,
    either,
    fixed,
    larger,
    minus,
    plus,
    smaller,
    times,
)
from onoma.runtime.graphs.rules import (
    BOOL,
    FLOAT,
    INT8,
    INT32,
    INT64,
    UINT8,
    Call,
    Result,
    need,
    rule,
    same_kind,
)

_ARITHMETIC = {"Add": plus, "Sub": minus, "Mul": times, "Max": larger, "Min": smaller}
_TO = {1: FLOAT, 6: INT32, 7: INT64, 9: BOOL}
_CASTS = {
    FLOAT: {FLOAT},
    INT64: {FLOAT, INT32, INT64, BOOL},
    INT32: {FLOAT, INT32, INT64},
    BOOL: {FLOAT, INT64},
    INT8: {FLOAT},
    UINT8: {FLOAT},
}
"""No float becomes an integer: it may be of any size."""
_ZERO_OR_ONE = Interval(ZERO.low, fixed(1).high)


@rule("Cos", "Sin", "Tanh", "Relu", "Gelu", "LeakyRelu", "Softmax")
def _map(call: Call) -> Result:
    (value,) = call.values(1)
    same_kind([value], FLOAT)
    if call.node.operator == "Gelu":
        call.word("approximate", ("none", "tanh"), "none")
    elif call.node.operator == "LeakyRelu":
        call.real("alpha", 0, 1)
    elif call.node.operator == "Softmax":
        call.integer("axis", -1, -1)
        need(value.rank > 0, "is over a single number")
    return Result(replace(value, array=None))


@rule("LayerNormalization")
def _norm(call: Call) -> Result:
    value, scale, bias = call.values(3)
    same_kind([value, scale, bias], FLOAT)
    call.integer("axis", -1, -1)
    call.real("epsilon", 1e-30, 1)
    need(value.rank > 0 and scale.rank == bias.rank == 1, "has a scale or bias that is no row")
    need(scale.array is not None and bias.array is not None, "has a scale or bias that is no weight")
    return Result(replace(value, array=None))


@rule(*_ARITHMETIC)
def _arithmetic(call: Call) -> Result:
    left, right = call.values(2)
    kind = same_kind([left, right], FLOAT, INT64)
    limits = UNBOUNDED if kind == FLOAT else _ARITHMETIC[call.node.operator](left.range, right.range)
    return Result(Value(kind, broadcast(left.shape, right.shape), limits))


@rule("Div")
def _divide(call: Call) -> Result:
    left, right = call.values(2)
    same_kind([left, right], FLOAT)  # integers are never divided: by zero, or the lowest by -1, kills
    return Result(Value(FLOAT, broadcast(left.shape, right.shape)))


@rule("Less")
def _less(call: Call) -> Result:
    left, right = call.values(2)
    same_kind([left, right], FLOAT, INT64)
    return Result(Value(BOOL, broadcast(left.shape, right.shape), _ZERO_OR_ONE))


@rule("Where")
def _where(call: Call) -> Result:
    condition, left, right = call.values(3)
    same_kind([condition], BOOL)
    kind = same_kind([left, right], FLOAT, INT64)
    shape = broadcast(condition.shape, left.shape, right.shape)
    return Result(Value(kind, shape, either(left.range, right.range)))


@rule("Cast")
def _cast(call: Call) -> Result:
    (value,) = call.values(1)
    kind = _TO[call.integer("to", 1, 9)] if call.node.attributes.get("to") in _TO else ""
    need(kind in _CASTS[value.kind], f"makes {kind or 'an unknown kind'} of {value.kind}")
    if kind == INT32:
        need(-(1 << 31) <= min(value.range.low) <= max(value.range.high) < 1 << 31, "makes int32 of more")
    limits = {FLOAT: UNBOUNDED, BOOL: _ZERO_OR_ONE}.get(kind, value.range)
    return Result(replace(value, kind=kind, range=limits, items=None, array=None))


@rule("Identity")
def _identity(call: Call) -> Result:
    (value,) = call.values(1)
    return Result(replace(value, array=None))


@rule("QuantizeLinear")
def _quantize(call: Call) -> Result:
    value, scale, zero = call.values(3)
    same_kind([value], FLOAT)
    same_kind([zero], UINT8)
    _check_scale(scale)
    need(scale.rank == zero.rank == 0 and zero.array is not None, "has more than one scale")
    return Result(Value(UINT8, value.shape))


@rule("DequantizeLinear")
def _dequantize(call: Call) -> Result:
    value, scale, *zero = call.values(2, 3)
    same_kind([value, *zero], INT8, UINT8)
    _check_scale(scale)
    need(scale.rank <= 1 and all(one.array is not None for one in zero), "has scales that are no weights")
    need(all(one.rank == scale.rank for one in zero), "has zeros of another shape than its scales")
    if scale.rank:
        axis = call.integer("axis", 0, value.rank - 1)
        need(scale.shape[0].exact == value.shape[axis].exact, "has more or fewer scales than rows")
    return Result(Value(FLOAT, value.shape))


def _check_scale(scale: Value) -> None:
    same_kind([scale], FLOAT)
    array = scale.array
    need(array is not None and bool((array > 1e-30).all()), "has a scale that is no weight above zero")
