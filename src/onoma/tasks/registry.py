"""The tasks there are: found by module name, or registered by other packages."""

from __future__ import annotations

import functools

from onoma.plugins import find_foreign, find_own, merge, pick
from onoma.tasks.base import Task

ENTRY_POINT_GROUP = "onoma.tasks"


@functools.cache
def _tasks() -> dict[str, type[Task]]:
    ours, theirs = (
        [item for item in found if issubclass(item, Task)]
        for found in (find_own("onoma.tasks", "TASK", type), find_foreign(ENTRY_POINT_GROUP, type))
    )
    return dict(sorted(merge(ours, theirs, ENTRY_POINT_GROUP).items()))


def list_tasks() -> tuple[type[Task], ...]:
    """Return all tasks, sorted by name."""
    return tuple(_tasks().values())


def get_task(name: str) -> type[Task]:
    """Return the task called ``name``.

    Raises:
        ConfigError: no such task.
    """
    return pick(_tasks(), name, "task")
