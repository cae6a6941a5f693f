"""Several processes that train together, as ``torchrun`` starts them, but forked from one that is ready."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch.distributed as dist
from resuming import Kill, start

SIZE = 2


def run_together(
    target: Callable[..., int],
    arguments: Sequence[Sequence[Any]],
    folder: Path,
    kill: Kill | None = None,
) -> list[tuple[int, str]]:
    """Run ``target`` in a process for each of some lists of arguments.

    Args:
        target: returns the exit code.
        arguments: of each process.
        folder: for what they print.
        kill: where the last process kills itself.

    Returns:
        Of each process its exit code, negative for a signal, and what it printed.
    """
    files = [folder / f"rank{rank}.txt" for rank in range(len(arguments))]
    for file in files:
        file.unlink(missing_ok=True)
    with _store() as port:
        processes = [
            start(
                _as_one_of,
                (rank, len(arguments), port),
                target,
                own,
                stderr=files[rank],
                kill=kill if rank == len(arguments) - 1 else None,
            )
            for rank, own in enumerate(arguments)
        ]
        for process in processes:
            process.join(600)
    assert all(process.exitcode is not None for process in processes), "a process hangs"
    printed = [file.read_text(encoding="utf-8") for file in files]
    return [(int(process.exitcode), text) for process, text in zip(processes, printed, strict=True)]


@contextmanager
def _store() -> Iterator[int]:
    """What ``torchrun`` is in the processes' eyes: a place where they leave words for each other."""
    store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    yield store.port


def _as_one_of(place: tuple[int, int, int], target: Callable[..., int], arguments: Sequence[Any]) -> int:
    rank, size, port = place
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0",
    }
    return target(*arguments)
