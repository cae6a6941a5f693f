"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Onoma, run_onoma


@pytest.fixture(scope="session")
def onoma() -> Onoma:
    """Runs a command and returns exit code, standard output and standard error."""
    return run_onoma


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was trained briefly on the bundled English corpus."""
    run = tmp_path_factory.mktemp("runs") / "charcnn"
    settings = ["hidden_dim=48", "word_dim=32", "batch_size=8", "learning_rate=0.005"]
    done = run_onoma(
        *(
            "train",
            "--model",
            "charcnn-bilstm-crf",
            "--data",
            "en",
            "--out",
            run,
            "--epochs",
            6,
            "--threads",
            1,
            "--precision",
            "fp32",
        ),
        *(part for setting in settings for part in ("--set", setting)),
    )
    assert done.returncode == 0, done.stderr
    (run / "stderr.txt").write_text(done.stderr, encoding="utf-8")
    (run / "stdout.txt").write_text(done.stdout, encoding="utf-8")
    return run


@pytest.fixture
def without_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export in this process leaves out what takes longest: what both models cost, and most sentences."""
    monkeypatch.setattr("onoma.exports.exporting._with_costs", lambda proof, *_: proof)
    monkeypatch.setattr("onoma.exports.exporting.NUM_SENTENCES", 100)
    monkeypatch.setattr("onoma.exports.exporting._MADE", 40)
