"""Training a suite's runs in processes of their own, and watching over them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any

from onoma.errors import DataError, ModelError, OnomaError, StoppedError
from onoma.training.config import RunConfig, Settings, resolve
from onoma.training.jobs.signals import Terminated
from onoma.training.suites.plan import PlannedRun

_STARTING = threading.Lock()
TrainHere = Callable[[RunConfig, Path, bool], object]
"""Trains a run in the process that calls it: configuration, folder, and whether to resume."""


class ChildTrainer:
    """Trains each run in a process of its own: its memory is its own, and its death ends nothing else.

    Args:
        train: trains one in the child; must be importable from there.
        seconds: after which a run is stopped, 0 for never.
        preloaded: modules that are imported once, before the first run; each run's process is then there in a
            few milliseconds.
    """

    def __init__(self, train: TrainHere, seconds: float = 0.0, preloaded: Sequence[str] = ()) -> None:
        self.train = train
        self.seconds = seconds
        self.stopping = False
        self._process: Any = None
        forking = "forkserver" in multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context("forkserver" if forking else "spawn")
        if forking:
            self._context.set_forkserver_preload(list(preloaded))

    def stop(self) -> bool:
        """Let the present run end in good order; False where none is trained."""
        if self._process is None or not self._process.is_alive():
            return False
        self.stopping = True
        self._process.terminate()
        return True

    def close(self) -> None:
        """Stop the present run, and any that would be begun from now on."""
        self.stopping = True
        self.stop()

    def wait(self) -> None:
        """Wait until the run's process has ended."""
        if self._process is not None:
            self._process.join()

    def __call__(self, run: PlannedRun, folder: Path, resume: bool) -> None:
        """Train; see `onoma.training.suites.runner.Train`."""
        self.train_in(run.config, folder, resume)

    def train_in(self, config: RunConfig, folder: Path, resume: bool) -> None:
        """Train in a folder.

        Raises:
            StoppedError: `stop` or `close` was called.
            DataError: of the training.
            ModelError: it failed, died, or took too long.
        """
        answers, answer = self._context.Pipe(duplex=False)
        life, held = self._context.Pipe(duplex=False)
        arguments = (self.train, config.as_dict(), folder, resume, answer, life)
        self._process = self._context.Process(target=_train_in_child, args=arguments)
        over_budget = False
        try:
            with _without_main():
                self._process.start()
            answer.close()
            life.close()
            if self.stopping:
                self._process.terminate()
            self._process.join(self.seconds or None)
            if self._process.is_alive():
                over_budget = True
                self._process.terminate()
                self._process.join()
        finally:
            held.close()  # a process that is still there stops
        said = _receive(answers)
        if self.stopping:
            raise StoppedError
        if said == "done":
            return
        if over_budget:
            raise ModelError(f"stopped after the budget of {self.seconds:g} s; a larger one goes on with it")
        if isinstance(said, tuple):
            message, code = said
            raise DataError(message, code=code) if code else ModelError(message)
        raise ModelError(said or _death(self._process.exitcode))


@contextmanager
def _without_main() -> Iterator[None]:
    """Let a process be started that does not run the caller's program once more, as `multiprocessing` has it.

    A script that calls `onoma.compare` needs no ``if __name__ == "__main__"`` then.
    """
    with _STARTING:
        own = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = own


def _receive(connection: Connection) -> Any:
    try:
        return connection.recv() if connection.poll() else None
    except EOFError:
        return None
    finally:
        connection.close()


def _death(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = ", perhaps by the system for want of memory" if name == "SIGKILL" else ""
        return f"its process was killed by {name}{hint}"
    return f"its process ended with exit code {exit_code}"


def _train_in_child(
    train: TrainHere, settings: Settings, folder: Path, resume: bool, answer: Connection, life: Connection
) -> None:
    """Train one run; the answer is "done", (message, code) of our error, or the line of another.

    When nothing holds the other end of ``life`` any more, the suite was killed, and the run stops, too.
    """
    threading.Thread(target=_stop_with, args=(life,), daemon=True).start()
    try:
        train(resolve(None, settings), folder, resume)
        answer.send("done")
    except (StoppedError, Terminated, KeyboardInterrupt):
        answer.send("stopped")
    except OnomaError as error:
        answer.send((str(error), error.code if isinstance(error, DataError) else None))
    except ModuleNotFoundError as error:
        answer.send(f"needs {error.name}")
    except Exception as error:
        answer.send(f"{type(error).__name__}: {error}".split("\n")[0])


def _stop_with(life: Connection) -> None:
    try:
        life.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
