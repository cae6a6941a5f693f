"""The protocol buffer of an ONNX file, read field by field; what is not known is refused.

An ONNX file can name files beside it, operators of other libraries, and graphs within graphs. Ours is one
piece of plain operators.

Sources: the field numbers of onnx/onnx.proto (ONNX 1.21); the encoding as Protocol Buffers documents it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.errors import excerpt

OPSET = 20
"""Version of the operators."""

MAX_NODES = 5_000
"""A Transformer of 64 layers in 8 bits has 3,700; onnxruntime takes half a second for so many."""
_MAX_WEIGHTS = 2 * MAX_NODES
_MAX_EDGES = 100  # inputs, outputs, attributes of a node; dimensions of a tensor; features of a graph
_MAX_NAME = 200

_MAX_INTEGER = 1 << 20
"""Axes, places and shapes are far below it; a larger one asks for memory without end."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# The fields that our files have, by message.
_MODEL = {1: "IR version", 2: "producer", 3: "producer's version", 7: "graph", 8: "operator set"}
_GRAPH = {1: "node", 2: "name", 5: "weight", 11: "input", 12: "output"}
_NODE = {1: "input", 2: "output", 3: "name", 4: "operator", 5: "attribute"}
_FLOAT_FIELD = 2
_ATTRIBUTE = {1: "name", 2: "float", 3: "integer", 4: "text", 8: "integers", 20: "type"}
_TENSOR = {1: "dimension", 2: "kind", 8: "name", 9: "numbers"}
_OPERATOR_SET = {1: "domain", 2: "version"}
_VALUE_INFO = {1: "name", 2: "type"}
_TYPE = {1: "tensor"}
_TENSOR_TYPE = {1: "kind", 2: "shape"}
_SHAPE = {1: "dimension"}
_DIMENSION = {1: "size", 2: "letter"}
_KINDS: dict[int, type[np.number]] = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}
_ATTRIBUTE_KINDS = {float: 1, int: 2, str: 3, tuple: 7}
_DATA_LOCATION, _EXTERNAL_DATA = 14, 13

Raw = int | memoryview
Attribute = int | float | str | tuple[int, ...]


class FaultError(ValueError):
    """Something that our files do not have."""


@dataclass(slots=True)
class Node:
    """An operator with the names of what it reads and writes."""

    operator: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    attributes: dict[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """An input or output: ONNX's number of its kind, and its dimensions by size or letter."""

    kind: int
    shape: tuple[int | str, ...]


@dataclass(slots=True)
class Graph:
    """What a file holds; weights, inputs and outputs by name."""

    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, npt.NDArray[np.number]] = field(default_factory=dict)
    inputs: dict[str, Declared] = field(default_factory=dict)
    outputs: dict[str, Declared] = field(default_factory=dict)


def read_graph(data: bytes) -> Graph:
    """Read a file.

    Raises:
        FaultError: it has something that our files do not have, or too much of it.
    """
    graphs = []
    for number, value in _fields(memoryview(data), _MODEL, "the model"):
        if number == 7:
            graphs.append(_message(value))
        elif number == 8:
            _check_operator_set(_message(value))
    if len(graphs) != 1:
        raise FaultError(f"not an ONNX file of ours: it has {len(graphs)} graphs")
    graph = Graph()
    for number, value in _fields(graphs[0], _GRAPH, "the graph"):
        if number == 1:
            graph.nodes.append(_node(_message(value)))
            _check_count(graph.nodes, MAX_NODES, "nodes")
        elif number == 5:
            _add(graph.weights, *_tensor(_message(value)), "weight")
            _check_count(graph.weights, _MAX_WEIGHTS, "weights")
        elif number in (11, 12):
            table = graph.inputs if number == 11 else graph.outputs
            _add(table, *_declared(_message(value)), _GRAPH[number])
            _check_count(table, _MAX_EDGES, f"{_GRAPH[number]}s")
    return graph


def _check_operator_set(data: memoryview) -> None:
    for number, value in _fields(data, _OPERATOR_SET, "an operator set"):
        if number == 1 and len(_message(value)):
            raise FaultError(f"uses operators of another library: '{_shown(value)}'")
        if number == 2 and value != OPSET:
            raise FaultError(f"uses version {value} of ONNX operators, expected {OPSET}")


def _node(data: memoryview) -> Node:
    node = Node()
    for number, value in _fields(data, _NODE, "a node"):
        if number in (1, 2):
            names = node.inputs if number == 1 else node.outputs
            names.append(_name(value))
            _check_count(names, _MAX_EDGES, "inputs or outputs of a node")
        elif number == 4:
            node.operator = _name(value)
        elif number == 5:
            _add(node.attributes, *_attribute(_message(value)), "attribute")
            _check_count(node.attributes, _MAX_EDGES, "attributes of a node")
    return node


def _attribute(data: memoryview) -> tuple[str, Attribute]:
    name, kind = "", 0
    found: list[int | float | str] = []
    listed: list[int] = []
    for number, value in _fields(data, _ATTRIBUTE, "an attribute"):
        if number == 1:
            name = _name(value)
        elif number == 2:
            found.append(struct.unpack("<f", _of_size(value, 4))[0])
        elif number == 3:
            found.append(_signed(value))
        elif number == 4:
            found.append(_name(value))
        elif number == 20:
            kind = _signed(value)
        elif number == 8:
            listed.extend([_signed(value)] if isinstance(value, int) else map(_signed, _varints(value)))
            _check_count(listed, _MAX_EDGES, "integers in an attribute")
    if len(found) + bool(listed) != 1:
        raise FaultError(
            f"attribute '{excerpt(name)}' holds {len(found) + bool(listed)} values, expected one"
        )
    attribute: Attribute = tuple(listed) if listed else found[0]
    if kind != _ATTRIBUTE_KINDS[type(attribute)]:
        raise FaultError(f"attribute '{excerpt(name)}' is not of the type that it claims")
    return name, attribute


def _declared(data: memoryview) -> tuple[str, Declared]:
    name, kind = "", 0
    shape: list[int | str] = []
    for number, value in _fields(data, _VALUE_INFO, "an input or output"):
        if number == 1:
            name = _name(value)
            continue
        for _, tensor in _fields(_message(value), _TYPE, "a type"):
            for part, inner in _fields(_message(tensor), _TENSOR_TYPE, "a tensor's type"):
                if part == 1:
                    kind = inner if isinstance(inner, int) else 0
                    continue
                for _, dimension in _fields(_message(inner), _SHAPE, "a shape"):
                    shape.append(_dimension(_message(dimension)))
                    _check_count(shape, _MAX_EDGES, "dimensions")
    return name, Declared(kind, tuple(shape))


def _dimension(data: memoryview) -> int | str:
    found: int | str = ""
    for _, value in _fields(data, _DIMENSION, "a dimension"):
        found = _signed(value) if isinstance(value, int) else _name(value)
    return found


def _tensor(data: memoryview) -> tuple[str, npt.NDArray[np.number]]:
    dimensions: list[int] = []
    kind, name, content = 0, "", memoryview(b"")
    for number, value in _fields(data, _TENSOR, "a weight"):
        if number == 1:
            dimensions.extend([value] if isinstance(value, int) else _varints(value))
            _check_count(dimensions, _MAX_EDGES, "dimensions")
        elif number == 2:
            kind = value if isinstance(value, int) else 0
        elif number == 8:
            name = _name(value)
        else:
            content = _message(value)
    shown = excerpt(name)
    if kind not in _KINDS:
        raise FaultError(f"weight '{shown}' holds numbers of an unknown kind")
    size = np.dtype(_KINDS[kind]).itemsize
    for dimension in dimensions:
        size *= dimension
    if size != len(content) or len(dimensions) > 8:
        raise FaultError(f"weight '{shown}' of shape {dimensions[:8]} has {len(content)} bytes of numbers")
    values = np.frombuffer(content, dtype=_KINDS[kind])
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise FaultError(f"weight '{shown}' holds values that are not finite")
    if values.dtype.kind == "i" and values.itemsize > 1 and len(values):
        smallest, largest = int(values.min()), int(values.max())
        if not -_MAX_INTEGER <= smallest <= largest <= _MAX_INTEGER:
            raise FaultError(f"weight '{shown}' holds an integer beyond {_MAX_INTEGER}")
    try:
        return name, values.reshape(dimensions)
    except ValueError:  # a dimension of 0 beside one beyond all arrays
        raise FaultError(f"weight '{shown}' has the shape {dimensions}") from None


def _add(table: dict[str, Any], name: str, value: object, what: str) -> None:
    if not name or name in table:
        raise FaultError(f"has a second {what} '{excerpt(name)}'" if name else f"has a {what} without a name")
    table[name] = value


def _check_count(found: Sized, most: int, what: str) -> None:
    if len(found) > most:
        raise FaultError(f"has more than {most} {what}")


def _fields(data: memoryview, known: dict[int, str], place: str) -> Iterator[tuple[int, Raw]]:
    """Yield number and value of each field of a message; those that are not known are refused."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if number not in known:
            if known is _TENSOR and number in (_DATA_LOCATION, _EXTERNAL_DATA):
                raise FaultError("keeps weights in another file: an exported model is one file")
            raise FaultError(f"not an ONNX file of ours: {place} has the unknown field {number}")
        if wire == _VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        # A field of another kind than it should be is passed over by onnxruntime: then nobody may read it.
        is_float = known is _ATTRIBUTE and number == _FLOAT_FIELD
        if wire == _BYTES and not is_float:
            length, position = _varint(data, position)
        elif wire == _FIXED32 and is_float:
            length = 4
        else:
            raise FaultError(f"not an ONNX file of ours: {place} has a field of kind {wire}")
        if position + length > len(data):
            raise FaultError(f"not an ONNX file of ours: {place} is cut")
        yield number, data[position : position + length]
        position += length


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
    raise FaultError("not an ONNX file of ours: a number is cut or too long")


def _varints(data: memoryview) -> list[int]:
    numbers: list[int] = []
    position = 0
    while position < len(data) and len(numbers) <= _MAX_EDGES:
        number, position = _varint(data, position)
        numbers.append(number)
    return numbers


def _signed(value: Raw) -> int:
    """A number of 64 bits in two's complement."""
    if not isinstance(value, int):
        raise FaultError("not an ONNX file of ours: a part stands where a number should be")
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def _of_size(value: Raw, size: int) -> bytes:
    data = bytes(_message(value)[: size + 1])
    if len(data) != size:
        raise FaultError("not an ONNX file of ours: a float is cut")
    return data


def _message(value: Raw) -> memoryview:
    if isinstance(value, int):
        raise FaultError("not an ONNX file of ours: a number stands where a part should be")
    return value


def _name(value: Raw) -> str:
    data = _message(value)
    if len(data) > _MAX_NAME:
        raise FaultError(f"has a name of {len(data)} bytes")
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise FaultError("not an ONNX file of ours: a name is not UTF-8") from None


def _shown(value: Raw) -> str:
    return excerpt(bytes(_message(value)[:200]).decode("utf-8", "replace"))
