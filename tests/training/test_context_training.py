"""Training with document context: what is read, told, measured, stored, and gone on with."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from resuming import documented, settings, write_corpus

from onoma.errors import ConfigError
from onoma.features import passages
from onoma.runtime.bundle import load_bundle
from onoma.runtime.loading import load
from onoma.training.config import resolve
from onoma.training.events import Epoch, Stopped
from onoma.training.resume import check_past, circumstances
from onoma.training.run import Run

CONTEXT = {"context": 5, "max_length": 96}


RUNGS = ("bert", "transformer", "transformer-lstm")


def given(folder: Path, rung: str = "bert", **training: Any) -> dict[str, Any]:
    found = settings(documented(write_corpus(folder / "corpus")), rung, epochs=2, **training)
    found["model"] |= CONTEXT
    return found


def weights(folder: Path) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in load_bundle(folder / "bundle").tensors.items()}


@pytest.mark.parametrize("rung", RUNGS)
def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path, rung) -> None:
    config = resolve(None, given(tmp_path, rung))
    events = list(Run(config, tmp_path / "whole").execute())
    run = Run(config, tmp_path / "parts")
    for number, event in enumerate(run.execute()):
        if number == 17:
            run.stop()
        last = event
    assert isinstance(last, Stopped)
    resumed = list(Run(config, tmp_path / "parts", resume=True).execute())
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")
    first, second = ([one.dev_loss for one in made if isinstance(one, Epoch)] for made in (events, resumed))
    assert first[1:] == second[-1:]
    tagger = load(tmp_path / "whole")
    assert tagger.features.context == 5


@pytest.mark.parametrize(
    ("rung", "head"), [("bert", "crf"), ("bert", "span"), *((rung, "crf") for rung in RUNGS[1:])]
)
def test_the_dev_loss_is_that_of_sentences_in_their_documents(tmp_path, rung, head) -> None:
    config = given(tmp_path, rung)
    if head == "span":  # spans as wide as no sentence, which a passage has room for
        config["model"] |= {"id": "span", "base": "bert", "span_width": 30, "span_dim": 8}
    run = Run(resolve(None, config), tmp_path / "run")
    objective, model = run.model.objective("fp32"), run.model
    model.network.eval()
    seen = objective.watch_dev()
    assert seen is not None
    model.tagger(with_scores=False).tag(model._dev, watch=seen.see)
    assert seen.mean == pytest.approx(objective.dev_loss(lambda: False), rel=1e-5)
    with_context = seen.mean
    model.features.context = 0
    alone = objective.watch_dev()
    model.tagger(with_scores=False).tag(model._dev, watch=alone.see)
    assert abs(alone.mean - with_context) > 1e-4


def test_documents_of_one_sentence_are_said(tmp_path, caplog) -> None:
    plain = settings(write_corpus(tmp_path / "corpus"), "bert")
    plain["model"] |= CONTEXT
    with caplog.at_level(logging.WARNING, "onoma"):
        Run(resolve(None, plain), tmp_path / "run")
    assert "model.context = 5 has nothing to read: every document of train is one sentence" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING, "onoma"):
        Run(resolve(None, given(tmp_path / "other")), tmp_path / "again")
    assert "has nothing to read" not in caplog.text


def test_a_run_from_before_there_was_context_goes_on(tmp_path) -> None:
    plain = settings(write_corpus(tmp_path / "corpus"), "bert")
    config = resolve(None, plain)
    before = config.as_dict()
    del before["model"]["context"]
    past = {"config": before, "inputs": {}, "circumstances": {}}
    check_past(past, config, {}, {})


def test_a_run_with_context_from_before_there_were_passages_is_told_to_begin_anew(tmp_path) -> None:
    config = resolve(None, given(tmp_path))
    past = {"config": config.as_dict(), "inputs": {}, "circumstances": {"processes": 1}}
    now = circumstances(1, torch.device("cpu"), "fp32")
    with pytest.raises(ConfigError, match="they are read together now, in other batches: start a new run"):
        check_past(past, config, {}, now)
    check_past({**past, "circumstances": now}, config, {}, now)


@pytest.mark.parametrize("model", [{}, {"tasks": "both"}])
def test_cuts_of_like_length_teach_what_one_of_all_sentences_does(tmp_path, monkeypatch, model) -> None:
    config = given(tmp_path, accumulate=1)
    corpus = tmp_path / "corpus" / "train.txt"
    lines = corpus.read_text(encoding="utf-8").replace(" I-", " B-").splitlines()
    words = [line for line in lines if " " in line and "DOCSTART" not in line]
    short, long = "\n\n".join(words[1:40]), "\n".join(words[1:40])
    corpus.write_text(f"-DOCSTART- O\n\n{short}\n\n{long}\n\n{short}\n", encoding="utf-8")
    config["model"]["max_length"] = 512
    if model:
        config["data"]["document_labels"] = "entities"
        config["model"] |= {"id": "joint", "base": "bert", "document_dim": 6, **model}
    learned = Run(resolve(None, config), tmp_path / "run").model
    objective = learned.objective("fp32")
    learned.network.eval()  # no dropout
    found, cuts = [], []
    for most in (4, 1 << 30):
        monkeypatch.setattr(passages, "_MOST_PADDED", most)
        parts, _ = objective._gather_train(np.arange(objective._train.count), 1)
        cuts.append(sum(len(part.cuts) for part in parts))
        learned.network.zero_grad()
        loss = objective.backward(np.arange(objective._train.count), 1)
        gradients = [one.grad.clone() for one in learned.network.parameters() if one.grad is not None]
        found.append((loss, gradients))
    assert cuts[0] > cuts[1]
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for one, other in zip(found[0][1], found[1][1], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)
