"""The proof of an export takes a bounded time and says what it is of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported_models import SENTENCES, arrays_of, random_bundle

from onoma.exports import parity
from onoma.exports.agreement import labels_agreeing
from onoma.exports.network import network_graph
from onoma.runtime.bundle import Bundle
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network
from onoma.text import document_from_sentences

PLACE = Path("model")


def both(bundle: Bundle) -> tuple[Tagger, Tagger]:
    network, parts = network_from_bundle(bundle, PLACE)
    arrays = arrays_of(network, bundle)
    exported = Bundle(
        bundle.config, bundle.vocabulary, arrays, bundle.feature_tensors, network_graph(network)
    )
    return tagger_from_network(network, parts), tagger_from_onnx(exported, PLACE)


def proof_of(origin: Tagger, exported: Tagger, seconds: float) -> parity.Proof:
    made = [document_from_sentences(f"m{n}", [[*SENTENCES[n % 5], str(n)]], []) for n in range(400)]
    real = [document_from_sentences(f"r{n}", [SENTENCES[n % 7]], []) for n in range(100)]
    words = SENTENCES[0] * 40
    dev = [document_from_sentences(f"d{n}", [words], [(0, 0, 2, "PER")]) for n in range(12)]
    given: Any = {"precision": "fp32", "size_bytes": (1, 1), "seconds": seconds}
    return parity.prove(origin, exported, real=real, made=made, dev=dev, **given)


def test_it_ends_when_its_processor_time_is_up_and_says_so(tmp_path) -> None:
    origin, exported = both(random_bundle("joint, tags", tmp_path))
    whole = proof_of(origin, exported, 1e9)
    assert (whole.num_sentences, whole.dev_documents) == (500, (12, 12))
    assert whole.source == "100 sentences of the run's dev data, 400 made of the vocabulary"
    part = proof_of(origin, exported, 0.0)
    assert part.num_sentences == parity.LEAST_SENTENCES
    assert part.dev_documents is not None
    assert 0 < part.dev_documents[0] < part.dev_documents[1] == 12
    # What is compared is of both kinds, as the whole is.
    assert part.source == (
        "64 sentences of the run's dev data, 256 made of the vocabulary; "
        "180 more left out, since this model is slow"
    )
    assert part.num_tokens < whole.num_tokens
    for proof in (whole, part):
        assert proof.faults() == []
        assert proof.tags_agreeing == proof.real_tags_agreeing == proof.documents_agreeing == 1


@pytest.mark.parametrize(
    ("real", "fault"),
    [
        (None, "the labels of 11.0000% of the documents agree"),
        (1.0, None),
        (0.98, "98.0000% of the document labels"),
    ],
)
def test_in_8_bits_labels_of_real_documents_count(tmp_path, real: float | None, fault: str | None) -> None:
    proof = proof_of(*both(random_bundle("joint, tags", tmp_path)), 0.0)
    assert proof.real_labels_agreeing == 1
    changed = replace(proof, precision="int8", documents_agreeing=0.11, real_labels_agreeing=real)
    assert [one[: len(fault or "")] for one in changed.faults()] == ([fault] if fault else [])
    assert replace(changed, precision="fp32").faults() != []


def test_labels_agree_as_far_as_both_give_the_same(tmp_path) -> None:
    origin, other = both(random_bundle("joint, tags", tmp_path))
    documents = [document_from_sentences(f"r{n}", [SENTENCES[n % 7]], []) for n in range(3)]
    given = iter([[("a", "b"), ("c",), ()], [("a",), ("d",), ()]])
    for tagger in (origin, other):
        labels = next(given)
        tagger.tag = (
            lambda chunk, labels=labels: [  # type: ignore[method-assign]
                replace(one, labels=labels[int(one.id[1:])]) for one in chunk
            ]
        )
    assert labels_agreeing(origin, other, documents, 1e9) == (pytest.approx(1 / 3), 1 / 4)


def test_batches_are_bounded_by_units_too() -> None:
    units = np.array([3, 9_000, 8_000, 2, 2, 2, 20_000, 5])
    batches = [list(one) for one in parity._batches(range(8), units, 3)]
    assert batches == [[0], [1], [2, 3], [4, 5], [6], [7]]
    assert [len(one) for one in parity._batches(range(8), np.full(8, 10), 3)] == [3, 3, 2]


def test_a_part_of_the_sentences_shows_a_difference(tmp_path) -> None:
    origin, _ = both(random_bundle("bilstm-crf", tmp_path))
    _, other = both(random_bundle("bilstm-crf", tmp_path, seed=1))
    proof = proof_of(origin, other, 0.0)
    assert proof.real_tags_agreeing is not None
    assert max(proof.tags_agreeing, proof.real_tags_agreeing) < 1
    assert "of the tags agree, 100% are needed" in proof.faults()[0]
