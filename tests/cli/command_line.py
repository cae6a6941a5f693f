"""The real command line, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Onoma = Callable[..., "subprocess.CompletedProcess[str]"]


def run_onoma(
    *arguments: object, text: str | bytes = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``onoma`` with standard input ``text``, however long it takes: the machine may be busy."""
    done = subprocess.run(
        [sys.executable, "-m", "onoma", *(str(argument) for argument in arguments)],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        cwd=cwd,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
