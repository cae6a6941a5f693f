"""Training with document context: what is read, told, measured, stored, and gone on with."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from resuming import settings, write_corpus

from onoma.runtime.bundle import load_bundle
from onoma.runtime.loading import load
from onoma.training.config import resolve
from onoma.training.events import Epoch, Stopped
from onoma.training.resume import check_past
from onoma.training.run import Run

CONTEXT = {"context": 5, "max_length": 96}


def documented(folder: Path) -> Path:
    """The made-up corpus, four sentences a document."""
    write_corpus(folder)
    for file in folder.glob("*.txt"):
        sentences = file.read_text(encoding="utf-8").strip().split("\n\n")
        places = range(0, len(sentences), 4)
        parts = ["-DOCSTART- O\n\n" + "\n\n".join(sentences[first : first + 4]) for first in places]
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return folder


def given(folder: Path, **training: Any) -> dict[str, Any]:
    found = settings(documented(folder / "corpus"), "bert", epochs=2, **training)
    found["model"] |= CONTEXT
    return found


def weights(folder: Path) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in load_bundle(folder / "bundle").tensors.items()}


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path) -> None:
    config = resolve(None, given(tmp_path))
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


def test_the_dev_loss_is_that_of_sentences_in_their_documents(tmp_path) -> None:
    run = Run(resolve(None, given(tmp_path)), tmp_path / "run")
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
