"""Whether a retrained model is taken: by everything that both models find, and by what gold has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from onoma.api import judging
from onoma.api.judging import DOCUMENT_LABELS, ENTITIES, Judged, judge_models
from onoma.api.retraining import _how_to_read
from onoma.errors import ConfigError
from onoma.text import Corpus, Document, Ledger, Span
from onoma.tokenize import get_tokenizer

GOLD = [
    Document(f"d{number}", "Ann left Oslo.", entities=(Span(0, 3, "PER", "Ann"),), labels=("travel",))
    for number in range(12)
]


class Stub:
    """A model that finds what gold has, or nothing."""

    tokenizer = get_tokenizer("onoma")
    labels = ("PER", "HUM")

    def __init__(self, *, entities: bool | None, labels: bool | None) -> None:
        self._entities, self._labels = entities, labels
        self.decoder = None if entities is None else object()
        self.of_documents = [] if labels is None else [object()]

    def tag(self, documents: Sequence[Document]) -> list[Document]:
        return [
            replace(
                one.with_entities(one.entities if self._entities else ()),
                labels=None if self._labels is None else one.labels if self._labels else (),
            )
            for one in documents
        ]


def judged(monkeypatch: pytest.MonkeyPatch, new: Stub, old: Stub, gold: Sequence[Document] = GOLD) -> Judged:
    models = {"new": new, "old": old}
    monkeypatch.setattr(judging, "as_tagger", models.__getitem__)
    found = judge_models(Corpus(gold, Ledger()), "new", "old", "test", 0.5)
    return Judged("test", found, 1, 0, 0)


def test_a_model_that_has_lost_its_document_labels_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, Stub(entities=True, labels=False), Stub(entities=False, labels=True))
    assert [one.what for one in found.judgements] == [ENTITIES, DOCUMENT_LABELS]
    assert not found.taken
    assert "F1 100.00" in found.reason
    assert (
        "micro F1 of document labels 0.00 on test (12 documents) where the old one has 100.00" in found.reason
    )
    plain = found.as_dict()
    assert plain["f1"] == {"new": 1.0, "old": 0.0}
    assert plain["document_labels"]["f1"] == {"new": 0.0, "old": 1.0}
    assert judged(monkeypatch, Stub(entities=True, labels=True), Stub(entities=True, labels=True)).taken


def test_models_of_documents_alone_are_judged_by_these(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, Stub(entities=None, labels=True), Stub(entities=None, labels=False))
    assert found.taken
    assert found.as_dict()["by"] == "document labels"
    assert found.as_dict()["f1"]["new"] == 1.0


def test_what_cannot_be_judged_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bare = [replace(one, labels=None) for one in GOLD]
    both = Stub(entities=True, labels=True)
    assert [one.what for one in judged(monkeypatch, both, both, bare).judgements] == [ENTITIES]
    assert "test has no document labels" in caplog.text
    judged(monkeypatch, both, Stub(entities=True, labels=None))
    assert "one of the models gives no document labels" in caplog.text
    alone = Stub(entities=None, labels=True)
    with pytest.raises(ConfigError, match="nothing to judge"):
        judged(monkeypatch, alone, alone, bare)


def test_annotation_is_read_by_the_map_of_the_model_s_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.api.retraining._find", Path)
    monkeypatch.setattr("onoma.runtime.bundle.bundled_labels", lambda folder: Stub.labels)
    data = {"label_map": ["PERSON=HUM", "PER=HUM", "DATE="], "document_labels": "entities"}
    how = _how_to_read("model", data, "skip")
    assert how["labels"] == {"PERSON": "HUM", "DATE": ""}  # PER is a label of the model: it stays
    assert (how["document_labels"], how["on_error"]) == ("entities", "skip")
