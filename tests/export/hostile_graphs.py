"""ONNX graphs that a stranger might send: our own ones, changed in one place, and some written for harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from onoma.runtime.graphs.wire import MAX_NODES

_MANY = MAX_NODES - 300
"""Nodes that are still let through."""

EXTREMES = (0, -1, 1, 3, 2**31, 2**62, 2**63 - 1, -(2**63))
REALS = (0.0, -1.0, 1e-45, 3e38, float("inf"), float("nan"))
SMALL = (0, -1, 7, 65_536, 2**20, -(2**20), 2**62, -(2**63))

Change = Callable[[onnx.ModelProto], object]


def changed(graph: bytes, change: Change) -> bytes:
    """The graph after a change."""
    model = onnx.load_from_string(graph)
    change(model)
    return bytes(model.SerializeToString())


def attribute_changes(graph: bytes) -> Iterator[tuple[str, Change]]:
    """Every attribute of every operator once, at each extreme."""
    model = onnx.load_from_string(graph)
    seen = set()
    for index, node in enumerate(model.graph.node):
        for place, attribute in enumerate(node.attribute):
            if (node.op_type, attribute.name) in seen:
                continue
            seen.add((node.op_type, attribute.name))
            values = REALS if attribute.type == AttributeProto.FLOAT else EXTREMES
            for value in values:
                yield f"{node.op_type}.{attribute.name} = {value}", _set_attribute(index, place, value)
        if node.op_type in ("GatherND", "Gather", "Softmax") and (node.op_type, "more") not in seen:
            seen.add((node.op_type, "more"))
            for name in ("axis", "batch_dims", "surprise"):
                yield f"{node.op_type} with {name}", _add_attribute(index, name, 2**62)


def _set_attribute(index: int, place: int, value: Any) -> Change:
    def change(model: onnx.ModelProto) -> None:
        attribute = model.graph.node[index].attribute[place]
        if attribute.type == AttributeProto.FLOAT:
            attribute.f = value
        elif attribute.type == AttributeProto.INT:
            attribute.i = value
        elif attribute.type == AttributeProto.INTS:
            attribute.ints[-1] = value
        else:
            attribute.s = str(value).encode()

    return change


def _add_attribute(index: int, name: str, value: int) -> Change:
    def change(model: onnx.ModelProto) -> None:
        kept = [one for one in model.graph.node[index].attribute if one.name != name]
        del model.graph.node[index].attribute[:]
        model.graph.node[index].attribute.extend([*kept, helper.make_attribute(name, value)])

    return change


def integer_changes(graph: bytes) -> Iterator[tuple[str, Change]]:
    """Every use of integers that are weights (axes, places, shapes) once, at each extreme."""
    model = onnx.load_from_string(graph)
    integers = {one.name for one in model.graph.initializer if one.data_type == TensorProto.INT64}
    seen = set()
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name in integers and (node.op_type, place) not in seen:
                seen.add((node.op_type, place))
                for value in SMALL:
                    yield f"{node.op_type}, input {place} = {value}", _set_integers(name, value)


def _set_integers(name: str, value: int) -> Change:
    def change(model: onnx.ModelProto) -> None:
        for one in model.graph.initializer:
            if one.name == name:
                array = numpy_helper.to_array(one).copy()
                array[...] = value
                one.CopyFrom(numpy_helper.from_array(array, name))

    return change


def random_change(seed: int) -> Change:
    """A random edge, attribute, operator, weight, kind or node is another one."""

    def change(model: onnx.ModelProto) -> None:
        rng = Random(seed)
        graph = model.graph
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            node = rng.choice(graph.node)
            kind = rng.choice(
                ("edge", "edge", "attribute", "operator", "weight", "shape", "numbers", "swap", "drop")
            )
            if kind == "edge" and node.input:
                names = [
                    *(one.name for one in graph.initializer),
                    *(name for one in graph.node for name in one.output),
                ]
                names += [one.name for one in graph.input]
                node.input[rng.randrange(len(node.input))] = rng.choice(names)
            elif kind == "attribute" and node.attribute:
                place = rng.randrange(len(node.attribute))
                index = list(graph.node).index(node)
                value = rng.choice((*EXTREMES, 2, 4, 5))
                real = node.attribute[place].type == AttributeProto.FLOAT
                _set_attribute(index, place, rng.choice(REALS) if real else value)(model)
            elif kind == "operator":
                node.op_type = rng.choice(graph.node).op_type
            elif kind in ("weight", "shape", "numbers") and graph.initializer:
                _damage_weight(rng.choice(graph.initializer), kind, rng)
            elif kind == "swap":
                other = rng.choice(graph.node)
                one, two = onnx.NodeProto(), onnx.NodeProto()
                one.CopyFrom(node), two.CopyFrom(other)
                node.CopyFrom(two), other.CopyFrom(one)
            elif kind == "drop":
                graph.node.remove(node)

    return change


def _damage_weight(weight: onnx.TensorProto, kind: str, rng: Random) -> None:
    array = numpy_helper.to_array(weight)
    if kind == "shape" and len(weight.dims):
        weight.dims[rng.randrange(len(weight.dims))] = rng.choice((0, 1, 2, 2**31, 2**62))
    elif kind == "weight":
        axis = rng.choice((None, 0, -1))
        array = array.ravel() if axis is None or not array.ndim else np.repeat(array, 2, axis)
        weight.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array), weight.name))
    elif array.dtype.kind == "i" and array.itemsize == 8:
        value = rng.choice((0, 1, -1, 2, 3, 9, 1000, 2**20, -(2**20)))
        weight.CopyFrom(numpy_helper.from_array(np.full_like(array, value), weight.name))
    else:
        value = rng.choice((0.0, 1e-45, 3e38, -3e38)) if array.dtype.kind == "f" else 100
        weight.CopyFrom(numpy_helper.from_array(np.full_like(array, value), weight.name))


class Harm:
    """Puts nodes at the start of a graph; their last value is added to its emissions, so that all count."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self.nodes: list[onnx.NodeProto] = []

    def constant(self, values: Any, dtype: Any = np.int64) -> str:
        name = f"harm_w{len(self.graph.initializer)}"
        self.graph.initializer.append(numpy_helper.from_array(np.array(values, dtype), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"harm{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def finish(self, value: str, *, integers: bool = True) -> None:
        if integers:
            value = self.node("Cast", value, to=TensorProto.FLOAT)
        final = self.graph.node[-1]  # the Identity of an output
        rest = list(self.graph.node)[:-1]
        least = self.node("Mul", value, self.constant(0, np.float32))
        added = helper.make_node("Add", [final.input[0], least], ["harm_sum"])
        final.input[0] = "harm_sum"
        del self.graph.node[:]
        self.graph.node.extend([*self.nodes, *rest, added, final])


def _harm(write: Callable[[Harm], None]) -> Change:
    return lambda model: write(Harm(model))


def _divide(harm: Harm) -> None:
    big = harm.constant([2**20])
    for _ in range(3):
        big = harm.node("Mul", big, big)
    lowest = harm.node("Sub", harm.node("Mul", big, harm.constant([-8])), harm.constant([0]))
    harm.finish(harm.node("Div", lowest, harm.constant([-1])))


def _divide_by_nothing(harm: Harm) -> None:
    count = harm.node("Shape", "lengths")
    harm.finish(harm.node("Div", count, harm.node("Sub", count, count)))


def _long_range(harm: Harm) -> None:
    many = harm.constant(2**20)
    for _ in range(2):
        many = harm.node("Mul", many, many)
    harm.finish(
        harm.node("ReduceMax", harm.node("Range", harm.constant(0), many, harm.constant(1)), keepdims=0)
    )


def _square(harm: Harm) -> None:
    row = harm.node("Range", harm.constant(0), harm.constant(2**20), harm.constant(1))
    column = harm.node("Unsqueeze", row, harm.constant([1]))
    harm.finish(harm.node("Add", column, row))


def _doubling(times: int, *, of_weights: bool) -> Callable[[Harm], None]:
    def write(harm: Harm) -> None:
        value = harm.constant(np.ones(16), np.float32)
        if not of_weights:
            value = harm.node("Cast", "lengths", to=TensorProto.FLOAT)
        for _ in range(times):
            value = harm.node("Concat", value, value, axis=-1)
        harm.finish(harm.node("ReduceMax", value, harm.constant([0]), keepdims=0), integers=False)

    return write


def _row(operator: str, count: int, **attributes: Any) -> Callable[[Harm], None]:
    def write(harm: Harm) -> None:
        value = harm.node(
            "Unsqueeze", harm.node("Cast", "lengths", to=TensorProto.FLOAT), harm.constant([1, 2])
        )
        other = [harm.constant(np.ones(1), np.float32)] if operator in ("Add", "Mul", "Min") else []
        for _ in range(count):
            value = harm.node(operator, value, *other, **attributes)
        harm.finish(value, integers=False)

    return write


def _products(size: int, count: int, value: float = 0.0) -> Callable[[Harm], None]:
    def write(harm: Harm) -> None:
        matrix = harm.constant(np.full((size, size), value), np.float32)
        state = harm.node(
            "Unsqueeze", harm.node("Cast", "lengths", to=TensorProto.FLOAT), harm.constant([1, 2])
        )
        state = harm.node("Add", state, harm.constant(np.full((1, 1, size), value), np.float32))
        for _ in range(count):
            state = harm.node("MatMul", state, matrix)
        harm.finish(harm.node("Slice", state, *(harm.constant([one]) for one in (0, 1, 2))), integers=False)

    return write


def _from_float(harm: Harm) -> None:
    floats = harm.node(
        "Mul", harm.node("Cast", "lengths", to=TensorProto.FLOAT), harm.constant(1e18, np.float32)
    )
    count = harm.node(
        "Cast", harm.node("ReduceMax", floats, harm.constant([0]), keepdims=0), to=TensorProto.INT64
    )
    harm.finish(harm.node("Range", harm.constant(0), count, harm.constant(1)))


def _tall(harm: Harm) -> None:
    count = harm.node("Shape", "lengths", start=0, end=1)
    for _ in range(40):
        count = harm.node("Add", count, count)
    harm.finish(harm.node("Range", harm.constant(0), harm.node("Squeeze", count), harm.constant(1)))


def _steps(harm: Harm) -> None:
    harm.finish(harm.node("Range", harm.constant(0), harm.constant(9), harm.constant(0)))


def _many_readers(harm: Harm) -> None:
    value = harm.node("Cast", "lengths", to=TensorProto.FLOAT)
    parts = [harm.node("Mul", value, value) for _ in range(_MANY)]
    while len(parts) > 1:
        parts = [
            harm.node("Concat", *parts[first : first + 64], axis=-1) for first in range(0, len(parts), 64)
        ]
    harm.finish(harm.node("ReduceMax", parts[0], harm.constant([0]), keepdims=0), integers=False)


def _other_batch(harm: Harm) -> None:
    rows = harm.constant(np.ones((1, 4, 2)), np.float32)
    index = harm.node("Unsqueeze", harm.constant([[0]] * 3), harm.constant([2]))
    found = harm.node("GatherND", rows, index, batch_dims=1)
    harm.finish(harm.node("ReduceMax", found, harm.constant([0]), keepdims=0), integers=False)


def _expand(operator: str, *values: Any) -> Callable[[Harm], None]:
    def write(harm: Harm) -> None:
        floats = harm.node("Cast", "lengths", to=TensorProto.FLOAT)
        harm.finish(harm.node(operator, floats, *(harm.constant(one) for one in values)), integers=False)

    return write


TRICKS: dict[str, Change] = {
    "lowest by -1": _harm(_divide),
    "by zero": _harm(_divide_by_nothing),
    "Mul, then Range": _harm(_long_range),
    "outer sum of a million": _harm(_square),
    "27 Concat of weights": _harm(_doubling(27, of_weights=True)),
    "27 Concat of lengths": _harm(_doubling(27, of_weights=False)),
    "60 Concat of lengths": _harm(_doubling(60, of_weights=False)),
    "90,000 nodes": _harm(_row("Tanh", 90_000)),
    "so many nodes": _harm(_row("Tanh", _MANY)),
    "so many sums": _harm(_row("Add", _MANY)),
    "so many Softmax": _harm(_row("Softmax", _MANY, axis=-1)),
    "so many Relu": _harm(_row("Relu", _MANY)),
    "so many Transpose": _harm(_row("Transpose", _MANY, perm=[0, 2, 1])),
    "300 large products": _harm(_products(1024, 300)),
    "so many products": _harm(_products(256, _MANY)),
    "60 products, all but zero": _harm(_products(512, 60, 1e-42)),
    "integers from floats": _harm(_from_float),
    "40 sums, then Range": _harm(_tall),
    "Range with step 0": _harm(_steps),
    "so many readers of a value": _harm(_many_readers),
    "rows of another batch": _harm(_other_batch),
    "Expand": _harm(_expand("Expand", [2**40])),
    "Tile": _harm(_expand("Tile", [2**40])),
    "Pad": _harm(_expand("Pad", [0, 2**20])),
    "Pad below 0": _harm(_expand("Pad", [0, -9])),
    "Reshape to nothing": _harm(_expand("Reshape", [0, 0, 0, 0])),
    "Reshape to all": _harm(_expand("Reshape", [-1, -1])),
    "CumSum along axis 9": _harm(_expand("CumSum", 9)),
    "Slice from the end": _harm(_expand("Slice", [-9], [-1], [0])),
    "Slice at once": _harm(_expand("Slice", [2**20], [-(2**20)], [0])),
}
