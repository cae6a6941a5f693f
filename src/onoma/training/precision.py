"""Where training computes, with how many threads and in which number format."""

from __future__ import annotations

import os

import torch

from onoma.errors import ConfigError
from onoma.runtime.precision import Precision, choose_precision
from onoma.training.config import TrainingConfig
from onoma.training.processes.world import World


def pick_device(config: TrainingConfig, world: World | None = None) -> torch.device:
    """Return the device that the configuration names; ``auto`` takes a GPU when there is one.

    Of several processes on a machine each has a GPU of its own, the one of its number.

    Raises:
        ConfigError: the device does not exist here, or not for each process.
    """
    if config.device == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    else:
        name = config.device
    if world is not None and world.size > 1 and name.startswith("cuda"):
        return _own_gpu(name, world)
    if config.device == "auto":
        return torch.device(name)
    try:
        device = torch.device(config.device)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"training.device: '{config.device}' cannot be used here: {error}") from None
    return device


def _own_gpu(name: str, world: World) -> torch.device:
    count = torch.cuda.device_count()
    if ":" in name or world.local_rank >= count:
        why = "each process has a GPU of its own" if ":" in name else f"there are {count} GPUs"
        raise ConfigError(
            f"training.device: '{name}' is not for {world.local_size} processes on a machine: {why}; "
            "start as many processes as there are GPUs, or give --device cpu"
        )
    return torch.device("cuda", world.local_rank)


def set_threads(config: TrainingConfig, world: World | None = None) -> int:
    """Set the number of threads of torch and return it; processes on one machine share its cores."""
    sharing = world.local_size if world else 1
    threads = config.threads or max(1, (os.cpu_count() or 1) // sharing)
    torch.set_num_threads(threads)
    return threads


def check_precision(config: TrainingConfig, device: torch.device) -> None:
    """Refuse a number format that the device does not train in.

    Raises:
        ConfigError: half precision on a processor, which has bf16 for it, or nothing.
    """
    if config.precision == "fp16" and device.type != "cuda":
        raise ConfigError("training.precision: fp16 is for GPUs; give bf16, fp32 or auto")


def pick_precision(config: TrainingConfig, device: torch.device) -> Precision:
    """Return the precision to train in.

    Raises:
        ConfigError: see `check_precision`.
    """
    check_precision(config, device)
    return choose_precision(config.precision, device)
