"""The real command line, in a process of its own.

Processes are forked from one that has imported what is slow to import: each is as new as one that was
started, and begins at once.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Onoma = Callable[..., "subprocess.CompletedProcess[str]"]

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["torch", "onoma.cli.main", "onoma.nn.network", "onoma.training.config"])


def run_onoma(
    *arguments: object, text: str | bytes = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``onoma`` with standard input ``text``, however long it takes: the machine may be busy."""
    given = [str(argument) for argument in arguments]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("in", "out", "err")]
        files[0].write_bytes(text.encode() if isinstance(text, str) else text)
        place = Path.cwd() if cwd is None else cwd
        process = _FORKING.Process(target=_run, args=(given, files, place, dict(os.environ)))
        process.start()
        process.join()
        out, err = (file.read_bytes().decode() for file in files[1:])
    assert process.exitcode is not None
    return subprocess.CompletedProcess(given, process.exitcode, out, err)


def _run(arguments: list[str], files: list[Path], cwd: Path, environment: dict[str, str]) -> None:
    """Be ``python -m onoma`` with these arguments, in a process that was just forked."""
    for number, file in enumerate(files):
        opened = os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["onoma", *arguments]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the process's own
    from onoma.cli.main import main

    sys.exit(main())
