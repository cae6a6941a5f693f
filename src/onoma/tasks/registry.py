"""The tasks there are: found by module name, or registered by other packages."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import pkgutil

from onoma.errors import ConfigError, did_you_mean
from onoma.tasks.base import Task

ENTRY_POINT_GROUP = "onoma.tasks"


@functools.cache
def _tasks() -> dict[str, type[Task]]:
    package = importlib.import_module("onoma.tasks")
    found: list[object] = [
        getattr(importlib.import_module(f"onoma.tasks.{module.name}"), "TASK", None)
        for module in pkgutil.iter_modules(package.__path__)
    ]
    found += [entry.load() for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)]
    tasks = [item for item in found if isinstance(item, type) and issubclass(item, Task)]
    return {item.name: item for item in sorted(tasks, key=lambda item: item.name)}


def list_tasks() -> tuple[type[Task], ...]:
    """Return all tasks, sorted by name."""
    return tuple(_tasks().values())


def get_task(name: str) -> type[Task]:
    """Return the task called ``name``.

    Raises:
        ConfigError: no such task.
    """
    tasks = _tasks()
    if name not in tasks:
        raise ConfigError(f"unknown task '{name}'{did_you_mean(name, tasks)}")
    return tasks[name]
