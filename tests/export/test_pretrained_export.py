"""Pretrained encoders as graphs: the library's states, in integers too, where neither it nor PyTorch is."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from exported_models import LABELS, arrays_of

import random_models
from onoma.errors import ModelError
from onoma.exports import exporting, parity
from onoma.exports.calibration import layer_bounds
from onoma.exports.graph import GraphBuilder
from onoma.exports.network import network_graph
from onoma.exports.pretrained import EXPORTABLE
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network
from onoma.text import document_from_sentences
from tiny_encoders import WORDS, write_encoder

PLACE = Path("model")
SENTENCES = [[*WORDS[first : first + 1 + 3 * first % 17], "unheard-of"] for first in range(0, 40, 3)]
DOCUMENTS = [document_from_sentences(f"d{i}", [words], []) for i, words in enumerate(SENTENCES)]

MODERN = {"global_attn_every_n_layers": 2, "local_attention": 8, "num_hidden_layers": 3}
CASES = {
    **{kind: (kind, {}) for kind in EXPORTABLE},
    "modernbert, near and far": ("modernbert", MODERN),
    "bert, another activation": ("bert", {"hidden_act": "gelu_new"}),
}


def random_bundle(folder: Path, kind: str, sizes: dict, rung_name: str = "bert", **options) -> Bundle:
    encoder = write_encoder(folder / "encoder", kind, **sizes)
    given = {"encoder": str(encoder), **options}
    if rung_name != "bert":
        given["base"] = "bert"
    return random_models.random_bundle(
        rung_name,
        given,
        SENTENCES,
        LABELS,
        seed=2,
        spread=0.15,
        drawn=lambda name: "norm" not in name.lower(),
    )


def both(bundle: Bundle, precision: str = "fp32") -> tuple[Tagger, Tagger, Bundle]:
    torch.set_num_threads(1)
    network, parts = network_from_bundle(bundle, PLACE)
    bounds = layer_bounds(network, parts.features, DOCUMENTS) if precision == "int8" else {}
    graph = network_graph(network, precision, bounds)
    exported = replace(bundle, tensors=arrays_of(network, bundle), graph=graph, proof={"made": "in a test"})
    return tagger_from_network(network, parts), tagger_from_onnx(exported, PLACE), exported


def outputs(tagger: Tagger, sentences: list[list[str]]) -> list[np.ndarray]:
    batch = tagger.features.batch([tagger.features.rows(words) for words in sentences])
    emissions = tagger.backend.outputs(batch)["emissions"]
    return [row[: len(words)] for row, words in zip(emissions, sentences, strict=True)]


@pytest.mark.parametrize("case", CASES)
def test_states_are_those_of_the_library_whatever_the_padding(case, tmp_path) -> None:
    kind, sizes = CASES[case]
    origin, exported, _ = both(random_bundle(tmp_path, kind, sizes, casing_dim=3, pooling="mean"))
    theirs, together = outputs(origin, SENTENCES), outputs(exported, SENTENCES)
    largest = max(np.abs(row).max() for row in theirs)
    for words, left, right in zip(SENTENCES, theirs, together, strict=True):
        np.testing.assert_allclose(right, left, rtol=1e-4, atol=1e-5 * largest)
        np.testing.assert_allclose(outputs(exported, [words])[0], right, rtol=1e-4, atol=1e-5 * largest)


def test_a_padding_piece_within_the_text_has_no_place_of_its_own(tmp_path) -> None:
    origin, exported, _ = both(random_bundle(tmp_path, "roberta", {}))
    batch = origin.features.batch([origin.features.rows(SENTENCES[4])])
    assert origin.backend.network.encoder.pad_id == 0
    batch["pieces"][0, 2] = 0
    left, right = (tagger.backend.outputs(batch)["emissions"] for tagger in (origin, exported))
    np.testing.assert_allclose(right, left, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "modernbert"])
def test_integers_are_near_and_do_not_depend_on_neighbours(kind, tmp_path) -> None:
    origin, exported, small = both(random_bundle(tmp_path, kind, {}), "int8")
    theirs, ours = outputs(origin, SENTENCES), outputs(exported, SENTENCES)
    largest = max(np.abs(row).max() for row in theirs)
    differences = [np.abs(left - right).max() for left, right in zip(theirs, ours, strict=True)]
    assert 0 < max(differences) < 0.25 * largest
    alone = [outputs(exported, [words])[0] for words in SENTENCES]
    # A sum that differs in its last bit may round to the next of 256 steps.
    for left, right in zip(alone, ours, strict=True):
        np.testing.assert_allclose(right, left, atol=0.02 * largest)
    assert b"QuantizeLinear" in (small.graph or b"")


def test_integer_products_are_within_their_steps() -> None:
    rng = np.random.default_rng(0)
    matrix, states = rng.normal(size=(5, 16)), rng.uniform(-1, 3, size=(2, 3, 16)).astype(np.float32)
    graph = GraphBuilder("int8")
    vectors = graph.input("vectors", 16)
    graph.output(
        "emissions",
        graph.product(vectors, matrix.astype(np.float32), (-np.ones(16), 3 * np.ones(16))),
        ("U", 5),
    )
    import onnxruntime

    session = onnxruntime.InferenceSession(graph.model(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"vectors": states[0]})
    steps = 0.5 * 4 / 255 * np.abs(matrix).sum(1) + 0.5 * np.abs(matrix).max(1) / 63 * 3.1 * 16
    assert (np.abs(found - states[0] @ matrix.T) <= steps).all()


def test_only_layers_of_a_pretrained_encoder_have_bounds(tmp_path) -> None:
    network, parts = network_from_bundle(random_bundle(tmp_path, "bert", {}), PLACE)
    bounds = layer_bounds(network, parts.features, DOCUMENTS)
    assert len(bounds) == 2 * 6
    assert network.head.projection not in bounds
    assert all((low <= high).all() for low, high in bounds.values())
    assert not any(layer._forward_pre_hooks for layer in bounds)


@pytest.mark.parametrize("rung", ["span", "joint"])
def test_other_heads_stand_on_it(rung, tmp_path) -> None:
    options = {"span_width": 4, "span_dim": 7} if rung == "span" else {"head": "crf", "document_dim": 8}
    origin, exported, _ = both(random_bundle(tmp_path, "modernbert", MODERN, rung, **options))
    for left, right in zip(origin.tag(DOCUMENTS), exported.tag(DOCUMENTS), strict=True):
        assert [one.key for one in left.entities] == [one.key for one in right.entities]
        assert left.labels == right.labels


@pytest.mark.parametrize(
    ("kind", "sizes", "line"),
    [
        ("albert", {}, "an encoder of type 'albert' cannot be exported yet; these can: bert,"),
        ("bert", {"hidden_act": "silu"}, "the activation SiLUActivation cannot be exported yet"),
    ],
)
def test_others_are_refused_in_a_line(kind, sizes, line, tmp_path) -> None:
    network, _ = network_from_bundle(random_bundle(tmp_path, kind, sizes), PLACE)
    with pytest.raises(ModelError, match=line):
        network_graph(network)


WITHOUT = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "onnx", "sentence_transformers"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
import onoma

for model in sys.argv[1:]:
    found = onoma.load(model)("John Smith flew to Berlin . The bank in Oslo closed")
    print([(one.start, one.end, one.label) for one in found.entities])
"""


def test_it_tags_where_neither_torch_nor_transformers_is(tmp_path) -> None:
    bundle = random_bundle(tmp_path, "bert", {})
    expected = []
    for precision in ("fp32", "int8"):
        _, exported, whole = both(bundle, precision)
        save_bundle(tmp_path / precision, whole)
        found = exported("John Smith flew to Berlin . The bank in Oslo closed")
        expected.append(str([(one.start, one.end, one.label) for one in found.entities]))
    command = [sys.executable, "-c", WITHOUT, str(tmp_path / "fp32"), str(tmp_path / "int8")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected
    assert expected[0] != "[]"


def test_an_encoder_that_integers_do_not_fit_keeps_its_products_in_floats(tmp_path, monkeypatch) -> None:
    save_bundle(tmp_path / "bundle", random_bundle(tmp_path, "bert", {"num_hidden_layers": 1}, casing_dim=0))
    monkeypatch.setattr(exporting, "NUM_SENTENCES", 20)
    monkeypatch.setattr(exporting, "_MADE", 20)
    monkeypatch.setattr(exporting, "_with_costs", lambda proof, *given: proof)
    monkeypatch.setattr(parity, "INT8_AGREEMENT", 0.8)
    near = exporting.export_bundle(tmp_path / "bundle", "int8")
    whole = exporting.layer_bounds

    def far(*given):
        return {layer: (low - 1e6, high + 1e6) for layer, (low, high) in whole(*given).items()}

    monkeypatch.setattr(exporting, "layer_bounds", far)
    spread = exporting.export_bundle(tmp_path / "bundle", "int8")
    assert not near.proof.faults()
    assert not spread.proof.faults()
    assert b"QuantizeLinear" in (near.bundle.graph or b"")
    assert b"QuantizeLinear" not in (spread.bundle.graph or b"")


def test_an_encoder_of_few_positions_is_compared_on_what_it_reads_at_once(tmp_path, monkeypatch) -> None:
    sizes = {"num_hidden_layers": 1, "max_position_embeddings": 80}
    save_bundle(tmp_path / "bundle", random_bundle(tmp_path, "bert", sizes, max_length=80))
    monkeypatch.setattr(exporting, "NUM_SENTENCES", 80)
    monkeypatch.setattr(exporting, "_MADE", 80)  # of 1 to 80 words, most of several pieces
    monkeypatch.setattr(exporting, "_with_costs", lambda proof, *given: proof)
    exported = exporting.export_bundle(tmp_path / "bundle", "fp32")
    assert not exported.proof.faults()
    assert 20 < exported.proof.num_sentences < 80


def test_bounds_are_found_in_sentences_of_any_length(tmp_path) -> None:
    bundle = random_bundle(tmp_path, "bert", {"num_hidden_layers": 1})
    network, parts = network_from_bundle(bundle, tmp_path)
    long = document_from_sentences("long", [["Oslo"] * 3_000, ["Berlin"]], [])
    bounds = exporting.layer_bounds(network, parts.features, [long])
    assert bounds
    assert all(np.isfinite(low).all() and (low <= high).all() for low, high in bounds.values())
