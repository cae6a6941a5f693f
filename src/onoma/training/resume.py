"""What a resumed run has in common with the run it goes on with: settings, data, at best versions too."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

import onoma
from onoma.errors import ConfigError, DataError, ModelError
from onoma.resources import portable_path
from onoma.training.agreement import check_agreement
from onoma.training.config import RunConfig, as_begun, resolve

_LOG = logging.getLogger(__name__)


def check_past(
    past: Mapping[str, Any],
    config: RunConfig,
    inputs: Mapping[str, str],
    circumstances: Mapping[str, Any],
) -> None:
    """Compare what a checkpoint knows of its run with what is to go on.

    Args:
        past: ``config``, ``inputs`` and ``circumstances`` of the run.
        config: the present configuration.
        inputs: present fingerprints, from `onoma.training.fingerprints.fingerprint_inputs`.
        circumstances: present ones; of those that changed it is logged that bit-identity is not promised.

    Raises:
        ConfigError: a setting differs, or a model with context began before there were passages.
        DataError: a file's content differs.
    """
    began = resolve(None, as_begun(checked_part(past, "config")))  # settings that are newer have defaults
    check_agreement(began.as_dict(), config.as_dict())
    check_inputs(checked_part(past, "inputs"), inputs)
    before = {"processes": 1, **checked_part(past, "circumstances")}
    if getattr(config.model, "context", 0) and not before.get(_PASSAGES):
        raise ConfigError(
            "the run was begun when each sentence was read with its context anew; they are read together "
            "now, in other batches: start a new run"
        )
    circumstances = {name: value for name, value in circumstances.items() if name != _PASSAGES}
    if warn_of_processes(before["processes"], circumstances.get("processes", 1)):
        circumstances = {name: value for name, value in circumstances.items() if name not in _OF_PROCESSES}
    for name, value in circumstances.items():
        if before.get(name) != value:
            _LOG.warning(
                f"warning: {name} was {before.get(name)} and is now {value}: the weights may differ in their "
                "last bits from those of a run that was never interrupted"
            )


def check_inputs(run: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse files whose content is no longer what the run was started with.

    Raises:
        DataError: names the first file that differs.
    """
    begun = {portable_path(path): digest for path, digest in run.items()}  # older runs have places
    for path, digest in now.items():
        if begun.get(path, digest) != digest:  # older runs know fewer kinds of input
            raise DataError(
                "its content has changed since the run was started; bring the old one back, "
                "or start a new run",
                code="changed-data",
                path=path,
            )


_PASSAGES = "passages"
"""What a run that knows of passages says; see `onoma.features.context`."""
_OF_PROCESSES = ("processes", "threads", "OMP_NUM_THREADS")
"""What goes with the number of processes."""


def warn_of_processes(then: object, now: object) -> bool:
    """Log, and return, whether there are more or fewer processes now than before a run was interrupted."""
    if then == now:
        return False
    before, after = ("one process" if count == 1 else f"{count} processes" for count in (then, now))
    _LOG.warning(
        f"warning: the run was trained by {before} and goes on with {after}: it will end in other weights "
        "than one that was never interrupted"
    )
    return True


def circumstances(
    threads: int, device: torch.device, precision: str, processes: int = 1
) -> dict[str, str | int]:
    """Return what the last bits of the weights depend on besides settings and data."""
    return {
        "onoma": onoma.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "cpu capability": torch.backends.cpu.get_cpu_capability(),
        "processes": processes,
        "threads": threads,
        "device": device.type,
        "precision": precision,
        _PASSAGES: True,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "unset"),
    }


def checked_part(saved: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a table of a checkpoint.

    Raises:
        ModelError: there is none of that name.
    """
    part = saved.get(name)
    if not isinstance(part, dict):
        raise ModelError(f"the checkpoint holds no '{name}'")
    return part
