"""The real command line, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Onoma = Callable[..., "subprocess.CompletedProcess[str]"]


def run_onoma(
    *arguments: object, text: str | bytes = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``onoma`` with standard input ``text``."""
    done = subprocess.run(
        [sys.executable, "-m", "onoma", *(str(argument) for argument in arguments)],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        cwd=cwd,
        check=False,
        timeout=300,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


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
        ),
        *(part for setting in settings for part in ("--set", setting)),
    )
    assert done.returncode == 0, done.stderr
    (run / "stderr.txt").write_text(done.stderr, encoding="utf-8")
    (run / "stdout.txt").write_text(done.stdout, encoding="utf-8")
    return run
