"""Data that is larger than memory: the same bits as in memory, whatever the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from resuming import outcome, settings, write_corpus

from onoma.runtime.bundle import load_bundle
from onoma.text.stored import StoredDocuments
from onoma.training.config import DataConfig, resolve
from onoma.training.data import draw_share, load_run_data
from onoma.training.events import Stopped
from onoma.training.run import Run

_VARIANTS: dict[str, dict[str, Any]] = {
    "bilstm-crf": {},
    "charcnn-bilstm-crf": {"training": {"case_augmentation": 0.5, "mention_replacement": 0.5}},
    "transformer": {"model": {"class_weights": "inverse", "head": "softmax"}},
    "bert": {"model": {"context": 5, "max_length": 96}},
    "span": {},
    "joint": {},
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four sentences a document."""
    folder = write_corpus(tmp_path_factory.mktemp("home") / "corpus")
    for file in folder.glob("*.txt"):
        sentences = file.read_text(encoding="utf-8").strip().split("\n\n")
        parts = [
            "-DOCSTART- O\n\n" + "\n\n".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4)
        ]
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return folder


def given(corpus: Path, rung: str, **data: Any) -> dict[str, Any]:
    found = settings(corpus, rung, epochs=2)
    for table, values in _VARIANTS[rung].items():
        found[table] |= values
    found["data"] |= data
    return found


def weights(run: Path) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in load_bundle(run / "bundle").tensors.items()}


@pytest.mark.parametrize("rung", _VARIANTS)
def test_where_data_lies_changes_no_bit(corpus: Path, tmp_path: Path, rung: str) -> None:
    for name, memory in (("memory", 1_000), ("disk", 0)):
        run = Run(resolve(None, given(corpus, rung, memory_mb=memory)), tmp_path / name)
        assert isinstance(run.data.splits["train"].documents, StoredDocuments) == (name == "disk")
        assert list(run.execute())
    assert weights(tmp_path / "memory") == weights(tmp_path / "disk")
    assert outcome(tmp_path / "memory") == outcome(tmp_path / "disk")
    ledgers = [json.loads((tmp_path / name / "ledger.json").read_text()) for name in ("memory", "disk")]
    assert ledgers[0] == ledgers[1]
    names = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("memory", "disk")]
    assert names[0] == names[1]


def test_a_run_on_the_disk_goes_on_in_memory(corpus: Path, tmp_path: Path) -> None:
    disk, memory = (resolve(None, given(corpus, "bilstm-crf", memory_mb=size)) for size in (0, 1_000))
    assert list(Run(memory, tmp_path / "whole").execute())
    run = Run(disk, tmp_path / "parts")
    events = []
    for event in run.execute():
        events.append(event)
        if len(events) == 16:
            run.stop()
    assert isinstance(events[-1], Stopped)
    assert list(Run(memory, tmp_path / "parts", resume=True).execute())
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")


def test_held_out_and_drawn_documents_are_the_same_from_the_disk(corpus: Path, tmp_path: Path) -> None:
    found = []
    for memory in (0, 1_000):
        config = DataConfig(train=str(corpus / "train.txt"), train_share=0.5, memory_mb=memory)
        found.append(load_run_data(config, 3, tmp_path))
    disk, memory = (one.splits for one in found)
    assert isinstance(disk["dev"].documents, StoredDocuments)
    for name in ("train", "dev"):
        assert list(disk[name].documents) == list(memory[name].documents)
        assert disk[name].ledger == memory[name].ledger
    assert found[0].reading == found[1].reading
    assert len(draw_share(disk["train"], 0.5, 1).documents) < len(disk["train"].documents)
