"""A bundled configuration through the real command line, made small."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import onoma as package

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = [*SPECIALS, "john", "smith", "flew", "to", "os", "##lo", "anna", "berg", "."]
SMALL = {"hidden_dim": 16, "piece_dim": 12, "num_layers": 1, "feedforward_dim": 16, "lstm_dim": 8}
PUBLISHED = {
    "model": {"id": "transformer-lstm", "num_heads": 4, "cased": False, "scheme": "BIO", "dropout": 0.1},
    "training": {
        "seed": 12,
        "batch_size": 64,
        "optimizer": "adamw",
        "learning_rate": 3e-4,
        "weight_decay": 0.01,
        "schedule": "constant",
        "warmup": 0.0,
        "clip": 0.0,
        "average": 0.0,
    },
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    sentence = "John B-PER\nSmith I-PER\nflew O\nto O\nOslo B-LOC\n. O\n\nAnna B-PER\nBerg I-PER\n. O\n\n"
    for name in ("train", "dev"):
        (folder / f"{name}.txt").write_text(sentence * 40, encoding="utf-8")
    return folder


def test_hybridner_is_trained_with_pieces_from_a_folder(onoma, data: Path, tmp_path: Path) -> None:
    tokenizer, run = tmp_path / "pieces", tmp_path / "run"
    tokenizer.mkdir()
    (tokenizer / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    small = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]
    done = onoma(
        *("train", "--config", "hybridner", "--data", data, "--out", run, "--epochs", 1, "--threads", 1),
        *("--set", f"tokenizer={tokenizer}", *small),
    )
    assert done.returncode == 0, done.stderr
    stored = tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))
    for table, values in PUBLISHED.items():
        assert {name: stored[table][name] for name in values} == values
    assert {name: stored["model"][name] for name in SMALL} == SMALL
    assert stored["model"]["tokenizer"] == str(tokenizer)
    assert stored["training"]["epochs"] == 1

    # The pieces are in the bundle: the folder is no longer needed.
    (tokenizer / "vocab.txt").unlink()
    tagger = package.load(run)
    assert tagger("JOHN flew to Oslo.").text == "JOHN flew to Oslo."
    assert set(tagger.labels) == {"LOC", "PER"}
    assert tagger.features.num_pieces == len(PIECES)


def test_a_preset_that_there_is_not_is_one_line(onoma, data: Path, tmp_path: Path) -> None:
    done = onoma("train", "--config", "hybridnr", "--data", data, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert done.stderr == "onoma: error: --config: no file or preset 'hybridnr'; did you mean 'hybridner'?\n"
