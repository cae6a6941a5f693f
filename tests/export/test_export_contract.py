"""Exported models do what their origin does, in batches of any size and length."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from exported_models import KINDS, SENTENCES, WORDS, arrays_of, random_bundle

from onoma.errors import ModelError
from onoma.exports.int8 import quantize, quantize_vectors
from onoma.exports.network import network_graph
from onoma.models import list_rungs
from onoma.nn.network import Body, Network
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network
from onoma.text import document_from_sentences

PLACE = Path("model")


def both(bundle: Bundle, precision: str = "fp32") -> tuple[Tagger, Tagger, Bundle]:
    torch.set_num_threads(1)
    network, parts = network_from_bundle(bundle, PLACE)
    origin = tagger_from_network(network, parts)
    graph = network_graph(network, precision)
    tables = quantize_vectors(bundle.feature_tensors) if precision == "int8" else bundle.feature_tensors
    exported = Bundle(
        bundle.config,
        bundle.vocabulary,
        arrays_of(network, bundle),
        tables,
        graph,
        proof={"made": "in a test"},
    )
    return origin, tagger_from_onnx(exported, PLACE), exported


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


def inside(values: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """What stands within each sentence; of spans [T, W, C] those that end there."""
    rows = [row[:length] for row, length in zip(values, lengths, strict=True)]
    if values.ndim < 4:
        return rows
    ends = [np.arange(len(row))[:, None] + np.arange(row.shape[1]) for row in rows]
    return [row[end < len(row)] for row, end in zip(rows, ends, strict=True)]


def batch_of(tagger: Tagger, sentences: list[list[str]]) -> dict[str, np.ndarray]:
    return tagger.features.batch([tagger.features.rows(words) for words in sentences])


def test_every_rung_without_pretrained_encoder_is_under_contract() -> None:
    assert {rung.name for rung in list_rungs()} == {name for name, _ in KINDS.values()} | {"bert"}


def test_outputs_are_those_of_torch(kind, tmp_path) -> None:
    origin, exported, _ = both(random_bundle(kind, tmp_path))
    rng = np.random.default_rng(1)
    for size in range(1, 18):
        sentences = [[*rng.choice(WORDS, rng.integers(1, 14)), "unheard-of"] for _ in range(size)]
        sentences[0] = ["Oslo"]
        batch = batch_of(origin, sentences)
        theirs, ours = origin.backend.outputs(batch), exported.backend.outputs(batch)
        assert theirs.keys() == ours.keys()
        for name in theirs:
            rows = (inside(outputs[name], batch["lengths"]) for outputs in (theirs, ours))
            for left, right in zip(*rows, strict=True):
                np.testing.assert_allclose(right, left, rtol=1e-5, atol=1e-5)


def test_sentences_do_not_depend_on_their_batch(kind, tmp_path) -> None:
    for precision in ("fp32", "int8"):
        _, exported, _ = both(random_bundle(kind, tmp_path), precision)
        batch = batch_of(exported, SENTENCES)
        together = exported.backend.outputs(batch)
        for row, words in enumerate(SENTENCES):
            alone = exported.backend.outputs(batch_of(exported, [words]))
            for name, values in alone.items():
                lengths = batch["lengths"][[row]]
                (left,), (right,) = inside(values, lengths), inside(together[name][[row]], lengths)
                np.testing.assert_allclose(right, left, rtol=1e-5, atol=1e-5)


def test_entities_and_labels_are_those_of_torch_after_a_round_trip(kind, tmp_path) -> None:
    origin, _, bundle = both(random_bundle(kind, tmp_path))
    save_bundle(tmp_path / "out", bundle)
    exported = tagger_from_onnx(load_bundle(tmp_path / "out"), tmp_path / "out")
    documents = [
        document_from_sentences(f"d{i}", [words, words[::-1]], []) for i, words in enumerate(SENTENCES)
    ]
    theirs, ours = origin.tag(documents), exported.tag(documents)
    for left, right in zip(theirs, ours, strict=True):
        assert [one.key for one in left.entities] == [one.key for one in right.entities]
        assert left.labels == right.labels
        scores = [[one.score or 0 for one in document.entities] for document in (left, right)]
        np.testing.assert_allclose(scores[1], scores[0], atol=1e-4)
    assert origin.labels == exported.labels
    assert any(document.entities or document.labels for document in theirs)


def test_int8_is_near_and_small(tmp_path) -> None:
    bundle = random_bundle("charcnn-bilstm-crf", tmp_path)
    origin, exported, small = both(bundle, "int8")
    batch = batch_of(origin, SENTENCES)
    theirs, ours = (tagger.backend.outputs(batch)["emissions"] for tagger in (origin, exported))
    largest = max(np.abs(row).max() for row in inside(theirs, batch["lengths"]))
    rows = (inside(outputs, batch["lengths"]) for outputs in (theirs, ours))
    differences = [np.abs(left - right).max() for left, right in zip(*rows, strict=True)]
    assert 0 < max(differences) < 0.05 * largest
    assert small.graph is not None


def test_codes_are_within_half_a_scale() -> None:
    rows = np.random.default_rng(0).normal(size=(3, 5, 7)).astype(np.float32)
    rows[1, 2] = 0
    codes, scales = quantize(rows)
    assert codes.dtype == np.int8
    assert (np.abs(codes * scales - rows) <= scales / 2 + 1e-7).all()
    assert np.abs(codes).max() == 127


def test_a_part_that_is_not_known_is_refused_in_a_line(tmp_path) -> None:
    network, _ = network_from_bundle(random_bundle("lstm", tmp_path), PLACE)

    class Telepath(torch.nn.Module):
        output_dim = 24

    body = Body(network.embedder, Telepath())
    other = Network(body, network.heads, {"entities": "head"}, network.weighting)
    with pytest.raises(ModelError, match="a Telepath cannot be exported yet"):
        network_graph(other)


def test_a_proof_is_json(tmp_path) -> None:
    _, _, bundle = both(random_bundle("rnn", tmp_path))
    save_bundle(tmp_path / "out", bundle)
    assert json.loads((tmp_path / "out" / "proof.json").read_text()) == {"made": "in a test"}
    assert not (tmp_path / "out" / "model.safetensors").exists()
