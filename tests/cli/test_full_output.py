"""A disk that is full, wherever it is met: one line and exit code 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from failing_disk import small_disk

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["models"], ["models", "lstm"], ["formats", "--json"]])
def test_standard_output(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "onoma", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "onoma: error: cannot write: No space left on device\n"


@pytest.mark.parametrize("to", ["jsonl", "html"])
def test_predictions(onoma, trained: Path, tmp_path: Path, to: str) -> None:
    with small_disk(tmp_path / "disk", 64 * 1024) as disk:
        out = disk / "out"
        out.write_text("old")
        done = onoma(
            "predict", trained, "-", "--to", to, "--out", out, text="John met Anna in Paris.\n" * 2000
        )
        assert done.returncode == 2
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("onoma: error:")]
        assert str(out) in line
        assert "No space left on device" in line
        assert "Traceback" not in done.stderr
        assert out.read_text() == "old"
        assert list(disk.iterdir()) == [out]
