"""What may stand in a bundle's ONNX file, read before onnxruntime sees it.

An ONNX file can name files beside it, operators of other libraries, and graphs within graphs. Ours is one
piece of plain operators, so this reads the protocol buffer itself (the format is a few kinds of fields) and
refuses whatever is not known. It needs nothing but numpy.

Sources: the field numbers of onnx/onnx.proto (ONNX 1.21); the encoding as Protocol Buffers documents it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from onoma.errors import BundleError, excerpt

OPSET = 20
"""Version of the operators."""

_NAMES = """
Add Cast Concat Conv CumSum DequantizeLinear Div GRU Gather GatherND Gelu Identity LSTM LayerNormalization
LeakyRelu Less MatMul Max Min Mul Pad QuantizeLinear RNN Range ReduceMax Relu Reshape Shape Sin Cos Slice
Softmax Squeeze Sub Tanh Transpose Unsqueeze Where
"""
OPERATORS = frozenset(_NAMES.split())
"""What graphs are made of. None loops, reads a file or takes a graph."""

_MAX_NODES = 100_000
_MAX_INTEGER = 1 << 20
"""Axes, places and shapes are far below it; a larger one asks for memory without end."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# The fields that our files have, by message.
_MODEL = {1: "IR version", 2: "producer", 3: "producer's version", 7: "graph", 8: "operator set"}
_GRAPH = {1: "node", 2: "name", 5: "weight", 11: "input", 12: "output"}
_NODE = {1: "input", 2: "output", 3: "name", 4: "operator", 5: "attribute"}
_ATTRIBUTE = {1: "name", 2: "float", 3: "integer", 4: "text", 7: "floats", 8: "integers", 20: "type"}
_TENSOR = {1: "dimension", 2: "kind", 8: "name", 9: "numbers"}
_OPERATOR_SET = {1: "domain", 2: "version"}
_KINDS: dict[int, type[np.number]] = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}
_DATA_LOCATION, _EXTERNAL_DATA = 14, 13

Value = int | memoryview


class _FaultError(ValueError):
    """Something that our files do not have."""


def check_graph(data: bytes, place: Path) -> None:
    """Refuse a file that is anything but a self-contained graph of known operators.

    Raises:
        BundleError: names what is wrong with it.
    """
    try:
        _check_model(memoryview(data))
    except _FaultError as fault:
        raise BundleError(f"{place}: {fault}") from None


def _check_model(data: memoryview) -> None:
    graphs = []
    for field, value in _fields(data, _MODEL, "the model"):
        if field == 7:
            graphs.append(_message(value))
        elif field == 8:
            _check_operator_set(_message(value))
    if len(graphs) != 1:
        raise _FaultError(f"not an ONNX file of ours: it has {len(graphs)} graphs")
    num_nodes = 0
    for field, value in _fields(graphs[0], _GRAPH, "the graph"):
        if field == 1:
            num_nodes += 1
            _check_node(_message(value))
        elif field == 5:
            _check_tensor(_message(value))
    if num_nodes > _MAX_NODES:
        raise _FaultError(f"has {num_nodes} nodes, {_MAX_NODES} are the most it may have")


def _check_operator_set(data: memoryview) -> None:
    for field, value in _fields(data, _OPERATOR_SET, "an operator set"):
        if field == 1 and len(_message(value)):
            raise _FaultError(f"uses operators of another library: '{_text(value)}'")
        if field == 2 and value != OPSET:
            raise _FaultError(f"uses version {value} of ONNX operators, expected {OPSET}")


def _check_node(data: memoryview) -> None:
    operator = ""
    for field, value in _fields(data, _NODE, "a node"):
        if field == 4:
            operator = _text(value)
        elif field == 5:
            for _ in _fields(_message(value), _ATTRIBUTE, "an attribute"):
                pass
    if operator not in OPERATORS:
        raise _FaultError(f"uses the unknown operator '{operator}'")


def _check_tensor(data: memoryview) -> None:
    dimensions: list[int] = []
    kind, name, content = 0, "", memoryview(b"")
    for field, value in _fields(data, _TENSOR, "a weight"):
        if field == 1:
            dimensions.extend([value] if isinstance(value, int) else _varints(value))
        elif field == 2:
            kind = value if isinstance(value, int) else 0
        elif field == 8:
            name = _text(value)
        else:
            content = _message(value)
    if kind not in _KINDS:
        raise _FaultError(f"weight '{name}' holds numbers of an unknown kind")
    size = np.dtype(_KINDS[kind]).itemsize
    for dimension in dimensions:
        size *= dimension
    if size != len(content):
        raise _FaultError(f"weight '{name}' of shape {dimensions[:8]} has {len(content)} bytes of numbers")
    values = np.frombuffer(content, dtype=_KINDS[kind])
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise _FaultError(f"weight '{name}' holds values that are not finite")
    if values.dtype.kind == "i" and len(values):
        smallest, largest = int(values.min()), int(values.max())
        if not -_MAX_INTEGER <= smallest <= largest <= _MAX_INTEGER:
            raise _FaultError(f"weight '{name}' holds an integer beyond {_MAX_INTEGER}")


def _fields(data: memoryview, known: dict[int, str], place: str) -> Iterator[tuple[int, Value]]:
    """Yield number and value of each field of a message; those that are not known are refused."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        field, wire = key >> 3, key & 7
        if field not in known:
            if known is _TENSOR and field in (_DATA_LOCATION, _EXTERNAL_DATA):
                raise _FaultError("keeps weights in another file: an exported model is one file")
            raise _FaultError(f"not an ONNX file of ours: {place} has the unknown field {field}")
        if wire == _VARINT:
            number, position = _varint(data, position)
            yield field, number
            continue
        if wire == _BYTES:
            length, position = _varint(data, position)
        elif wire in (_FIXED32, _FIXED64):
            length = 4 if wire == _FIXED32 else 8
        else:
            raise _FaultError(f"not an ONNX file of ours: {place} has a field of kind {wire}")
        if position + length > len(data):
            raise _FaultError(f"not an ONNX file of ours: {place} is cut")
        yield field, data[position : position + length]
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
    raise _FaultError("not an ONNX file of ours: a number is cut or too long")


def _varints(data: memoryview) -> list[int]:
    numbers, position = [], 0
    while position < len(data):
        number, position = _varint(data, position)
        numbers.append(number)
    return numbers


def _message(value: Value) -> memoryview:
    if isinstance(value, int):
        raise _FaultError("not an ONNX file of ours: a number stands where a part should be")
    return value


def _text(value: Value) -> str:
    return excerpt(bytes(_message(value)[:200]).decode("utf-8", "replace"))
