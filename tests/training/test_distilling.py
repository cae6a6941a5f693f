"""Students in training: lessons between gold batches, and bits that are the same after a kill."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from resuming import KILLED, check_goes_on, finish, settings, train, write_corpus

from onoma.errors import ConfigError, DataError, OutputError
from onoma.readers import ReadOptions, read_documents, write_documents
from onoma.teachers.targets import open_targets
from onoma.tokenize import get_tokenizer
from onoma.training.assembly import Assembly
from onoma.training.config import resolve
from onoma.training.data import load_run_data
from onoma.training.distillation.lessons import load_material
from onoma.training.distillation.objective import DistillingObjective
from onoma.training.distillation.teaching import Lessons, Teaching
from onoma.training.distillation.texts import Texts


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "data")


@pytest.fixture(scope="module")
def targets(corpus: Path) -> Path:
    """Targets of a teacher that names the entities of other sentences, at 0.9."""
    folder = write_corpus(corpus.parent / "others", sentences=60, seed=8)
    theirs = folder / "theirs.jsonl"
    write_documents(theirs, read_documents(folder / "train.txt"), format="spans-jsonl")
    lessons = Lessons(
        (f"predictions:{theirs}",),
        Texts((str(theirs),), ReadOptions(), get_tokenizer("onoma")),
        confidence=0.9,
    )
    place = corpus.parent / "targets"
    for _ in Teaching(lessons, place).execute():
        pass
    return place


def given(corpus: Path, targets: Path, **data: Any) -> dict[str, dict[str, Any]]:
    values = settings(corpus, "bilstm-crf", checkpoint_steps=5)
    values["data"] |= {"targets": str(targets), "targets_share": 0.6, "targets_min_count": 1, **data}
    return values


def objective(corpus: Path, targets: Path, **data: Any) -> DistillingObjective:
    return objective_of(given(corpus, targets, **data))


def objective_of(values: dict[str, dict[str, Any]]) -> DistillingObjective:
    config = resolve(None, values)
    splits = load_run_data(config.data, 13).splits
    material = load_material(config.data)
    made = Assembly(config, splits, torch.device("cpu"), pretrained=False, material=material).objective(
        "fp32"
    )
    assert isinstance(made, DistillingObjective)
    return made


def test_an_epoch_is_gold_and_its_share_of_lessons(corpus: Path, targets: Path) -> None:
    made = objective(corpus, targets)
    first, again, second = made.batches(1), made.batches(1), made.batches(2)
    assert all((one == other).all() for one, other in zip(first, again, strict=True))
    assert len(first) == made.num_batches == 12 + 18
    gold = [batch for batch in first if batch[0] < 48]
    assert sorted(np.concatenate(gold).tolist()) == list(range(48))
    lessons = [np.concatenate([one for one in epoch if one[0] >= 48]) - 48 for epoch in (first, second)]
    assert (lessons[0] < 60).all()
    # 15 batches are a pass: what the first epoch has not come to is in the second.
    assert set(np.concatenate(lessons).tolist()) == set(range(60))
    assert all(made.num_tokens(batch) > 0 for batch in first)


def test_batches_of_lessons_are_as_large_as_their_number_allows(
    corpus: Path, targets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onoma.training.objectives.FEWEST_UPDATES", 5)
    values = given(corpus, targets)
    values["training"]["batch_size"] = 0
    batches = objective_of(values).batches(1)
    assert max(len(one) for one in batches if one[0] < 48) == 48 // 5
    assert max(len(one) for one in batches if one[0] >= 48) == 60 // 5


def test_lessons_are_learned_in_other_cases(corpus: Path, targets: Path) -> None:
    losses = {}
    for share in (0.0, 1.0):
        values = given(corpus, targets, targets_share=1.0)
        values["training"]["case_augmentation"] = share
        made = objective_of(values)
        for epoch in (1, 2):
            torch.manual_seed(1)  # the same dropout
            losses[share, epoch] = made.backward(made.batches(1)[0], epoch)
    assert losses[0.0, 1] == losses[0.0, 2]
    assert len({losses[0.0, 1], losses[1.0, 1], losses[1.0, 2]}) == 3


def test_lessons_alone(corpus: Path, targets: Path) -> None:
    made = objective(corpus, targets, targets_share=1.0)
    assert sorted(np.concatenate(made.batches(1)).tolist()) == list(range(48, 108))


@pytest.mark.parametrize("update", [8, 40, 75])
def test_killed_in_training(corpus: Path, targets: Path, tmp_path: Path, update: int) -> None:
    check_goes_on(given(corpus, targets), tmp_path, update)


def test_changed_targets_are_refused(corpus: Path, targets: Path, tmp_path: Path) -> None:
    values, run, stderr = given(corpus, targets), tmp_path / "run", tmp_path / "stderr"
    at = ("onoma.training.loop:Trainer._update", 20)
    assert finish(train, values, run, False, kill=at) == KILLED
    shard = targets / "shards" / "00000.safetensors"
    before = shard.read_bytes()
    try:
        shard.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert finish(train, values, run, True, stderr=stderr) != 0
        assert "has changed since the run was started" in stderr.read_text()
    finally:
        shard.write_bytes(before)


def test_what_does_not_fit(corpus: Path, targets: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cut by onoma@1"):
        objective(corpus, targets, tokenizer="whitespace")
    with pytest.raises(DataError, match="make it with onoma distill"):
        objective(corpus, tmp_path)
    with pytest.raises(DataError, match="no sentence is left"):
        objective(corpus, targets, targets_confidence=0.95)
    with pytest.raises(ConfigError, match="the teachers find entities of PER"):
        objective(corpus, targets, label_map=["PER=HUMAN"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"shards": 0},
        {"shards": 2},
        {"shards": 1.5},
        {"shards": True},
        {"entities": 3},
        {"entities": {"ELF": 1}},
        {"labels": "PER"},
        {"labels": ["PER", "PER"]},
        {"labels": [["PER"]]},
    ],
    ids=str,
)
def test_records_that_say_what_is_not_there(targets: Path, tmp_path: Path, wrong: dict[str, Any]) -> None:
    copy = shutil.copytree(targets, tmp_path / "copy")
    record = json.loads((copy / "targets.json").read_text())
    (copy / "targets.json").write_text(json.dumps(record | wrong))
    with pytest.raises(DataError, match="damaged"):
        open_targets(copy)


def test_a_record_and_shards_that_are_of_others(targets: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(targets, tmp_path / "copy")
    shutil.copy(copy / "shards" / "00000.safetensors", copy / "shards" / "00001.safetensors")
    with pytest.raises(DataError, match="1 shards, and 2 lie in it"):
        open_targets(copy)
    (copy / "targets.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match="not a record of targets"):
        open_targets(copy)


def test_an_unsure_sentence_is_left_out(corpus: Path, targets: Path) -> None:
    material = load_material(resolve(None, given(corpus, targets, targets_confidence=0.5)).data)
    assert material is not None
    assert len(material.sentences) == 60
    assert len(material.targets.counts) == sum(map(len, material.sentences))


def test_targets_without_an_answer_are_begun_anew(corpus: Path, tmp_path: Path) -> None:
    """As after a text that could not be read, and was mended then."""
    theirs, text = corpus.parent / "others" / "theirs.jsonl", tmp_path / "text.jsonl"
    lines = theirs.read_bytes()
    folder = tmp_path / "targets"

    def ask() -> None:
        lessons = Lessons(
            (f"predictions:{theirs}",), Texts((str(text),), ReadOptions(), get_tokenizer("onoma"))
        )
        for _ in Teaching(lessons, folder).execute():
            pass

    text.write_bytes(lines[: len(lines) // 2] + b"\xff\n")
    with pytest.raises(DataError):
        ask()
    text.write_bytes(lines)
    ask()
    record = json.loads((folder / "targets.json").read_text(encoding="utf-8"))
    (folder / "targets.json").write_text(json.dumps({**record, "finished": False}), encoding="utf-8")
    with pytest.raises(OutputError, match="holds unfinished targets"):
        ask()


def test_shards_and_labels_of_others_are_not_learned(corpus: Path, targets: Path, tmp_path: Path) -> None:
    for name in ("shards", "labels"):
        shutil.copytree(targets, folder := tmp_path / name)
        record = json.loads((folder / "targets.json").read_text(encoding="utf-8"))
        assert open_targets(folder).labels == tuple(record["labels"])
        if name == "labels":
            record["labels"] = record["labels"][::-1]
            (folder / "targets.json").write_text(json.dumps(record), encoding="utf-8")
        else:
            path = folder / "shards" / "00000.safetensors"
            path.write_bytes(path.read_bytes()[:-1] + b"\x07")
        with pytest.raises(DataError, match="its shards are not those that it was made of"):
            open_targets(folder)
        del record["sha256"]  # as one has that was made before
        (folder / "targets.json").write_text(json.dumps(record), encoding="utf-8")
        open_targets(folder)
