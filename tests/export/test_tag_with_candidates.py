"""Entities and candidates in one run of the network are those of two."""

from pathlib import Path

import pytest
from exported_models import SENTENCES, random_bundle

from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network
from onoma.text import document_from_sentences

FLOOR = 0.05


def tagger_of(kind: str, folder: Path, window: int) -> Tagger:
    network, parts = network_from_bundle(random_bundle(kind, folder), Path("model"))
    tagger = tagger_from_network(network, parts)
    tagger.window = window or tagger.window
    return tagger


@pytest.mark.parametrize("window", [0, 9])
@pytest.mark.parametrize("kind", ["bilstm-crf", "span", "joint, tags", "joint, spans"])
def test_as_each_by_itself(kind: str, window: int, tmp_path: Path) -> None:
    tagger = tagger_of(kind, tmp_path, window)
    documents = [
        document_from_sentences("short", SENTENCES[:3], []),
        document_from_sentences(
            "long", [[word for one in SENTENCES[3:7] for word in one], *SENTENCES[7:9]], []
        ),
    ]
    tagged, candidates = tagger.tag_with_candidates(documents, FLOOR)
    assert tagged == tagger.tag(documents)
    assert candidates == tagger.candidates(documents, FLOOR)
    assert sum(map(len, candidates)) > 0


def test_a_model_without_entities_has_none(tmp_path: Path) -> None:
    tagger = tagger_of("joint, documents", tmp_path, 0)
    with pytest.raises(ValueError, match="the model gives no entities"):
        tagger.tag_with_candidates([document_from_sentences("1", SENTENCES[:1], [])], FLOOR)
