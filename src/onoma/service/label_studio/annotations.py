"""Annotated tasks as webhooks bring them: a file that only grows, a line an event, later lines win.

A line is one of

    {"project": "3", "task": {"id": 7, "data": {...}}, "annotation": {"id": 9, "result": [...]}}
    {"project": "3", "deleted": {"annotations": [9], "tasks": [7]}}
    {"project": "3", "configuration": "<View>...</View>"}
    {"trained": 4096}

the last of which says that what stands in the first so many bytes was learned from. A last line that was cut
short by a crash is no line, and taken away when the file is opened.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from onoma.errors import OutputError
from onoma.files import sync_folder
from onoma.files.growing import append_whole, drop_half_line
from onoma.files.locks import claim

Json = dict[str, Any]
_MOST_BYTES = 256 << 20


class StoreFullError(Exception):
    """There is no room for more annotation."""


class Annotations:
    """The file, and what it comes to; any thread may use it.

    Args:
        folder: for the file ``annotations.jsonl``; made if it is not there, and locked.
        most_bytes: that the file may have.

    Raises:
        OutputError: the folder cannot be written, another process is at it, or a line is none of ours.
    """

    def __init__(self, folder: Path, most_bytes: int = _MOST_BYTES) -> None:
        self._lock = claim(folder)
        self.path = folder / "annotations.jsonl"
        self.most_bytes = most_bytes
        self._one = threading.Lock()
        self._configurations: dict[str, str] = {}
        self._annotated: dict[tuple[str, str], set[str]] = {}
        self._fresh: dict[tuple[str, str], int] = {}  # where the line ends
        try:
            self._end = drop_half_line(self.path)
            sync_folder(folder)
            for end, record in self._records(self._end):
                self._count(record, end)
        except OSError as error:
            self._lock.release()
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            self._lock.release()
            raise OutputError(
                f"{self.path}: holds a line that no webhook brought; name another folder"
            ) from None

    @property
    def num_bytes(self) -> int:
        """How far the file goes now."""
        return self._end

    @property
    def num_tasks(self) -> int:
        """Tasks that have an annotation."""
        return len(self._annotated)

    @property
    def num_fresh(self) -> int:
        """Tasks that were annotated, or annotated otherwise, since a model last learned from them."""
        return len(self._fresh)

    def add(self, records: Iterable[Json]) -> None:
        """Append records, whole and synced, or none of them.

        Raises:
            StoreFullError: the file would become too large.
            OSError: they cannot be written.
        """
        with self._one:
            fresh = [record for record in records if not self._is_known(record)]
            lines = [json.dumps(record).encode() + b"\n" for record in fresh]
            end = self._end
            if end + sum(map(len, lines)) > self.most_bytes:
                raise StoreFullError
            self._end = append_whole(self.path, b"".join(lines))
            for line, record in zip(lines, fresh, strict=True):
                end += len(line)
                self._count(record, end)

    def learned(self, num_bytes: int) -> None:
        """Remember that a model learned from what stands in the first so many bytes.

        This process does so even where it cannot be written: it would learn the same again, without end.

        Raises:
            StoreFullError, OSError: see `add`.
        """
        record = {"trained": num_bytes}
        with self._one:
            self._count(record, num_bytes)
        self.add([record])

    def tasks(self, num_bytes: int) -> Iterator[tuple[str, Json]]:
        """Yield (project, task with its annotations), in the order in which they were first annotated.

        Args:
            num_bytes: what stands behind so many is not looked at; see `num_bytes`.
        """
        tasks: dict[tuple[str, str], Json] = {}
        for _, record in self._records(num_bytes):
            project = str(record.get("project"))
            if "annotation" in record:
                place = (project, _key(record["task"]))
                task = tasks.setdefault(place, {"id": record["task"]["id"], "annotations": {}})
                task["data"] = record["task"]["data"]
                if _counts(record["annotation"]):
                    task["annotations"][_key(record["annotation"])] = record["annotation"]
                else:
                    task["annotations"].pop(_key(record["annotation"]), None)
            for one in record.get("deleted", {}).get("annotations", ()):
                for place, task in tasks.items():
                    if place[0] == project:
                        task["annotations"].pop(str(one), None)
            for one in record.get("deleted", {}).get("tasks", ()):
                tasks.pop((project, str(one)), None)
        for (project, _), task in tasks.items():
            if task["annotations"]:
                yield project, {**task, "annotations": list(task["annotations"].values())}

    def configuration(self, project: str) -> str | None:
        """Return the labelling configuration of a project; None where none was ever sent."""
        return self._configurations.get(project)

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.release()

    def _records(self, num_bytes: int) -> Iterator[tuple[int, Json]]:
        """Yield (where its line ends, record)."""
        with self.path.open("rb") as stream:
            while stream.tell() < num_bytes:
                record = json.loads(stream.readline())
                yield stream.tell(), record

    def _is_known(self, record: Json) -> bool:
        return (
            "configuration" in record
            and self._configurations.get(record["project"]) == record["configuration"]
        )

    def _count(self, record: Json, end: int) -> None:
        if "trained" in record:
            self._fresh = {place: at for place, at in self._fresh.items() if at > record["trained"]}
        elif "configuration" in record:
            self._configurations[record["project"]] = record["configuration"]
        elif "annotation" in record:
            place = (record["project"], _key(record["task"]))
            if _counts(record["annotation"]):
                self._annotated.setdefault(place, set()).add(_key(record["annotation"]))
                self._fresh[place] = end
            else:
                self._forget(record["project"], {"annotations": [record["annotation"]["id"]]})
        else:
            self._forget(record["project"], record["deleted"])

    def _forget(self, project: str, deleted: Json) -> None:
        gone = {str(one) for one in deleted.get("annotations", ())}
        tasks = {(project, str(one)) for one in deleted.get("tasks", ())}
        for place, numbers in list(self._annotated.items()):
            if place[0] == project:
                numbers -= gone
            if not numbers or place in tasks:
                del self._annotated[place]
                self._fresh.pop(place, None)


def _counts(annotation: Json) -> bool:
    """Whether an annotation is one: a task that was skipped has a cancelled one."""
    return not annotation.get("was_cancelled")


def _key(thing: Json) -> str:
    return str(thing["id"])
