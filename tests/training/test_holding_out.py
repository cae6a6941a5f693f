"""Both parts of what is held out hold entities, wherever entities are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import onoma
from onoma.errors import DataError
from onoma.teachers.targets import open_targets, read_record, write_record
from onoma.training.config import DataConfig
from onoma.training.data import load_run_data
from onoma.training.distillation import texts
from onoma.training.distillation.making import hold_out
from onoma.training.holding_out import redrawn

RULES = "[[words]]\nname = 'cities'\nlist = ['Paris', 'Rome', 'Oslo']\nlabel = 'LOC'\n"


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
@pytest.mark.parametrize("documents", [2, 3, 20, 101])
def test_whoever_has_entities_both_parts_get_some(documents: int, share: float) -> None:
    numbers = np.random.default_rng(1)
    size = min(documents - 1, max(1, round(share * documents)))
    for total in range(documents + 1):
        held, named = np.zeros((2, documents), np.bool_)
        held[numbers.choice(documents, size, replace=False)] = True
        named[numbers.choice(documents, total, replace=False)] = True
        drawn = redrawn(held, named)
        if total < 2:
            assert drawn is None
        elif drawn is None:
            assert 0 < (held & named).sum() < total
        else:
            assert drawn.sum() == size
            assert 0 < (drawn & named).sum() < total


def raw(folder: Path, names: dict[int, str], documents: int = 100) -> Path:
    """Text of a document a line, of which few have a name."""
    lines = [f"Nobody went to {names.get(number, 'town')} today." for number in range(documents)]
    (folder / "raw.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    return folder / "raw.txt"


def entities_of(path: Path) -> int:
    return sum(len(json.loads(line)["entities"]) for line in path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    "names",
    [{3: "Paris", 50: "Rome", 70: "Oslo"}, {19: "Paris", 39: "Rome"}],
    ids=["none drawn", "all drawn"],
)
def test_a_training_takes_what_weak_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: dict[int, str]
) -> None:
    monkeypatch.setattr(texts, "SHARD_TOKENS", 150)
    silver = tmp_path / "silver"
    made = onoma.weak(tmp_path / "rules.toml", raw(tmp_path, names), silver, merge="majority", threads=1)
    assert made.record["held_out_documents"] == 5
    assert made.record["shards"] > 2
    assert entities_of(silver / "train.jsonl") > 0 < entities_of(silver / "dev.jsonl")
    assert entities_of(silver / "train.jsonl") + entities_of(silver / "dev.jsonl") == len(names)
    assert sum(sum(shard.held_out) for shard in open_targets(silver).shards()) == 5
    run = onoma.train(
        "bilstm-crf",
        str(silver),
        str(tmp_path / "run"),
        epochs=1,
        threads=1,
        model_options={"hidden_dim": 4, "word_dim": 4},
        data_options={"targets": str(silver), "targets_share": 1.0},
    )
    assert len(run.history) == 1


def test_killed_while_another_part_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "SHARD_TOKENS", 150)
    silver, place = tmp_path / "silver", raw(tmp_path, {3: "Paris", 50: "Rome", 70: "Oslo"})
    how = {"merge": "majority", "threads": 1}
    onoma.weak(tmp_path / "rules.toml", place, silver, **how)
    whole = {str(path): path.read_bytes() for path in silver.rglob("*.*") if path.is_file()}
    flags = np.concatenate([shard.held_out for shard in open_targets(silver).shards()]).astype(np.bool_)
    flags[:10] = False  # as by number alone, in a shard that was not reached
    hold_out(open_targets(silver), flags)
    write_record(silver, {**(read_record(silver) or {}), "finished": False})
    onoma.weak(tmp_path / "rules.toml", place, silver, **how, resume=True)
    assert {str(path): path.read_bytes() for path in silver.rglob("*.*") if path.is_file()} == whole


def test_one_document_with_entities_is_too_few_to_hold_any_out(tmp_path: Path) -> None:
    place = raw(tmp_path, {19: "Paris"})
    with pytest.raises(DataError, match=r"in one document alone.*--held-out 0"):
        onoma.weak(tmp_path / "rules.toml", place, tmp_path / "silver", merge="majority", threads=1)
    made = onoma.weak(
        tmp_path / "rules.toml", place, tmp_path / "all", merge="majority", threads=1, held_out=0
    )
    assert made.record["entities"] == {"LOC": 1}


@pytest.mark.parametrize("seed", range(5))
def test_a_run_without_a_dev_file_is_measured_by_entities(tmp_path: Path, seed: int) -> None:
    lines = [{"text": "Nobody went to Paris today.", "entities": []} for _ in range(40)]
    for number in (7, 8):
        lines[number]["entities"] = [{"start": 15, "end": 20, "label": "LOC"}]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    data = load_run_data(DataConfig(train=str(tmp_path / "train.jsonl")), seed)
    assert [data.splits[name].num_entities for name in ("train", "dev")] == [1, 1]
    assert len(data.splits["dev"].documents) == 4
