"""Bounds hold: what onnxruntime computes lies within what was said before it ran."""

import numpy as np
import onnx
import onnxruntime
import pytest
from exported_models import KINDS, WORDS
from hostile_running import exported
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from onoma.features.states import features_from_state
from onoma.runtime.graphs import bounds, check
from onoma.runtime.graphs.bounds import BATCHES, SHORT, Interval, fixed
from onoma.runtime.graphs.wire import read_graph

NUMBERS = st.integers(-(2**20), 2**20)
RANGES = st.tuples(NUMBERS, NUMBERS).map(sorted)


def interval(low: int, high: int) -> Interval:
    return Interval(fixed(low).low, fixed(high).high)


@given(RANGES, RANGES, st.floats(0, 1), st.floats(0, 1))
def test_intervals_hold_what_is_computed(left, right, first, second) -> None:
    one, two = (low + int(share * (high - low)) for (low, high), share in ((left, first), (right, second)))
    sides = interval(*left), interval(*right)
    for rule, value in (
        (bounds.plus, one + two),
        (bounds.minus, one - two),
        (bounds.times, one * two),
        (bounds.larger, max(one, two)),
        (bounds.smaller, min(one, two)),
        (bounds.either, one),
        (bounds.either, two),
    ):
        found = rule(*sides)
        assert found.low[0] <= value <= found.high[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_a_graph_is_within_its_bounds(kind, monkeypatch) -> None:
    bundle = exported(kind, "int8")
    assert bundle.graph is not None
    known: dict[str, bounds.Value] = {}
    define = check._define

    def note(values, name, value):
        known[name] = value
        define(values, name, value)

    monkeypatch.setattr(check, "_define", note)
    check._check(read_graph(bundle.graph), range(1, 4))
    model = onnx.load_from_string(bundle.graph)
    names = [node.output[0] for node in model.graph.node]
    for name in names:
        if name not in {one.name for one in model.graph.output}:
            model.graph.output.append(helper.ValueInfoProto(name=name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    features = features_from_state(bundle.vocabulary, bundle.feature_tensors)
    sentences = [WORDS[:9], ["Oslo"], WORDS[2:7] * 2]
    batch = features.batch([features.rows(words) for words in sentences])
    assert max(map(len, sentences)) <= BATCHES[SHORT]["T"]
    inputs = {one.name: batch[one.name] for one in session.get_inputs()}
    for name, array in zip(names, session.run(names, inputs), strict=True):
        value = known[name]
        shape = [size.high[SHORT] for size in value.shape]
        assert len(shape) == array.ndim, name
        assert all(one <= most for one, most in zip(array.shape, shape, strict=True)), (name, array.shape)
        assert all(size.low[SHORT] <= one for one, size in zip(array.shape, value.shape, strict=True)), name
        assert {"float": "float32"}.get(value.kind, value.kind) == str(array.dtype)
        if value.kind.startswith("int") and value.kind != "int8" and array.size:
            assert value.range.low[SHORT] <= array.min() <= array.max() <= value.range.high[SHORT], name
        letters = {
            size.letter: one for one, size in zip(array.shape, value.shape, strict=True) if size.letter
        }
        assert letters.get("B", len(sentences)) == len(sentences)
        assert np.asarray(array).size <= value.elements()[SHORT]
