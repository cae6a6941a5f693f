"""Where training computes, with how many threads and in which number format."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

import torch

from onoma.errors import ConfigError
from onoma.training.config import TrainingConfig


def pick_device(config: TrainingConfig) -> torch.device:
    """Return the device that the configuration names; ``auto`` takes a GPU when there is one.

    Raises:
        ConfigError: the device does not exist here.
    """
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(config.device)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"training.device: '{config.device}' cannot be used here: {error}") from None
    return device


def set_threads(config: TrainingConfig) -> int:
    """Set the number of threads of torch and return it."""
    threads = config.threads or os.cpu_count() or 1
    torch.set_num_threads(threads)
    return threads


def pick_precision(config: TrainingConfig, device: torch.device) -> str:
    """Return ``bf16`` or ``fp32``; ``auto`` asks the hardware.

    bf16 without hardware support works and is slow, so it is only chosen when asked for.
    """
    if config.precision != "auto":
        return config.precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    capabilities = torch.cpu.get_capabilities()
    return "bf16" if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") else "fp32"


def autocast(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return the context in which the forward pass of training runs."""
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
