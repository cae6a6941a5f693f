"""The command line as one of several processes that ``torchrun`` started: the first one speaks for all.

What one says all would: they read the same files and see the same events. So the others are silent, whatever
it is that would print. A failure is told once, by the process that fails first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from onoma.errors import ConfigError, StoppedError
from onoma.extras import require
from onoma.training.processes.joining import is_first_to_fail, joined, started_together

_TOGETHER = ("train", "pretrain")
"""Commands that several processes do together."""
_EXIT_FAILED = 2


@contextmanager
def one_voice(arguments: Sequence[str]) -> Iterator[None]:
    """Run a command together with the other processes, if there are any.

    Args:
        arguments: the command line.

    Raises:
        ConfigError: the command is one that a process does by itself.
        SystemExit: the command failed, and another process says why.
    """
    if not started_together():
        yield
        return
    first = os.environ["RANK"] == "0"
    if not arguments or arguments[0] not in _TOGETHER:
        if not first:
            raise SystemExit(_EXIT_FAILED)
        raise ConfigError(_refusal(arguments[0] if arguments else ""))
    require("train")
    with _silence(not first), joined():
        try:
            yield
        except BaseException as error:
            asked_for = isinstance(error, StoppedError | KeyboardInterrupt | SystemExit)
            if first if asked_for else is_first_to_fail():
                raise
            raise SystemExit(_EXIT_FAILED) from None


def _refusal(command: str) -> str:
    hint = (
        ": make the targets first, then train on them with --set targets=DIR" if command == "distill" else ""
    )
    together = " and ".join(f"onoma {name}" for name in _TOGETHER)
    return f"torchrun is for {together}; 'onoma {command}' is done by one process{hint}"


@contextmanager
def _silence(wanted: bool) -> Iterator[None]:
    """Let nothing be seen of what is printed in the block, whoever prints it."""
    if not wanted:
        yield
        return
    streams = [stream for stream in (sys.stdout, sys.stderr) if stream is not None]
    kept = [os.dup(number) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    try:
        yield
    finally:
        for stream in streams:
            stream.flush()
        for number, own in zip((1, 2), kept, strict=True):
            os.dup2(own, number)
            os.close(own)
        os.close(nowhere)
