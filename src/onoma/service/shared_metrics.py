"""Figures of several processes as those of one server: by prometheus-client's multiprocess mode.

Each worker writes its figures into files of a folder that all of them read. The files go by the worker's
number, not by its process: one that is started in the place of another goes on counting where that one ended.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The library knows the folder by this only."""


def share(folder: Path, number: int) -> CollectorRegistry:
    """Let this process count for all; called before it has any figure.

    Args:
        folder: of all workers.
        number: of this one.

    Returns:
        What tells the figures of all workers: sums, and each one's ``process_*`` by the label ``worker``.
    """
    os.environ[_FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
    _link(folder, number).symlink_to(str(os.getpid()))  # a link is there whole or not at all
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    registry.register(_Processes(folder))
    return registry


def forget(folder: Path, number: int) -> None:
    """Drop what a worker said of its present, since it has ended; what it counted stays."""
    mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]
    _link(folder, number).unlink(missing_ok=True)


def _link(folder: Path, number: int) -> Path:
    """Return the link whose target is the number of a worker's process."""
    return folder / f"{number}.pid"


class _Processes(Collector):
    """Memory, time and files of each worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def collect(self) -> Iterable[Metric]:
        together: dict[str, Metric] = {}
        for link in sorted(self.folder.glob("*.pid")):
            for metric in _of_process(link):
                whole = together.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                for sample in metric.samples:
                    whole.add_sample(sample.name, {"worker": link.stem}, sample.value)
        return together.values()


def _of_process(link: Path) -> Iterable[Metric]:
    try:
        process = str(link.readlink())
    except FileNotFoundError:
        return []  # has just ended
    return ProcessCollector(pid=lambda: process, registry=None).collect()
