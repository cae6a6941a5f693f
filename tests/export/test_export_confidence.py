"""An exported model's scores have the temperature of its origin."""

from __future__ import annotations

from pathlib import Path

import pytest
from exported_models import KINDS, SENTENCES, arrays_of, random_bundle

from onoma.exports.network import network_graph
from onoma.runtime.bundle import Bundle
from onoma.runtime.manifest import ModelSettings
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network
from onoma.text import document_from_sentences

PLACE = Path("model")
CONFIDENCE = {"temperature": 2.5, "thresholds": [0.0], "precision": [0.5], "recall": [0.5], "kept": [9]}
CHOSEN = ["bilstm", "bilstm-crf", "span"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in CHOSEN])
def test_scores_are_those_of_the_origin(kind: str, tmp_path: Path) -> None:
    bundle = random_bundle(kind, tmp_path)
    documents = [document_from_sentences(f"d{i}", [words], []) for i, words in enumerate(SENTENCES)]
    network, parts = network_from_bundle(bundle, PLACE)
    config = ModelSettings(**bundle.config.as_dict() | {"confidence": CONFIDENCE})
    graph = network_graph(network, "fp32")
    exported = Bundle(config, bundle.vocabulary, arrays_of(network, bundle), bundle.feature_tensors, graph)
    taggers = (
        tagger_from_network(network, parts),
        tagger_from_network(network, parts._replace(settings=config)),
        tagger_from_onnx(exported, PLACE),
    )
    found = [[span for one in tagger.tag(documents) for span in one.entities] for tagger in taggers]
    plain, theirs, ours = ([span.score for span in row] for row in found)
    assert (
        [span.key for span in found[0]] == [span.key for span in found[1]] == [span.key for span in found[2]]
    )
    assert plain
    assert ours == pytest.approx(theirs, abs=1e-4)
    assert plain != pytest.approx(theirs, abs=1e-3)
    assert taggers[1].confidence == taggers[2].confidence
