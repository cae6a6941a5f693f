"""Processes of this machine, each with one thread and the model; one that dies is started again.

They are programs of their own (`onoma.annotation.process`), told what to do line by line: nothing of
the caller's ``__main__`` is run in them, and they end when their input does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

import onoma
from onoma.annotation.engine import MAX_DEATHS, Engine, died
from onoma.annotation.folders import Place
from onoma.annotation.ledger import ShardRecord
from onoma.annotation.plan import Shard
from onoma.annotation.settings import Settings
from onoma.errors import OnomaError

_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


def run(
    settings: Settings, folder: Place, shards: Sequence[Shard], workers: int
) -> Generator[ShardRecord, None, None]:
    """Annotate shards by so many processes, 0 for one a core; see `onoma.annotation.engine.Run`."""
    pool = _Pool(settings, folder, shards)
    count = min(workers or _cores(), len(shards))
    threads = [threading.Thread(target=pool.work, daemon=True) for _ in range(count)]
    try:
        for thread in threads:
            thread.start()
        for _ in shards:
            outcome = pool.outcomes.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome
    finally:
        pool.stop()
        for thread in threads:
            thread.join()


class _Pool:
    """Shards that wait, and what came of others; each thread tends one process."""

    def __init__(self, settings: Settings, folder: Place, shards: Sequence[Shard]) -> None:
        self.outcomes: SimpleQueue[ShardRecord | BaseException] = SimpleQueue()
        self._settings = settings
        self._folder = folder
        self._waiting = deque(shards)
        self._processes: set[_Process] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def work(self) -> None:
        """Have shards annotated until there are none."""
        process: _Process | None = None
        try:
            while self._waiting and not self._stopped:
                try:
                    shard = self._waiting.popleft()
                except IndexError:  # another thread was faster
                    break
                process, record = self._annotate(process, shard)
                if record is not None:
                    self.outcomes.put(record)
        except BaseException as error:  # whoever waits for the outcomes has to know
            self.outcomes.put(error)
        finally:
            if process is not None:
                process.end()

    def stop(self) -> None:
        """End all processes, whatever they do."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()  # its thread then ends, and clears up

    def _annotate(self, process: _Process | None, shard: Shard) -> tuple[_Process | None, ShardRecord | None]:
        """Return the process that goes on, and the record; none after a stop."""
        why = ""
        for _ in range(MAX_DEATHS):
            process = process or self._start()
            if process is None:
                return None, None
            record = process.annotate(shard)
            if record is not None:
                return process, record
            why = process.end()
            process = None
            if self._stopped:
                return None, None
        raise OnomaError(died(shard, why))

    def _start(self) -> _Process | None:
        with self._lock:
            if self._stopped:
                return None
            process = _Process(self._settings, self._folder)
            self._processes.add(process)
            return process


class _Process:
    """One worker, which answers each line with a line."""

    def __init__(self, settings: Settings, folder: Place) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "onoma.annotation.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the driver, which ends its workers
        )
        self._tell({"settings": settings.to_dict(), "folder": str(folder)})

    def annotate(self, shard: Shard) -> ShardRecord | None:
        """Return the record of a shard; None if the process died.

        Raises:
            OnomaError: what the worker says is wrong.
        """
        self._tell(shard.to_dict())
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            return None
        answer = json.loads(line)
        if "error" in answer:
            raise OnomaError(answer["error"])
        return ShardRecord.from_json(answer["record"])

    def kill(self) -> None:
        """Kill the process, if it lives; any thread may."""
        self._process.kill()

    def end(self) -> str:
        """Kill the process, if it lives, and let its pipes go; return how it ended."""
        self.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was not read by the dead
                assert pipe is not None
                pipe.close()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _tell(self, value: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(value).encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # it is dead: the answer that does not come says so


def _environment() -> dict[str, str]:
    """Return the environment of a worker: this very Onoma, and no threads that would fight for cores."""
    home = str(Path(onoma.__file__).parents[1])
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **dict.fromkeys(_ONE_THREAD, "1")}


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


ENGINE = Engine("local", "processes of this machine", run)
