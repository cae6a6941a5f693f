"""What rules have in common: the table of them, and their questions about a node."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from onoma.runtime.graphs.bounds import ZERO, Sizes, Value
from onoma.runtime.graphs.wire import Attribute, FaultError, Node

FLOAT, INT64, INT32, INT8, UINT8, BOOL = "float", "int64", "int32", "int8", "uint8", "bool"
ELEMENT_COST = 16
"""A number that is computed or moved costs as many multiplications, in time."""


class Result(NamedTuple):
    """What a node puts out.

    Args:
        value: its only output.
        cost: multiplications, for each of `onoma.runtime.graphs.bounds.BATCHES`; None for `ELEMENT_COST` a
            number.
        scratch: numbers that it holds meanwhile, for each of them.
    """

    value: Value
    cost: Sizes | None = None
    scratch: Sizes = ZERO.high


Rule = Callable[["Call"], Result]
RULES: dict[str, Rule] = {}
"""By operator. None loops, reads a file or takes a graph."""


def rule(*operators: str) -> Callable[[Rule], Rule]:
    """Put a function into `RULES`."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(operators, function))
        return function

    return register


@dataclass(slots=True)
class Call:
    """A node with what is known of its inputs; one that is left out is None.

    Every question takes away what it asked for: what is left at the end is not known (`finish`).
    """

    node: Node
    inputs: list[Value | None]

    def values(self, *counts: int) -> list[Value]:
        """All inputs, so many of them.

        Raises:
            FaultError: there are more or fewer, or one is left out.
        """
        given = [value for value in self.inputs if value is not None]
        if len(given) != len(self.inputs) or (counts and len(given) not in counts):
            raise FaultError(f"has {len(given)} of {len(self.inputs)} inputs, expected {counts}")
        return given

    def take(self, name: str, default: Attribute | None = None) -> Attribute:
        """An attribute."""
        value = self.node.attributes.pop(name, default)
        if value is None:
            raise FaultError(f"misses the attribute '{name}'")
        return value

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """An attribute that is an integer within bounds."""
        value = self.take(name, default)
        if not isinstance(value, int) or not low <= value <= high:
            raise FaultError(f"attribute '{name}' is {value}, expected {low} to {high}")
        return value

    def real(self, name: str, low: float, high: float) -> float:
        """An attribute that is a float within bounds."""
        value = self.take(name)
        if not isinstance(value, float) or not math.isfinite(value) or not low <= value <= high:
            raise FaultError(f"attribute '{name}' is {value}, expected {low} to {high}")
        return value

    def integers(self, name: str, low: int, high: int, count: int) -> list[int]:
        """An attribute that is so many integers within bounds."""
        value = self.take(name)
        if not isinstance(value, tuple) or len(value) != count or not low <= min(value) <= max(value) <= high:
            raise FaultError(f"attribute '{name}' is {value}, expected {count} integers of {low} to {high}")
        return list(value)

    def word(self, name: str, known: Sequence[str], default: str | None = None) -> str:
        """An attribute that is one of some words."""
        value = self.take(name, default)
        if not isinstance(value, str) or value not in known:
            raise FaultError(f"attribute '{name}' is none of {', '.join(known)}")
        return value

    def finish(self) -> None:
        """Refuse attributes that nobody asked for."""
        for name in self.node.attributes:
            raise FaultError(f"has the unknown attribute '{name}'")


def need(condition: bool, message: str) -> None:
    """Refuse what does not hold.

    Raises:
        FaultError: with the message.
    """
    if not condition:
        raise FaultError(message)


def same_kind(values: Sequence[Value], *kinds: str) -> str:
    """The kind of all values, one of ``kinds``."""
    kind = values[0].kind
    if kind not in kinds or any(value.kind != kind for value in values):
        found = ", ".join(value.kind for value in values)
        raise FaultError(f"reads {found}, expected {' or '.join(kinds)}")
    return kind


def scaled(sizes: Sizes, *factors: Sizes) -> Sizes:
    """The product of sizes, batch by batch."""
    return tuple(map(math.prod, zip(sizes, *factors)))  # noqa: B905 - of one length by construction
