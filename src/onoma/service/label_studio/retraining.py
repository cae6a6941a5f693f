"""Training on what was annotated, in a process beside, and taking the new model over if it is not worse."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from onoma.errors import DataError, OnomaError
from onoma.service.label_studio.annotations import Annotations, StoreFullError
from onoma.service.label_studio.export import KEY, LabelStudio
from onoma.service.label_studio.history import History, remember_accepted
from onoma.service.label_studio.payloads import annotated
from onoma.service.label_studio.settings import Retraining, StudioSettings
from onoma.service.label_studio.training_file import Account, refuse_empty, write_training_file
from onoma.service.problems import ProblemError
from onoma.service.reload import Reloader
from onoma.service.served import ServedModel, Source

log = logging.getLogger("onoma.service")
Json = dict[str, Any]

_PATIENCE = 10.0
"""Seconds that a training has to end in good order when serving does."""
_NICENESS = 10
"""Answers go before trainings."""
TAKEN, REFUSED, FAILED = "taken", "refused", "failed"


class Retrainer:
    """One training at a time; what is annotated meanwhile is for the next.

    Args:
        settings: with a folder and how to train.
        annotations: what there is to learn from.
        model: that is served, and replaced.
        reloader: what replaces it.
        origin: the model as the user named it.
        source: where projects are exported from; None for nowhere: then there is what webhooks brought.
    """

    def __init__(
        self,
        settings: StudioSettings,
        annotations: Annotations,
        model: ServedModel,
        reloader: Reloader,
        origin: Source,
        source: LabelStudio | None = None,
    ) -> None:
        assert settings.retraining is not None
        assert settings.folder is not None
        self.settings, self.how, self.folder = settings, settings.retraining, settings.folder
        self.annotations, self.model, self.reloader, self.source = annotations, model, reloader, source
        self.history = History(self.folder)
        self.current: Json | None = None
        self._origin = origin
        self._wanted: str | None = None
        self._projects: set[str] = set()  # to be exported
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def consider(self, project: str, *, asked: bool) -> bool:
        """Begin a training, or the next one, if it is asked for or enough was annotated; returns whether."""
        enough = bool(self.how.after) and self.annotations.num_fresh >= self.how.after
        if not asked and (not enough or self.current is not None):
            return False
        self._wanted = "asked for" if asked else f"{self.annotations.num_fresh} tasks annotated"
        if asked:
            self._projects.add(project)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        return True

    async def stop(self) -> None:
        """End the training that runs, in good order if it does so soon."""
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while self._wanted is not None:
            why, self._wanted = self._wanted, None
            projects, self._projects = self._projects, set()
            await self._once(why, projects)
            if self._wanted is None and self.how.after and self.annotations.num_fresh >= self.how.after:
                self._wanted = f"{self.annotations.num_fresh} tasks annotated"

    async def _once(self, why: str, projects: set[str]) -> None:
        number = self.history.next_number()
        now: Json = {"number": number, "why": why, "began": _now()}
        self.current = now
        seen = self.annotations.num_bytes
        ended: Json = {}
        try:
            if self.source is not None:
                for project in sorted(projects):
                    await asyncio.to_thread(self._export, self.source, project)
            seen = self.annotations.num_bytes
            account = await asyncio.to_thread(self._write, number, seen)
            now |= account.as_dict()
            ended = await self._train_and_judge(number)
        except OnomaError as error:
            ended = {"outcome": FAILED, "reason": str(error)}
        except asyncio.CancelledError:
            ended = {"outcome": FAILED, "reason": "serving ended"}
            seen = 0  # nothing was learned: it is for the next start
            self._clear(self.history.run(number))
            raise
        except Exception as error:  # whatever it is, serving goes on, and so do trainings
            ended = {"outcome": FAILED, "reason": type(error).__name__}
        finally:
            self._tell(now | ended | {"ended": _now()}, seen)
            self.current = None

    def _tell(self, outcome: Json, seen: int) -> None:
        # A training that failed waits for as much new annotation as one that did not: it would fail again.
        for keep in (partial(self.annotations.learned, seen), partial(self.history.add, outcome)):
            try:
                keep()
            except (OSError, StoreFullError) as error:
                log.error("how a training ended cannot be kept: %s", type(error).__name__)
        # What the training wrote may quote a text, and this log has none.
        reason = outcome["reason"] if "log" not in outcome else f"see {outcome['log']}"
        log.warning("training %d: %s: %s", outcome["number"], outcome["outcome"], reason)

    def _export(self, source: LabelStudio, project: str) -> None:
        """Take over a project's annotation; what is of no use is passed over, as it is of a webhook."""
        known = {
            (of, str(task["id"]), str(one["id"])): one
            for of, task in self.annotations.tasks(self.annotations.num_bytes)
            for one in task["annotations"]
        }
        records = []
        for task in source.annotated_tasks(project):
            for annotation in task.get("annotations") or ():
                with contextlib.suppress(ProblemError, AttributeError):
                    record = annotated(project, task, annotation)
                    place = (project, str(record["task"]["id"]), str(record["annotation"]["id"]))
                    if known.get(place) != record["annotation"]:
                        records.append(record)
        try:
            self.annotations.add(records)
        except (StoreFullError, OSError) as error:
            what = f"the export cannot be kept: {type(error).__name__}"
            raise DataError(what, code="label-studio") from None

    def _write(self, number: int, seen: int) -> Account:
        tasks = list(self.annotations.tasks(seen))
        configurations = {
            project: found
            for project in {project for project, _ in tasks}
            if (found := self.annotations.configuration(project)) is not None
        }
        labels = self.model.description.entity_labels
        path = self.history.annotated_file(number)
        account = write_training_file(path, tasks, configurations, labels, self.settings.label_map)
        refuse_empty(account)
        return account

    async def _train_and_judge(self, number: int) -> Json:
        """Train, and take the new model over if it passed; returns the outcome."""
        run = self.history.run(number)
        code, verdict, last = await self._train(number, run)
        reason = verdict.get("reason", last)
        if code == 0 and verdict:
            if await self.reloader.take(self.model, str(run)):
                remember_accepted(self.folder, run, self._origin)
                return {"outcome": TAKEN, "reason": reason, "verdict": verdict}
            return {"outcome": FAILED, "reason": "the new model cannot be served", "verdict": verdict}
        self._clear(run)
        if code == 1 and verdict:
            return {"outcome": REFUSED, "reason": reason, "verdict": verdict}
        reason = last or f"the training ended with exit code {code}"
        return {"outcome": FAILED, "reason": reason, "log": str(self.history.log_file(number))}

    def _clear(self, run: Path) -> None:
        """Remove what a training that was not taken has left."""
        for folder in (run, run.with_name(f"{run.name}-data")):
            shutil.rmtree(folder, ignore_errors=True)

    async def _train(self, number: int, run: Path) -> tuple[int, Json, str]:
        """Run ``onoma retrain``; returns exit code, verdict, and the last line of what it wrote."""
        written = self.history.log_file(number)
        with written.open("wb") as lines:
            self._process = await asyncio.create_subprocess_exec(
                *_command(self.model.source.model, self.history.annotated_file(number), run, self.how),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=lines,
                env={name: value for name, value in os.environ.items() if name != KEY},
                start_new_session=True,  # Ctrl-C is for the server, which ends it
            )
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICENESS)
        try:
            out, _ = await self._process.communicate()
        except asyncio.CancelledError:
            await _end(self._process)
            raise
        try:
            verdict = json.loads(out)
        except ValueError:
            verdict = {}
        tail = written.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = tail[-1].removeprefix("onoma: error: ") if tail else ""
        return self._process.returncode or 0, verdict if isinstance(verdict, dict) else {}, last


def _command(model: str, annotated: Path, run: Path, how: Retraining) -> list[str]:
    parts = [sys.executable, "-P", "-m", "onoma", "retrain", model, str(annotated)]
    parts += ["--data", how.data, "--out", str(run), "--margin", str(how.margin), "--json", "--quiet"]
    # A region that fits no text, because the task was edited since, must not end all trainings to come.
    parts += ["--on-error", "skip"]
    if how.init_from is not None:
        parts += ["--init-from", how.init_from]
    for setting in how.settings:
        parts += ["--set", setting]
    return parts


async def _end(process: asyncio.subprocess.Process) -> None:
    for end in (process.terminate, process.kill):
        with contextlib.suppress(ProcessLookupError):
            end()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _PATIENCE)
            return


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
