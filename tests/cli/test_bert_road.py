"""A pretrained encoder through the real command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tiny_encoders import write_encoder


def test_an_encoder_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "onoma", "train", "--model", "bert", "--data", "en", "--quiet"]
    done = subprocess.run(
        [*command, "--set", "encoder=some/one", "--out", tmp_path / "run"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
    )
    assert done.returncode == 2
    assert done.stderr.startswith("onoma: error: some/one: cannot be had from the Hub")
    assert "nor is there a folder of that name" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (tmp_path / "run").exists()


def test_trained_from_a_folder_and_used_without_it(onoma, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    sentence = "John B-PER\nSmith I-PER\nflew O\nto O\nOslo B-LOC\n. O\n\n"
    for name in ("train", "dev"):
        (data / f"{name}.txt").write_text(sentence * 8, encoding="utf-8")
    encoder = write_encoder(tmp_path / "tiny")
    done = onoma(
        *("train", "--model", "bert", "--data", data, "--out", tmp_path / "run", "--epochs", 2),
        *("--threads", 1, "--set", f"encoder={encoder}", "--set", "casing_dim=4", "--head", "crf"),
    )
    assert done.returncode == 0, done.stderr
    assert "bert encoder with 2 layers: 37 weights read; left out: pooler.dense\n" in done.stderr
    assert f'encoder = "{encoder}"' in (tmp_path / "run" / "config.toml").read_text(encoding="utf-8")
    shutil.rmtree(encoder)
    predicted = onoma("predict", tmp_path / "run", "-", "--to", "jsonl", text="John flew to Oslo.")
    assert predicted.returncode == 0, predicted.stderr
    assert predicted.stderr == ""
    assert '"text": "John flew to Oslo."' in predicted.stdout
