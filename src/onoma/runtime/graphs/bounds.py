"""Bounds of what a graph computes: of the sizes of its values, and of the integers in them.

Each bound is a number for each of a few batches (`BATCHES`), the largest that the tagger makes. Sums,
products, minima and maxima of intervals only widen when an interval does, so what bounds a batch bounds every
smaller one.

Source: interval arithmetic as in Moore 1966, on shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.runtime.graphs.wire import FaultError

BATCHES: tuple[dict[str, int], ...] = (
    {"B": 1, "T": 32, "P": 32, "U": 32, "C": 32},
    {"B": 64, "T": 64, "P": 64, "U": 4_096, "C": 32},
    {"B": 8, "T": 512, "P": 512, "U": 4_096, "C": 32},
    {"B": 1, "T": 8_192, "P": 8_192, "U": 8_192, "C": 32},
)
"""A sentence; the batches of `Tagger` of most sentences, and of long ones; a window beyond all of these.

Letters as in CONTRIBUTING.md; P are pieces.
"""
SENTENCE, SHORT, LONG, WINDOW = range(len(BATCHES))
LONGEST = 8_192
"""Units of the longest sentence that a graph is checked for."""

Sizes = tuple[int, ...]
"""A number for each of `BATCHES`."""

_LARGEST = 1 << 53  # far from where 64 bits overflow, and far beyond what is counted here


class Interval(NamedTuple):
    """From ``low`` to ``high``, both included.

    Args:
        low: for each of `BATCHES`.
        high: for each of them.
        letter: of an input's dimension that this is, whatever the batch; "" for none.
    """

    low: Sizes
    high: Sizes
    letter: str = ""

    @property
    def exact(self) -> int | None:
        """The number, where it is one and the same for all batches."""
        first = self.low[0]
        return first if all(value == first for value in (*self.low, *self.high)) else None


def fixed(number: int) -> Interval:
    """A number."""
    numbers = (number,) * len(BATCHES)
    return Interval(numbers, numbers)


def letter(name: str) -> Interval:
    """A dimension of the batch: at least 1."""
    return Interval((1,) * len(BATCHES), tuple(batch[name] for batch in BATCHES), name)


ONE, ZERO = fixed(1), fixed(0)
UNBOUNDED = Interval((-_LARGEST,) * len(BATCHES), (_LARGEST,) * len(BATCHES))


def plus(left: Interval, right: Interval) -> Interval:
    """The sum."""
    return _interval(map(sum, zip(left.low, right.low)), map(sum, zip(left.high, right.high)))  # noqa: B905


def minus(left: Interval, right: Interval) -> Interval:
    """The difference."""
    negative = Interval(tuple(-value for value in right.high), tuple(-value for value in right.low))
    return plus(left, negative)


def times(left: Interval, right: Interval) -> Interval:
    """The product."""
    corners = [
        (a * c, a * d, b * c, b * d)
        for a, b, c, d in zip(left.low, left.high, right.low, right.high)  # noqa: B905
    ]
    return _interval(map(min, corners), map(max, corners))


def larger(left: Interval, right: Interval) -> Interval:
    """The maximum."""
    if left == right:
        return left
    return _interval(map(max, left.low, right.low), map(max, left.high, right.high))


def smaller(left: Interval, right: Interval) -> Interval:
    """The minimum."""
    if left == right:
        return left
    return _interval(map(min, left.low, right.low), map(min, left.high, right.high))


def either(left: Interval, right: Interval) -> Interval:
    """One of both."""
    if left == right:
        return left
    return _interval(map(min, left.low, right.low), map(max, left.high, right.high))


def _interval(low: object, high: object) -> Interval:
    one = Interval(tuple(low), tuple(high))  # type: ignore[arg-type]
    if min(one.low) < -_LARGEST or max(one.high) > _LARGEST:
        raise FaultError("computes an integer that may be beyond all bounds")
    return one


Shape = tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a value.

    Args:
        kind: float, int64, int32, int8, uint8 or bool.
        shape: its dimensions.
        range: of its integers; of floats nothing is said.
        items: of a short list of integers, each by itself.
        array: of a weight, the numbers themselves.
        constant: does not depend on the batch.
    """

    kind: str
    shape: Shape
    range: Interval = UNBOUNDED
    items: tuple[Interval, ...] | None = None
    array: npt.NDArray[np.number] | None = None
    constant: bool = False

    @property
    def rank(self) -> int:
        """Number of its dimensions."""
        return len(self.shape)

    def elements(self) -> Sizes:
        """How many numbers it has at most, for each of `BATCHES`."""
        return tuple(map(prod, zip(*(one.high for one in self.shape)))) if self.shape else ONE.high  # noqa: B905

    def with_shape(self, shape: Shape) -> Value:
        """The same numbers, or some of them, in another shape."""
        return replace(self, shape=shape, items=None, array=None)

    def listed(self) -> tuple[Interval, ...]:
        """The numbers of a list of sizes.

        Raises:
            FaultError: it is none.
        """
        if self.items is not None:
            return self.items
        if self.kind == "int64" and self.rank == 1 and self.shape[0].exact == 1:
            return (self.range,)
        raise FaultError("a shape or place is not a short list of known integers")

    def integers(self) -> list[int]:
        """The numbers of a short weight of integers.

        Raises:
            FaultError: it is none.
        """
        if self.array is None or self.kind != "int64" or self.array.ndim > 1 or self.array.size > 16:
            raise FaultError("an axis, place or shape is not a weight")
        return [int(one) for one in self.array.ravel()]


def weight_value(array: npt.NDArray[np.number]) -> Value:
    """What is known of a weight."""
    kind = str(array.dtype).replace("float32", "float")
    shape = tuple(fixed(size) for size in array.shape)
    if kind == "float" or not array.size:
        return Value(kind, shape, ZERO if kind != "float" else UNBOUNDED, array=array, constant=True)
    limits = Interval(fixed(int(array.min())).low, fixed(int(array.max())).high)
    short = kind == "int64" and array.ndim == 1 and array.size <= 8
    items = tuple(fixed(int(one)) for one in array) if short else None
    return Value(kind, shape, limits, items, array, constant=True)


def broadcast(*shapes: Shape) -> Shape:
    """The shape of what is computed element by element."""
    rank = max(map(len, shapes))
    result = []
    for axis in range(-rank, 0):
        sizes = [shape[axis] for shape in shapes if len(shape) >= -axis]
        whole = sizes[0]
        for size in sizes[1:]:
            if whole.exact == 1:
                whole = size
            elif size.exact != 1 and size != whole:
                whole = Interval(smaller(whole, size).low, larger(whole, size).high)
        result.append(whole)
    return tuple(result)
