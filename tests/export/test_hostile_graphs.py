"""An ONNX file from a stranger: what is not ours is refused in a line, before onnxruntime sees it."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from exported_models import arrays_of, random_bundle
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from onoma.errors import BundleError, ModelError
from onoma.exports.network import network_graph
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.graphs import check_graph
from onoma.runtime.loading import load
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.torch_backend import network_from_bundle

PLACE = Path("bundle/model.onnx")


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Bundle:
    bundle = random_bundle("bilstm-crf", tmp_path_factory.mktemp("model"))
    network, _ = network_from_bundle(bundle, PLACE)
    return replace(bundle, tensors=arrays_of(network, bundle), graph=network_graph(network))


@pytest.fixture
def folder(exported, tmp_path) -> Path:
    save_bundle(tmp_path / "bundle", exported)
    return tmp_path / "bundle"


def external(model: onnx.ModelProto) -> None:
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    entry = weight.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def other_library(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "evil.example"


def other_operators(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def loop(model: onnx.ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", [], ["x"], body=body))


def inner_graph(model: onnx.ModelProto) -> None:
    attribute = helper.make_attribute("body", helper.make_graph([], "body", [], []))
    model.graph.node[0].attribute.append(attribute)


def function(model: onnx.ModelProto) -> None:
    model.functions.append(helper.make_function("d", "f", [], [], [], []))


def claims(*shape: int) -> Callable[[onnx.ModelProto], None]:
    def damage(model: onnx.ModelProto) -> None:
        del model.graph.initializer[0].dims[:]
        model.graph.initializer[0].dims.extend(shape)

    return damage


def weight(array: np.ndarray) -> Callable[[onnx.ModelProto], None]:
    return lambda model: model.graph.initializer.append(numpy_helper.from_array(array, "extra"))


def newer(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 23


HOSTILE = {
    "external data": (external, "keeps weights in another file"),
    "other library": (other_library, "unknown field 7"),
    "other operators": (other_operators, "operators of another library: 'com.microsoft'"),
    "loop": (loop, "an attribute has the unknown field 6"),
    "graph in a node": (inner_graph, "an attribute has the unknown field 6"),
    "function": (function, "the model has the unknown field 25"),
    "shape too large": (claims(1 << 40, 1 << 20), "bytes of numbers"),
    "shape overflows": (claims(1 << 32, 1 << 32), "bytes of numbers"),
    "integer too large": (weight(np.array([1 << 40])), "an integer beyond"),
    "not finite": (weight(np.array([np.nan], np.float32)), "not finite"),
    "text for numbers": (weight(np.array(["x"], dtype=object)), "unknown"),
    "newer operators": (newer, "version 23 of ONNX operators, expected 20"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_ours_is_refused(name, exported) -> None:
    damage, message = HOSTILE[name]
    model = onnx.load_from_string(exported.graph)
    damage(model)
    with pytest.raises(BundleError, match=message) as caught:
        check_graph(model.SerializeToString(), PLACE)
    assert str(caught.value).startswith(str(PLACE))
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_line(data) -> None:
    with pytest.raises(BundleError):
        check_graph(data, PLACE)


@given(data=st.data())
def test_a_changed_byte_gives_a_line_or_a_graph(exported, data) -> None:
    graph = bytearray(exported.graph)
    place = data.draw(st.integers(0, len(graph) - 1))
    graph[place] = data.draw(st.integers(0, 255))
    with suppress(BundleError):  # and nothing else
        check_graph(bytes(graph), PLACE)
        tagger_from_onnx(replace(exported, graph=bytes(graph)), PLACE)


def test_altered_bundles_are_refused(folder) -> None:
    path = folder / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"model\.onnx: content differs"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["model.onnx", "decoder.safetensors", "proof.json"])
def test_every_file_is_needed(folder, name) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: missing"):
        load_bundle(folder)


def test_files_beside_it_are_refused(folder) -> None:
    (folder / "model.onnx.data").write_bytes(b"\0")
    with pytest.raises(BundleError, match=r"does not name: model\.onnx\.data"):
        load_bundle(folder)


def test_weights_of_both_kinds_are_refused(folder) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "model.safetensors").write_bytes(b"x")
    entry = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    manifest["files"]["model.safetensors"] = entry
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="'files' names"):
        load_bundle(folder)


def test_a_decoder_of_another_model_is_refused(exported, tmp_path) -> None:
    for change, message in (
        ({}, "misses the array"),
        ({**exported.tensors, "more": np.zeros(1, np.float32)}, "unknown array 'more'"),
        ({name: array[:2] for name, array in exported.tensors.items()}, "expected float32"),
        ({name: array.astype(np.float64) for name, array in exported.tensors.items()}, "holds float64"),
    ):
        save_bundle(tmp_path / "other", replace(exported, tensors=change))
        with pytest.raises(BundleError, match=message):
            load(tmp_path / "other")


def test_a_graph_of_another_model_is_refused(exported, tmp_path) -> None:
    model = onnx.load_from_string(exported.graph)
    model.graph.output[0].name = model.graph.node[-1].output[0] = "scores"
    with pytest.raises(BundleError, match="its outputs are scores, expected emissions"):
        tagger_from_onnx(replace(exported, graph=model.SerializeToString()), PLACE)
    joint = random_bundle("joint, documents", tmp_path)
    network, _ = network_from_bundle(joint, PLACE)
    with pytest.raises(BundleError, match="its outputs are document_attention, document_values"):
        tagger_from_onnx(replace(exported, graph=network_graph(network)), PLACE)
    more = random_bundle("tuned vectors", tmp_path)
    network, _ = network_from_bundle(more, PLACE)
    tagger = tagger_from_onnx(replace(exported, graph=network_graph(network)), PLACE)
    with pytest.raises(BundleError, match="which is no feature of the model"):
        tagger("John")


def test_onnxruntime_says_nothing_by_itself(exported, capfd) -> None:
    with pytest.raises(BundleError, match="onnxruntime cannot read it"):
        tagger_from_onnx(replace(exported, graph=b"junk"), PLACE)
    model = onnx.load_from_string(exported.graph)
    (table,) = {node.input[0] for node in model.graph.node if node.input[1:] == ["words"]}
    for weight in model.graph.initializer:
        if weight.name == table:
            weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight)[:1], table))
    graph = model.SerializeToString()
    check_graph(graph, PLACE)
    with pytest.raises(ModelError, match="onnxruntime fails"):
        tagger_from_onnx(replace(exported, graph=graph), PLACE)("John Smith")
    assert capfd.readouterr().err == ""


def reduced(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = 1 << 40


def misdeclared(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1 << 40


def mistyped(model: onnx.ModelProto) -> None:
    node = next(one for one in model.graph.node if one.op_type == "Transpose")
    node.attribute[0].type = onnx.AttributeProto.INT


def integers_divided(model: onnx.ModelProto) -> None:
    model.graph.node.insert(0, helper.make_node("Div", ["words", "words"], ["x"]))


def from_floats(model: onnx.ModelProto) -> None:
    name = next(one.output[0] for one in model.graph.node if one.op_type == "LSTM")
    place = next(i for i, one in enumerate(model.graph.node) if one.op_type == "LSTM")
    model.graph.node.insert(place + 1, helper.make_node("Cast", [name], ["x"], to=TensorProto.INT64))


def defined_twice(model: onnx.ModelProto) -> None:
    model.graph.node[1].output[0] = model.graph.node[0].output[0]


def from_later(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = model.graph.node[-2].output[0]


def lengths_of_words(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "lengths_of_words"


OUT_OF_BOUNDS = {
    "output": (reduced, "its output 'emissions' is not of the kind or shape"),
    "input": (misdeclared, r"its input '\w+' is no int64 \[B"),
    "feature": (lengths_of_words, "its input 'lengths_of_words' is no feature"),
    "type of an attribute": (mistyped, "attribute 'perm' is not of the type"),
    "integer division": (integers_divided, r"node 0 \(Div\) reads int64, int64, expected float"),
    "integers of floats": (from_floats, r"\(Cast\) makes int64 of float"),
    "a name twice": (defined_twice, "two values of the name"),
    "a later value": (from_later, "which nothing before it puts out"),
}


@pytest.mark.parametrize("name", OUT_OF_BOUNDS)
def test_what_is_out_of_bounds_is_refused_by_its_node(name, exported) -> None:
    damage, message = OUT_OF_BOUNDS[name]
    model = onnx.load_from_string(exported.graph)
    damage(model)
    with pytest.raises(BundleError, match=message) as caught:
        check_graph(model.SerializeToString(), PLACE)
    assert "\n" not in str(caught.value)


def each_with_each(model: onnx.ModelProto, count: int) -> None:
    """Compare each word with each so many times, and hold all of it to the end."""
    name = model.graph.output[0].name
    model.graph.node.append(helper.make_node("Transpose", [name], ["turned"], perm=[0, 2, 1]))
    products = [helper.make_node("MatMul", [name, "turned"], [f"p{i}"]) for i in range(count)]
    sums = [helper.make_node("Add", [f"p{i}", f"s{i}" if i else "p0"], [f"s{i + 1}"]) for i in range(count)]
    model.graph.node.extend([*products, *sums])


def test_a_window_is_bounded_as_far_as_the_model_has_it(exported) -> None:
    few, many, endless = (onnx.load_from_string(exported.graph) for _ in range(3))
    for model, count in ((few, 4), (many, 40), (endless, 1500)):
        each_with_each(model, count)
    check_graph(few.SerializeToString(), PLACE)
    check_graph(many.SerializeToString(), PLACE, 512)
    with pytest.raises(BundleError, match="more numbers than a batch may hold"):
        check_graph(many.SerializeToString(), PLACE)
    with pytest.raises(BundleError, match="more numbers than a batch may hold"):
        check_graph(endless.SerializeToString(), PLACE, 512)
