"""What is kept of trainings: their files, how each ended, and which run is served instead of the model.

FOLDER/  annotations.jsonl history.jsonl accepted.json
         runs/0001.json       what was annotated, as it was learned from
         runs/0001.log        what the training wrote
         runs/0001/           the run, if it was taken
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
from pathlib import Path
from typing import Any

from onoma.errors import OnomaError
from onoma.files import write_text
from onoma.files.growing import append_whole, drop_half_line
from onoma.runtime.bundle import manifest_hash
from onoma.runtime.loading import find_bundle
from onoma.service.served import Source

log = logging.getLogger("onoma.service")
Json = dict[str, Any]
_ACCEPTED = "accepted.json"
_RUN = re.compile(r"(\d{4,9})(?:\.json|\.log)?")


class History:
    """The trainings of a folder.

    Args:
        folder: of the backend, which is there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "history.jsonl"
        self._runs = folder / "runs"
        self._runs.mkdir(exist_ok=True)
        drop_half_line(self._path)

    def next_number(self) -> int:
        """Return a number that no training has had."""
        numbers = [int(found[1]) for one in self._runs.iterdir() if (found := _RUN.fullmatch(one.name))]
        return max(numbers, default=0) + 1

    def run(self, number: int) -> Path:
        """Where a training's run is."""
        return self._runs / f"{number:04}"

    def annotated_file(self, number: int) -> Path:
        """Where the annotation is that a training learns from."""
        return self._runs / f"{number:04}.json"

    def log_file(self, number: int) -> Path:
        """Where a training writes what happens."""
        return self._runs / f"{number:04}.log"

    def add(self, outcome: Json) -> None:
        """Keep how a training ended.

        Raises:
            OSError: it cannot be written.
        """
        append_whole(self._path, json.dumps(outcome).encode() + b"\n")

    def last(self, number: int) -> list[Json]:
        """Return how the last trainings ended, the latest first; a damaged line is passed over."""
        if not self._path.exists():
            return []
        outcomes: list[Json] = []
        for line in reversed(self._path.read_bytes().splitlines()):
            with contextlib.suppress(ValueError):
                outcomes.append(json.loads(line))
            if len(outcomes) == number:
                break
        return outcomes


def remember_accepted(folder: Path, run: Path, origin: Source) -> None:
    """Store that a run is served in place of a model, for the next start."""
    kept = {"run": str(run.relative_to(folder)), "instead_of": _version(origin)}
    write_text(folder / _ACCEPTED, json.dumps(kept) + "\n")


def accepted_source(folder: Path, origin: Source) -> Source:
    """Return what to serve: the run that was taken in place of this very model, else the model."""
    path = folder / _ACCEPTED
    if not path.exists():
        return origin
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        run = (folder / kept["run"]).resolve()
        if kept["instead_of"] != _version(origin):
            why = "it was taken in place of another model"
        elif not run.is_relative_to(folder.resolve()):
            why = "it lies elsewhere"
        else:
            find_bundle(run)
            log.warning("%s: the run %s is served in its place", origin.name, kept["run"])
            return Source(origin.name, str(run))
    except (OSError, ValueError, KeyError, TypeError, OnomaError) as error:
        why = str(error) or type(error).__name__
    log.warning("%s: the run in %s is not served: %s", origin.name, path, why)
    return origin


def _version(source: Source) -> str:
    return manifest_hash(find_bundle(source.model))
