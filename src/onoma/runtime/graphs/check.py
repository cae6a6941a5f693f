"""A graph node by node: each by its operator's rule, and all of them within limits of time and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from onoma.errors import BundleError, excerpt
from onoma.runtime.graphs import elementwise, layers, shaping
from onoma.runtime.graphs.bounds import (
    BATCHES,
    LONG,
    LONGEST,
    SENTENCE,
    SHORT,
    WINDOW,
    Interval,
    Sizes,
    Value,
    fixed,
    letter,
    weight_value,
)
from onoma.runtime.graphs.rules import ELEMENT_COST, FLOAT, INT64, RULES, Call, Result
from onoma.runtime.graphs.wire import Declared, FaultError, Graph, Node, read_graph

_RULE_MODULES = elementwise, layers, shaping  # imported for the rules that they register

OPERATORS = frozenset(RULES)
"""What graphs are made of."""

MAX_COST = 1 << 34
"""Multiplications for a sentence of 32 units: those of half a billion weights, a second of a core."""
MAX_UNIT_COST = MAX_COST >> 4
"""Multiplications for a unit of a batch, where each of its units looks at many others."""
MAX_SENTENCE = 1 << 27
"""Numbers computed for such a sentence: half a gigabyte if all were held. BERT large has 30 million."""
MAX_HELD = 1 << 30
"""Numbers that are held at once for a whole batch: four gigabytes."""
FOLDED = 8
"""Numbers made of weights alone, for each number of the weights: int8 takes four to make a float of one."""
_FEW = 1 << 20  # made of no weights at all

_FLOAT, _INT64 = 1, 7  # ONNX's numbers
_WIDEST = 65_536
_LARGEST_ID = 1 << 24
_FEATURES = {
    **dict.fromkeys(("words", "casing", "types", "pieces"), ("B", "T")),
    **dict.fromkeys(("first_pieces", "piece_counts", "piece_words"), ("B", "T")),
    **dict.fromkeys(("pieces", "piece_words"), ("B", "P")),
    **dict.fromkeys(("lengths", "piece_lengths"), ("B",)),
    "characters": ("U", "C"),
}
"""Letters of the features' dimensions; others are floats [U, D]."""


def check_graph(data: bytes, place: Path, longest: int = LONGEST) -> None:
    """Refuse a file that is anything but a self-contained graph of known operators within bounds.

    Args:
        data: the file's content.
        place: of the file, for messages.
        longest: units of the longest input that it will be given.

    Raises:
        BundleError: names what is wrong with it.
    """
    batches = (SHORT, LONG) if longest <= BATCHES[LONG]["T"] else (SHORT, LONG, WINDOW)
    try:
        _check(read_graph(data), batches)
    except FaultError as fault:
        raise BundleError(f"{place}: {fault}") from None


def _check(graph: Graph, batches: Sequence[int]) -> None:
    values = {name: weight_value(array) for name, array in graph.weights.items()}
    size = sum(array.size for array in graph.weights.values())
    for name, declared in graph.inputs.items():
        _define(values, name, _feature(name, declared))
    budget = _Budget(_last_uses(graph), FOLDED * size + _FEW, batches)
    for index, node in enumerate(graph.nodes):
        shown = f"node {index} ({excerpt(node.operator)})"
        if node.operator not in RULES:
            raise FaultError(f"uses the unknown operator '{excerpt(node.operator)}'")
        try:
            result = _apply(node, values)
        except FaultError as fault:
            raise FaultError(f"{shown} {fault}") from None
        budget.spend(index, node, result, shown)
        _define(values, node.outputs[0], result.value)
    for name, declared in graph.outputs.items():
        if name not in values or name in graph.weights or name in graph.inputs:
            raise FaultError(f"its output '{excerpt(name)}' is not computed")
        _check_output(name, declared, values[name])


def _apply(node: Node, values: dict[str, Value]) -> Result:
    if len(node.outputs) != 1:
        raise FaultError(f"has {len(node.outputs)} outputs, expected one")
    inputs = []
    for name in node.inputs:
        if name and name not in values:
            raise FaultError(f"reads '{excerpt(name)}', which nothing before it puts out")
        inputs.append(values[name] if name else None)
    call = Call(node, inputs)
    result = RULES[node.operator](call)
    call.finish()
    constant = all(value.constant for value in call.values())
    value = result.value
    return result._replace(
        value=Value(value.kind, value.shape, value.range, value.items, value.array, constant)
    )


def _define(values: dict[str, Value], name: str, value: Value) -> None:
    if not name or name in values:
        raise FaultError(f"has two values of the name '{excerpt(name)}'")
    values[name] = value


def _feature(name: str, declared: Declared) -> Value:
    """What is known of an input, once it is declared as our features are."""
    letters = _FEATURES.get(name)
    if letters is None:
        width = declared.shape[-1] if len(declared.shape) == 2 else 0
        if declared.kind != _FLOAT or not isinstance(width, int) or not 1 <= width <= _WIDEST:
            raise FaultError(f"its input '{excerpt(name)}' is no feature that is known")
        if not isinstance(declared.shape[0], str):
            raise FaultError(f"its input '{excerpt(name)}' is for a number of words")
        return Value(FLOAT, (letter("U"), fixed(width)))
    if declared.kind != _INT64 or declared.shape != letters:
        raise FaultError(f"its input '{name}' is no int64 [{', '.join(letters)}]")
    shape = tuple(letter(one) for one in letters)
    ids = name in ("words", "casing", "types", "pieces", "characters")
    highest = fixed(_LARGEST_ID).high if ids else letter("P").high
    return Value(INT64, shape, Interval(fixed(0).low, highest))


def _check_output(name: str, declared: Declared, value: Value) -> None:
    """Refuse an output that is not what the file says it is; sizes by letter are left open."""
    fits = len(declared.shape) == value.rank and all(
        isinstance(size, str) or size == found.exact
        for size, found in zip(declared.shape, value.shape, strict=True)
    )
    if value.kind != FLOAT or declared.kind != _FLOAT or not fits:
        raise FaultError(f"its output '{excerpt(name)}' is not of the kind or shape that is declared")


def _last_uses(graph: Graph) -> dict[str, int]:
    """The last node that reads each value; outputs are held to the end."""
    last = {name: index for index, node in enumerate(graph.nodes) for name in node.inputs}
    return last | dict.fromkeys(graph.outputs, len(graph.nodes))


class _Budget:
    """Time and memory that is left.

    Args:
        last_uses: by value, the node after which it is let go.
        foldable: numbers that may be made of weights alone.
        batches: which of `BATCHES` will be met, beside a sentence.
    """

    def __init__(self, last_uses: dict[str, int], foldable: int, batches: Sequence[int]) -> None:
        self._last_uses = last_uses
        self._ends: dict[int, list[Sizes]] = {}
        self._cost = [0] * len(BATCHES)
        self._sentence = 0
        self._foldable = foldable
        self._held = [0] * len(BATCHES)
        self._batches = batches

    def spend(self, index: int, node: Node, result: Result, shown: str) -> None:
        """Count a node.

        Raises:
            FaultError: there is not as much.
        """
        elements = result.value.elements()
        self._spend_time(result.cost or tuple(ELEMENT_COST * one for one in elements), shown)
        if result.value.constant:
            self._foldable -= elements[SENTENCE]
            if self._foldable < 0:
                raise FaultError(f"{shown} makes of the weights more numbers than such a graph has")
            return
        self._sentence += elements[SENTENCE] + result.scratch[SENTENCE]
        if self._sentence > MAX_SENTENCE:
            raise FaultError(f"{shown} makes more numbers than a sentence is worth")
        self._ends.setdefault(self._last_uses.get(node.outputs[0], index), []).append(elements)
        self._hold(elements, result.scratch, shown)
        for freed in self._ends.pop(index, ()):
            for batch in self._batches:
                self._held[batch] -= freed[batch]

    def _spend_time(self, cost: Sizes, shown: str) -> None:
        self._cost = [spent + more for spent, more in zip(self._cost, cost, strict=True)]
        if self._cost[SENTENCE] > MAX_COST:
            raise FaultError(f"{shown} takes the graph beyond {MAX_COST} multiplications for a sentence")
        for batch in self._batches:
            if self._cost[batch] > MAX_UNIT_COST * BATCHES[batch]["B"] * BATCHES[batch]["T"]:
                raise FaultError(f"{shown} takes the graph beyond {MAX_UNIT_COST} multiplications for a word")

    def _hold(self, elements: Sizes, scratch: Sizes, shown: str) -> None:
        for batch in self._batches:
            self._held[batch] += elements[batch]
            if self._held[batch] + scratch[batch] > MAX_HELD:
                raise FaultError(f"{shown} makes more numbers than a batch may hold at once")
