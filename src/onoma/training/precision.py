"""Where training computes, with how many threads and in which number format."""

from __future__ import annotations

import os

import torch

from onoma.errors import ConfigError
from onoma.runtime.precision import Precision, choose_precision
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


def pick_precision(config: TrainingConfig, device: torch.device) -> Precision:
    """Return the precision to train in."""
    return choose_precision(config.precision, device)
