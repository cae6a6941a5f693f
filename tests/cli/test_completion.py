"""Shells complete commands, options and values, by the script that ``onoma completion`` prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Onoma

BASH = shutil.which("bash")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with ``onoma`` in it, for PATH."""
    script = tmp_path / "bin" / "onoma"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m onoma "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script.parent


def completed(onoma: Onoma, program: Path, *words: str) -> list[str]:
    """What bash offers after the TAB key, behind these words."""
    script = onoma("completion", "bash").stdout
    asked = [
        script,
        f"COMP_WORDS=({' '.join(map(_quoted, words))}); COMP_CWORD={len(words) - 1}",
        '_onoma_completion onoma; printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    path = f"{program}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(BASH), "--norc", "-c", "\n".join(asked)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


def _quoted(word: str) -> str:
    return f"'{word}'"


@pytest.mark.skipif(BASH is None, reason="no bash is here")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("onoma", "tr"), {"train"}),
        (("onoma", "train", "--prec"), {"--precision"}),
        (("onoma", "train", "--model", "bilstm"), {"bilstm", "bilstm-crf"}),
        (("onoma", "vectors", "tr"), {"train", "trim"}),
        (("onoma", "convert", "a", "b", "--to", "label"), {"label-studio", "label-studio-csv"}),
        (("onoma", "predict", "en", "--to", "p"), {"pretty", "parquet"}),
        (("onoma", "predict", "runs/fi"), set()),  # files are bash's own
    ],
)
def test_bash_completes(onoma: Onoma, program: Path, words: tuple[str, ...], offered: set[str]) -> None:
    assert set(completed(onoma, program, *words)) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_for_us(onoma: Onoma, shell: str) -> None:
    done = onoma("completion", shell)
    assert done.returncode == 0
    assert f"_ONOMA_COMPLETE=complete_{shell}" in done.stdout


def test_another_shell_is_refused(onoma: Onoma) -> None:
    done = onoma("completion", "tcsh")
    assert done.returncode == 2
    assert "tcsh" in done.stderr
    assert done.stdout == ""
