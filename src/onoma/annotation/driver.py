"""The driver: plans, locks the folder, lets an engine do what is missing, and keeps the ledger."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from onoma.annotation.engine import Run
from onoma.annotation.events import AnnotationEnded, Planned, ShardDone
from onoma.annotation.folders import PARTS, Folder, Place, open_folder
from onoma.annotation.inputs import find_inputs
from onoma.annotation.ledger import Ledger, Totals, total
from onoma.annotation.plan import digest, make_shards
from onoma.annotation.planned import check_same, read_plan, write_plan
from onoma.annotation.refused import write_refused
from onoma.annotation.settings import SHARD_MB, Settings
from onoma.annotation.worker import part_name
from onoma.errors import ConfigError, OnomaError, OutputError
from onoma.readers.remote import is_remote

STATUS, TOTALS = "status.json", "totals.json"
_STATUS_SECONDS = 2.0


class Annotation:
    """One annotation in its folder. Making it plans and locks the folder, `execute` does the work.

    Args:
        settings: how to annotate.
        paths: files and folders.
        folder: for everything; new or empty, or with ``resume`` one that was begun.
        run: runs the workers, as an engine does.
        workers: how many; 0 for one a core.
        resume: go on with what is there.
        shard_mb: size of a shard, in 2 ** 20 bytes of input.

    Raises:
        DataError: an input cannot be read.
        OutputError: the folder is in use, is not empty, or cannot be written.
        ConfigError: the folder lies within an input; with ``resume``: model, inputs or options are others
            than those it was begun with.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Sequence[str],
        folder: Place,
        run: Run,
        *,
        workers: int = 0,
        resume: bool = False,
        shard_mb: float = SHARD_MB,
    ) -> None:
        self.folder = open_folder(folder)
        self._settings = settings
        self._run = run
        self._workers = workers
        _check_apart(self.folder, paths)
        inputs = find_inputs(paths, settings.reading)
        self._num_files = len(inputs)
        self._shards = make_shards(inputs, settings.reading, max(1, int(shard_mb * (1 << 20))))
        plan = {
            **settings.as_planned(),
            "shard_mb": shard_mb,
            "inputs": [[one.path, one.size, one.modified, one.format] for one in inputs],
            "shards": len(self._shards),
            "sha256": digest(self._shards),
        }
        self._lock = self.folder.claim(partial(_check_folder, self.folder, plan, resume=resume))
        try:
            self.folder.tidy()
            write_plan(self.folder, plan)
            self._ledger = Ledger(self.folder)
        except BaseException:
            self.close()
            raise

    def stop(self) -> bool:
        """Nothing needs to be finished: what is done is in the ledger."""
        return False

    def close(self) -> None:
        """Let the folder go."""
        self._lock.release()

    def execute(self) -> Generator[Planned | ShardDone | AnnotationEnded, None, None]:
        """Do what is missing; yields what happens, last the result.

        Raises:
            OnomaError: what a worker says is wrong; what is done stays done.
        """
        try:
            yield from self._work()
        finally:
            self.close()

    def _work(self) -> Iterator[Planned | ShardDone | AnnotationEnded]:
        began = time.perf_counter()
        missing = [shard for shard in self._shards if shard.number not in self._ledger.done]
        totals = total(self._ledger.records())
        yield Planned(self._num_files, len(self._shards), totals.shards)
        before = totals.tokens
        sizes = {shard.number: shard.size for shard in self._shards}
        whole = sum(sizes.values()) or 1
        done = whole - sum(shard.size for shard in missing) if missing else whole
        told = -_STATUS_SECONDS
        first = done
        self._tell("running", totals, done / whole, 0.0, None)
        if missing:
            with (
                self._told_if_failed(totals),
                closing(self._run(self._settings, self.folder.place, missing, self._workers)) as records,
            ):
                for record in records:
                    self._ledger.append(record)
                    totals.add(record)
                    done += sizes[record.shard]
                    seconds = time.perf_counter() - began
                    rate = (totals.tokens - before) / seconds
                    if seconds - told >= _STATUS_SECONDS:
                        told = seconds
                        left = seconds * (whole - done) / max(1, done - first)
                        self._tell("running", totals, done / whole, rate, left)
                    refused = totals.refused.total()
                    yield ShardDone(
                        totals.shards, len(self._shards), done / whole, totals.documents, refused, rate
                    )
        yield self._finish(time.perf_counter() - began, before)

    @contextmanager
    def _told_if_failed(self, totals: Totals) -> Iterator[None]:
        """Say in the status that it has ended, by a fault or a stop: who waits for the end reads that."""
        try:
            yield
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt | GeneratorExit)
            with suppress(OnomaError):  # the very disk may be the fault
                self._tell("stopped" if stopped else "failed", totals, self._share(), 0.0, None)
            raise

    def _share(self) -> float:
        sizes = {shard.number: shard.size for shard in self._shards}
        return sum(sizes[number] for number in self._ledger.done) / (sum(sizes.values()) or 1)

    def _finish(self, seconds: float, before: int) -> AnnotationEnded:
        """Count anew what the ledger says, and write what only the whole tells."""
        totals = total(self._ledger.records())
        self.folder.tidy()
        strangers = self.folder.sizes(PARTS).keys() - {
            part_name(shard.number, self._settings.to) for shard in self._shards
        }
        if totals.shards != len(self._shards) or strangers:
            what = f"{totals.shards} of {len(self._shards)} shards are in the ledger"
            more = f", and {len(strangers)} files in {PARTS} are not ours" if strangers else ""
            raise OutputError(f"{self.folder}: the ledger does not balance: {what}{more}")
        write_refused(self.folder, self._shards, self._ledger)
        ended = AnnotationEnded(self.folder.place, totals, seconds, totals.tokens - before)
        self.folder.write(TOTALS, json.dumps(totals.to_dict(), indent=1, ensure_ascii=False) + "\n")
        self._tell("done", totals, 1.0, ended.tokens_per_second, 0.0)
        return ended

    def _tell(self, state: str, totals: Totals, share: float, rate: float, left: float | None) -> None:
        status: dict[str, Any] = {
            "state": state,
            "pid": os.getpid(),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "shards": len(self._shards),
            "done": totals.shards,
            "share": round(share, 4),
            "documents": totals.documents,
            "tokens": totals.tokens,
            "refused": totals.refused.total(),
            "tokens_per_second": round(rate),
            "seconds_left": None if left is None else round(left),
        }
        self.folder.write(STATUS, json.dumps(status) + "\n")


def _check_apart(folder: Folder, paths: Sequence[str]) -> None:
    """Refuse a folder within one that is read: what is written there would be an input the next time.

    A hidden one is none: these are passed over in folders.

    Raises:
        ConfigError: it is.
    """
    for path in paths:
        if is_remote(path) != isinstance(folder.place, str):
            continue
        here, there = (one if is_remote(path) else str(Path(one).resolve()) for one in (str(folder), path))
        below = f"{here}/".removeprefix(f"{there.rstrip('/')}/")
        if below != f"{here}/" and not any(part.startswith(".") for part in below.split("/")):
            raise ConfigError(f"--out {folder}: lies within {path}, which is read; name a folder beside it")


def _check_folder(folder: Folder, plan: dict[str, Any], *, resume: bool) -> None:
    """Refuse a folder that is not ours to write to; it is claimed.

    Raises:
        OutputError, ConfigError: see `Annotation`.
    """
    begun = read_plan(folder)
    if begun is not None:
        if not resume:
            raise OutputError(f"{folder}: an annotation was begun here; go on with it by --resume")
        check_same(begun, plan, folder)
    elif strangers := folder.sizes():
        # A plan is the first file that is written: without one nothing was begun.
        if not all(name.startswith(".") for name in strangers):
            raise OutputError(
                f"{folder}: is not empty, and no annotation was begun here; name another folder"
            )
    elif resume:
        raise OutputError(f"{folder}: nothing to resume: no annotation was begun here")
