"""The command line killed with SIGKILL, after a time or at the n-th change that it makes to the disk."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

LAUNCH = """
import os, signal, sys
at, tell, seen = int(sys.argv[1]), sys.argv[2], 0
watched = sys.argv[3]
CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"}
def hook(event, arguments):
    global seen
    if event == "open":
        path, mode, flags = arguments
        if not isinstance(path, str) or not flags & (os.O_WRONLY | os.O_RDWR):
            return
    elif event not in CHANGES:
        return
    if not str(arguments[0]).startswith(watched):
        return
    seen += 1
    if seen == at:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
from onoma.cli.main import main
code = main(sys.argv[4:])
with open(tell, "w") as file:
    file.write(str(seen))
sys.exit(code)
"""
"""Counts what is opened for writing, renamed, made or removed below a folder.

What is written by code that is not Python's (weights, databases) is not seen.
"""


def count_changes(words: list[str], watched: Path, tell: Path) -> int:
    """Run a command to its end and return how many changes it made below ``watched``."""
    done = _launch(0, tell, watched, words)
    assert done.returncode == 0, done.stderr
    return int(tell.read_text())


def kill_at_change(words: list[str], watched: Path, number: int) -> bool:
    """Kill a command right before its n-th change below ``watched``; False where it ended before."""
    done = _launch(number, watched.parent / "tell", watched, words)
    return done.returncode == -signal.SIGKILL


def kill_after(words: list[str], seconds: float) -> bool:
    """Kill a command after so many seconds; False where it ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "onoma", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def _launch(number: int, tell: Path, watched: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LAUNCH, str(number), str(tell), str(watched), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
