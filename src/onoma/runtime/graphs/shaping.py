"""Rules of operators that choose, move and join numbers."""

from __future__ import annotations

from dataclasses import replace

from onoma.runtime.graphs.bounds import (
    ONE,
    ZERO,
    Interval,
    Shape,
    Value,
    either,
    fixed,
    larger,
    minus,
    plus,
    smaller,
    times,
)
from onoma.runtime.graphs.rules import FLOAT, INT8, INT64, Call, Result, need, rule, same_kind

_MAX_RANK = 6
_MAX_PARTS = 64
_MAX_PAD = 8


@rule("Shape")
def _shape(call: Call) -> Result:
    (value,) = call.values(1)
    start = call.integer("start", 0, value.rank, 0)
    end = call.integer("end", start + 1, value.rank, value.rank)
    sizes = value.shape[start:end]
    need(bool(sizes), "is of a single number")
    limits = sizes[0]
    for size in sizes[1:]:
        limits = either(limits, size)
    return Result(Value(INT64, (fixed(len(sizes)),), limits._replace(letter=""), sizes))


@rule("Range")
def _range(call: Call) -> Result:
    start, limit, step = call.values(3)
    same_kind([start, limit, step], INT64)
    need(start.rank == limit.rank == step.rank == 0, "has a limit that is not one number")
    need(start.integers() == [0] and step.integers() == [1], "counts otherwise than 0, 1, 2")
    size = larger(limit.range, ZERO)
    return Result(Value(INT64, (size,), Interval(ZERO.low, size.high)))


@rule("Squeeze")
def _squeeze(call: Call) -> Result:
    value, *rest = call.values(1, 2)
    axes = rest[0].integers() if rest else [0]
    need(bool(rest) or value.rank == 1, "takes all axes away")
    need(len(set(axes)) == len(axes), "names an axis twice")
    for axis in axes:
        need(
            0 <= axis < value.rank and value.shape[axis].exact == 1,
            "takes an axis away that is not of size 1",
        )
    return Result(value.with_shape(tuple(one for axis, one in enumerate(value.shape) if axis not in axes)))


@rule("Unsqueeze")
def _unsqueeze(call: Call) -> Result:
    value, places = call.values(2)
    axes = places.integers()
    rank = value.rank + len(axes)
    need(rank <= _MAX_RANK and len(set(axes)) == len(axes), "has too many axes")
    need(all(0 <= axis < rank for axis in axes), "names an axis that is not there")
    sizes = iter(value.shape)
    return Result(value.with_shape(tuple(ONE if axis in axes else next(sizes) for axis in range(rank))))


@rule("Transpose")
def _transpose(call: Call) -> Result:
    (value,) = call.values(1)
    order = call.integers("perm", 0, value.rank - 1, value.rank)
    need(len(set(order)) == len(order), "names an axis twice")
    return Result(value.with_shape(tuple(value.shape[axis] for axis in order)))


@rule("Reshape")
def _reshape(call: Call) -> Result:
    value, wanted = call.values(2)
    sizes = wanted.listed()
    need(len(sizes) <= _MAX_RANK, "has too many axes")
    shape: list[Interval | None] = []
    left = list(value.shape)  # what is not copied
    for axis, size in enumerate(sizes):
        if size.exact == 0:
            need(axis < value.rank, "copies an axis that is not there")
            shape.append(value.shape[axis])
            left.remove(value.shape[axis])
        elif size.exact == -1:
            shape.append(None)
        else:
            need(min(size.low) >= 1, "has a size that may be below 1")
            shape.append(size)
    need(shape.count(None) <= 1, "leaves two sizes open")
    rest = ONE
    for size in left:
        rest = times(rest, size)
    if rest.exact is not None:
        known = 1
        for found, asked in zip(shape, sizes, strict=True):
            known *= 1 if found is None or asked.exact == 0 else found.exact or 1
        rest = fixed(rest.exact // known)
    else:
        rest = Interval(ZERO.low, rest.high)  # the sizes asked for have their share of it
    return Result(value.with_shape(tuple(rest if size is None else size for size in shape)))


@rule("Slice")
def _slice(call: Call) -> Result:
    value, starts, ends, axes = call.values(4)
    start, end, axis = starts.listed(), ends.listed(), axes.integers()
    need(len(start) == len(end) == len(axis) == 1 and 0 <= axis[0] < value.rank, "takes more than one axis")
    need(min(start[0].low) >= 0 and min(end[0].low) >= 0, "counts from the end")
    old = value.shape[axis[0]]
    size = larger(minus(smaller(old, end[0]), start[0]), ZERO)
    size = Interval(size.low, smaller(size, old).high)
    return Result(value.with_shape((*value.shape[: axis[0]], size, *value.shape[axis[0] + 1 :])))


@rule("Gather")
def _gather(call: Call) -> Result:
    table, index = call.values(2)
    same_kind([table], FLOAT, INT64, INT8)
    same_kind([index], INT64)
    need(table.rank > 0, "is from a single number")
    axis = call.integer("axis", 0, table.rank - 1, 0)
    shape = (*table.shape[:axis], *index.shape, *table.shape[axis + 1 :])
    need(len(shape) <= _MAX_RANK, "has too many axes")
    return Result(table.with_shape(shape))


@rule("GatherND")
def _gather_nd(call: Call) -> Result:
    """Rows at places, each from its own sentence."""
    table, index = call.values(2)
    same_kind([table], FLOAT)
    same_kind([index], INT64)
    call.integer("batch_dims", 1, 1)
    need(
        table.rank >= 2 and index.rank >= 2 and index.shape[-1].exact == 1,
        "has places of more than one number",
    )
    need(table.shape[0].letter == index.shape[0].letter == "B", "takes rows from another batch")
    return Result(table.with_shape((*index.shape[:-1], *table.shape[2:])))


@rule("Concat")
def _concat(call: Call) -> Result:
    parts = call.values()
    need(0 < len(parts) <= _MAX_PARTS, f"joins {len(parts)} values, {_MAX_PARTS} are the most")
    kind = same_kind(parts, FLOAT, INT64)
    rank = parts[0].rank
    axis = call.integer("axis", -1, 0)
    need(rank > 0 and all(one.rank == rank for one in parts), "joins values of different ranks")
    need(axis == -1 or rank == 1, "joins along the first of several axes")
    whole = parts[0].shape[-1]
    for one in parts[1:]:
        whole = plus(whole, one.shape[-1])
    limits = parts[0].range
    for one in parts[1:]:
        limits = either(limits, one.range)
    items = None
    if rank == 1 and kind == INT64:
        items = tuple(item for one in parts for item in one.listed())
    return Result(Value(kind, (*_common([one.shape[:-1] for one in parts]), whole), limits, items))


def _common(shapes: list[Shape]) -> Shape:
    """What is equal in all shapes, or the run fails."""
    return tuple(max(sizes, key=lambda size: size.letter) for sizes in zip(*shapes, strict=True))


@rule("Pad")
def _pad(call: Call) -> Result:
    value, given = call.values(2)
    same_kind([value], FLOAT)
    pads = given.integers()
    need(
        len(pads) == 2 * value.rank and all(0 <= pad <= _MAX_PAD for pad in pads),
        f"adds more than {_MAX_PAD}",
    )
    before, after = pads[: value.rank], pads[value.rank :]
    sizes = zip(value.shape, before, after, strict=True)
    return Result(
        value.with_shape(tuple(plus(size, fixed(a + b)) if a + b else size for size, a, b in sizes))
    )


@rule("CumSum")
def _cumulate(call: Call) -> Result:
    value, axis = call.values(2)
    same_kind([value], FLOAT, INT64)
    places = axis.integers()
    need(len(places) == 1 and 0 <= places[0] < value.rank, "is along an axis that is not there")
    if value.kind == FLOAT:
        return Result(value.with_shape(value.shape))
    size = larger(value.shape[places[0]], ONE)
    return Result(replace(value.with_shape(value.shape), range=either(value.range, times(value.range, size))))


@rule("ReduceMax")
def _reduce(call: Call) -> Result:
    value, given = call.values(2)
    same_kind([value], FLOAT)
    call.integer("keepdims", 0, 0)
    axes = given.integers()
    need(len(axes) == 1 and 0 <= axes[0] < value.rank, "is over an axis that is not there")
    shape = value.shape[: axes[0]] + value.shape[axes[0] + 1 :]
    return Result(value.with_shape(shape), tuple(16 * one for one in value.elements()))
