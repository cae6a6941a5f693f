"""Writing an ONNX graph node by node: no tracer between the weights and the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from onoma.exports.int8 import quantize
from onoma.runtime.graphs import OPERATORS, OPSET

Precision = Literal["fp32", "int8"]
Array = npt.NDArray[Any]
Bounds = tuple[Array, Array]
"""Smallest and largest number of each feature. [D], [D]"""

LOWEST = float(np.finfo(np.float32).min)
"""Stands for minus infinity: a bundle's numbers are finite."""

_AXES = {
    **dict.fromkeys(("words", "casing", "types", "first_pieces", "piece_counts"), ("B", "T")),
    **dict.fromkeys(("pieces", "piece_words"), ("B", "P")),
    **dict.fromkeys(("lengths", "piece_lengths"), ("B",)),
    "characters": ("U", "C"),
}
_IR_VERSION = 10  # of opset 20 and later; what the oldest onnxruntime that we take can read


class GraphBuilder:
    """Collects nodes and weights.

    Values are known by their names, as in ONNX itself.

    Args:
        precision: int8 stores matrices and tables in 8 bits, with a scale a row. They are taken up to floats
            where they are used: the scales are fixed, and no result depends on its batch.
        bounds: by layer, those of what it is given; of layers whose products are computed in integers.
    """

    def __init__(self, precision: Precision = "fp32", bounds: Mapping[Any, Bounds] | None = None) -> None:
        self.precision = precision
        self.bounds = bounds or {}
        self._smoothed: dict[tuple[str, bytes], str] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._inputs: dict[str, onnx.ValueInfoProto] = {}
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, width: int | None = None) -> str:
        """Return a feature of the batch; of vectors [U, D] ``width`` is D."""
        kind = TensorProto.INT64 if width is None else TensorProto.FLOAT
        shape = _AXES[name] if width is None else ("U", width)
        self._inputs[name] = helper.make_tensor_value_info(name, kind, shape)
        return name

    def output(self, name: str, value: str, axes: tuple[str | int, ...]) -> None:
        """Give a value out under a name of `onoma.decode.protocol`."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, axes))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output; an empty name leaves an optional input out."""
        assert operator in OPERATORS, operator
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Add numbers as they are."""
        name = f"w{len(self._weights)}"
        array = np.ascontiguousarray(np.asarray(values, dtype=dtype)).reshape(np.shape(values))
        self._weights.append(numpy_helper.from_array(array, name))
        return name

    def integers(self, *values: int) -> str:
        """Add a list of integers, such as axes."""
        return self.constant(values, np.int64)

    def weight(self, matrix: Array) -> str:
        """Add a weight [..., N, D], in int8 with a scale for each of N rows."""
        if self.precision == "fp32":
            return self.constant(matrix)
        codes, scales = quantize(matrix)
        # Nodes of constants alone are computed once, when the session begins.
        floats = self.node("Cast", self.constant(codes, np.int8), to=TensorProto.FLOAT)
        return self.node("Mul", floats, self.constant(scales))

    def product(self, states: str, matrix: Array, bounds: Bounds | None = None) -> str:
        """Return the products of ``states`` [..., D] with each row of ``matrix`` [N, D]. [..., N]

        With ``bounds`` of the states both factors are integers, taken from 8 bits and from 7: the sum of two
        products then fits the 16 bits in which older processors add them, and all compute the same. Features
        with large numbers are made smaller before, and their weights larger (Xiao et al. 2023, SmoothQuant).
        """
        if bounds is None:
            return self.node("MatMul", states, self.node("Transpose", self.weight(matrix), perm=[1, 0]))
        reach = np.maximum(np.maximum(-bounds[0], bounds[1]), 1e-6)  # [D]
        spread = np.sqrt(np.maximum(reach, 1e-4 * reach.max()))  # [D]
        low, high = min(float((bounds[0] / spread).min()), 0.0), float((bounds[1] / spread).max())
        scale = np.float32(max(high - low, 1e-6) / 255)
        factors = self.constant(scale), self.constant(np.rint(-low / scale), np.uint8)
        key = states, spread.tobytes()
        if key not in self._smoothed:  # queries, keys and values have the same input
            self._smoothed[key] = self.node("Mul", states, self.constant(1 / spread))
        codes = self.node("QuantizeLinear", self._smoothed[key], *factors)
        left = self.node("DequantizeLinear", codes, *factors)
        rows, scales = quantize(matrix * spread, 63)
        # onnxruntime knows this row of nodes, and puts a product of integers in its place.
        right = self.node(
            "DequantizeLinear", self.constant(rows.T, np.int8), self.constant(scales[:, 0]), axis=1
        )
        return self.node("MatMul", left, right)

    def lookup(self, table: Array, index: str) -> str:
        """Return rows [..., D] of ``table`` [V, D]; in int8 it stays small in memory, too."""
        if self.precision == "fp32":
            return self.node("Gather", self.constant(table), index)
        codes, scales = quantize(table)
        rows = self.node("Gather", self.constant(codes, np.int8), index)
        floats = self.node("Cast", rows, to=TensorProto.FLOAT)
        return self.node("Mul", floats, self.node("Gather", self.constant(scales), index))

    def size(self, value: str, axis: int) -> str:
        """Return one dimension of a value as a list [1]."""
        return self.node("Shape", value, start=axis, end=axis + 1)

    def numbers(self, count: str) -> str:
        """Return 0, 1, ... below ``count`` [1]."""
        zero, one = self.constant(0, np.int64), self.constant(1, np.int64)
        return self.node("Range", zero, self.node("Squeeze", count), one)

    def concat(self, parts: list[str]) -> str:
        """Join values along their last axis."""
        return parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=-1)

    def model(self) -> bytes:
        """Return the file: one piece, checked."""
        graph = helper.make_graph(
            self._nodes, "onoma", list(self._inputs.values()), self._outputs, self._weights
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=_IR_VERSION,
            producer_name="onoma",
        )
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
