"""What a network learns and puts out: one task a file, each with its options, head, decoder and scores."""

from onoma.tasks.base import Arrays, DocumentTask, EntityTask, Task
from onoma.tasks.registry import get_task, list_tasks

__all__ = ["Arrays", "DocumentTask", "EntityTask", "Task", "get_task", "list_tasks"]
