"""Joining the other processes that ``torchrun`` has started, and leaving them again.

Without ``torchrun`` nothing of ``torch.distributed`` is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from onoma.errors import ConfigError
from onoma.training.processes.world import World

MINUTES = "ONOMA_PROCESSES_MINUTES"
"""Environment variable: after so many minutes without a word of the others a process gives up."""

_MINUTES = 60.0
"""Unless told. The others wait while the first one scores dev and test, which can be long; that a process has
ended they see at once."""

_joined: list[World] = []
"""The world that this process is in, at most one: ``torch.distributed`` knows no second one either."""


def started_together() -> bool:
    """Whether ``torchrun`` has started this process as one of several."""
    # All three: some clusters give every container a rank, whatever runs in it.
    return {"RANK", "LOCAL_RANK"} <= os.environ.keys() and os.environ.get("WORLD_SIZE", "1") != "1"


@contextmanager
def joined() -> Iterator[World]:
    """Be one of the processes that were started together while the block runs, or alone if there are none.

    Within another such block it is that one's world.

    Raises:
        ConfigError: the environment does not say which process this is.
        ProcessError: the others cannot be reached.
    """
    if _joined or not started_together():
        yield _joined[0] if _joined else World()
        return
    _joined.append(_join())
    try:
        yield _joined[0]
        # After an error there is no farewell: the others see by the closed connection that it is over.
        _leave()
    finally:
        _joined.clear()


def is_first_to_fail() -> bool:
    """Whether no other of the processes has failed before this one; asked once, by one that fails.

    Where the others cannot be asked any more each is the first.
    """
    import torch.distributed as dist

    with suppress(Exception):
        return int(dist.distributed_c10d._get_default_store().add("onoma-failed", 1)) == 1
    return True


def _join() -> World:
    import torch
    import torch.distributed as dist

    from onoma.training.processes.group import Group, in_touch

    local_rank, local_size = _number("LOCAL_RANK"), _number("LOCAL_WORLD_SIZE", 1)
    for name in ("RANK", "WORLD_SIZE", "MASTER_PORT"):
        _number(name)
    on_gpus = torch.cuda.is_available() and dist.is_nccl_available()
    if on_gpus and local_rank < torch.cuda.device_count():
        torch.cuda.set_device(local_rank)
    with in_touch():
        dist.init_process_group(
            # What is said in words, and in numbers that are not of the network, goes by gloo in any case.
            "cpu:gloo,cuda:nccl" if on_gpus else "gloo",
            timeout=timedelta(minutes=_minutes()),
        )
    return Group(local_rank, local_size)


def _leave() -> None:
    import torch.distributed as dist

    # One that fails now says so itself.
    with suppress(RuntimeError):
        dist.barrier()
    dist.destroy_process_group()


def _number(name: str, default: int | None = None) -> int:
    try:
        return int(os.environ.get(name, default))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ConfigError(
            f"{name} is {os.environ.get(name, 'not set')!r}: several processes are started by torchrun"
        ) from None


def _minutes() -> float:
    given = os.environ.get(MINUTES, "")
    try:
        minutes = float(given or _MINUTES)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < 1e6:
        raise ConfigError(f"{MINUTES} is {given!r}: it takes a number of minutes")
    return minutes
