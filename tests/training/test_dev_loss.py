"""The dev loss comes of the pass that tags dev, where it can, and is what a pass of its own would give."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from resuming import settings, write_corpus

from onoma.readers import ReadOptions, read_corpus
from onoma.training.assembly import Assembly
from onoma.training.config import resolve
from onoma.training.events import Epoch
from onoma.training.run import Run


def assemble(folder: Path, rung: str, **model: object) -> Assembly:
    given = settings(write_corpus(folder / "corpus"), rung)
    given["model"] |= model
    options = ReadOptions(document_labels="entities")
    splits = {name: read_corpus(folder / "corpus" / f"{name}.txt", options) for name in ("train", "dev")}
    assembly = Assembly(resolve(None, given), splits, torch.device("cpu"), pretrained=False)
    assembly.network.eval()
    return assembly


@pytest.mark.parametrize("rung", ["lstm", "bilstm-crf", "span", "transformer", "bert"])
def test_it_is_the_loss_of_a_pass_of_its_own(tmp_path, rung) -> None:
    assembly = assemble(tmp_path, rung)
    objective = assembly.objective("fp32")
    seen = objective.watch_dev()
    assert seen is not None
    assert seen.mean is None
    assembly.tagger(with_scores=False).tag(assembly._dev, watch=seen.see)
    assert seen.mean == pytest.approx(objective.dev_loss(lambda: False), rel=1e-5)


def test_sentences_in_windows_and_other_sentences_give_none(tmp_path) -> None:
    assembly = assemble(tmp_path, "lstm", max_length=16)
    seen = assembly.objective("fp32").watch_dev()
    assert seen is not None
    assembly.tagger(with_scores=False).tag(assembly._dev, watch=seen.see)
    assert seen.mean is None
    other = assemble(tmp_path / "other", "lstm")
    seen = other.objective("fp32").watch_dev()
    assert seen is not None
    other.tagger(with_scores=False).tag(other._dev[:3], watch=seen.see)
    assert seen.mean is None


def test_whole_documents_need_a_pass_of_their_own(tmp_path) -> None:
    assert assemble(tmp_path, "joint").objective("fp32").watch_dev() is None


@pytest.mark.parametrize(("window", "passes"), [(256, 1), (16, 2)])
def test_a_run_sends_dev_through_the_network_once_an_epoch(tmp_path, monkeypatch, window, passes) -> None:
    given = settings(write_corpus(tmp_path / "corpus"), "lstm", epochs=2)
    given["model"]["max_length"] = window
    given["training"]["train_sample"] = 0
    run = Run(resolve(None, given), tmp_path / "run")
    network, seen = run.model.network, [0]
    states = network.states

    def counted(inputs):
        if not network.training:
            seen[0] += int(inputs["lengths"].sum())
        return states(inputs)

    monkeypatch.setattr(network, "states", counted)
    num_tokens = run.model.examples["dev"].num_tokens
    counts = []
    for event in run.execute():
        if isinstance(event, Epoch):
            counts.append(seen[0])
            seen[0] = 0
    # Windows overlap.
    assert len(counts) == 2
    assert all((count == num_tokens) if passes == 1 else (count >= 2 * num_tokens) for count in counts)
