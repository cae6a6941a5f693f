"""Several processes behind one address, and what starts them again.

The listening socket is one, made before them: a worker that dies takes no connection along that it has not
accepted. uvicorn's own supervisor starts a dead worker again at once for ever, kills one that is busy for
long, and its workers live on when it is killed; so this is ours. A worker is a fresh interpreter
(`multiprocessing`'s ``spawn``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

from onoma.errors import ModelError, OnomaError
from onoma.runtime.memory import resident_peak_mb
from onoma.service.process import log_to_stderr, readable, serve_here
from onoma.service.served import Source
from onoma.service.settings import ServerSettings
from onoma.service.shared_metrics import forget, share
from onoma.service.signals import held_back, let_in

log = logging.getLogger("onoma.service")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a worker that did not live long is started again: twice as many each time."""
_LONG_LIFE = 60.0
"""Seconds of life after which a worker's end says nothing about the next one's."""
_CANNOT = 2
"""Exit code of a worker that has said why it cannot serve."""


def supervise(
    sources: Sequence[Source],
    settings: ServerSettings,
    listener: socket.socket,
    say_serving: Callable[[str], None],
) -> int:
    """Serve by several processes until SIGTERM or SIGINT; returns 0 when all accepted is answered.

    Args:
        sources: the first one answers requests that name no model.
        settings: how to serve; `workers` says how many.
        listener: bound socket.
        say_serving: is told of the workers when all of them serve.

    Raises:
        OnomaError: a worker cannot start, and there is none that serves.
    """
    log_to_stderr()
    with tempfile.TemporaryDirectory(prefix="onoma-figures-") as folder:
        start = partial(_Worker, sources, settings, listener, Path(folder))
        return asyncio.run(_Supervisor(settings.workers, start, listener, say_serving).run())


class _Worker:
    """A process that serves, as its supervisor sees it."""

    def __init__(
        self,
        sources: Sequence[Source],
        settings: ServerSettings,
        listener: socket.socket,
        folder: Path,
        number: int,
    ) -> None:
        self.number = number
        self.folder = folder
        self.began = monotonic()
        context = multiprocessing.get_context("spawn")
        self._told, tell = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_work, args=(number, sources, settings, listener, folder, tell), name=f"onoma-{number}"
        )
        with held_back(signal.SIGINT, signal.SIGHUP):
            self.process.start()
        tell.close()

    async def started(self) -> float | OnomaError:
        """Wait until it serves; returns its memory in MB, or why it does not serve."""
        await readable(self._told.fileno())
        try:
            told: float | str = self._told.recv()
        except EOFError:
            return ModelError(f"a worker {await self.ended()} before it served")
        finally:
            self._told.close()
        return ModelError(told) if isinstance(told, str) else told

    async def ended(self) -> str:
        """Wait for its end, and say how it was."""
        await readable(self.process.sentinel)
        self.process.join()
        forget(self.folder, self.number)
        code = self.process.exitcode or 0
        return f"was ended by {_name(-code)}" if code < 0 else f"ended with exit code {code}"

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.process.is_alive() and self.process.pid is not None:
            os.kill(self.process.pid, number)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one without a name
        return f"signal {number}"


class _Supervisor:
    """Keeps as many workers as asked for, until it is told to end.

    Args:
        number: of workers.
        start: starts the worker of a number.
        listener: is closed here when all is to end, so that nobody connects to what accepts no more.
        say_serving: is told of the workers when all of them serve for the first time.
    """

    def __init__(
        self,
        number: int,
        start: Callable[[int], _Worker],
        listener: socket.socket,
        say_serving: Callable[[str], None],
    ) -> None:
        self.number = number
        self.start = start
        self.listener = listener
        self.say_serving = say_serving
        self._workers: dict[int, _Worker] = {}
        self._serving: dict[int, float] = {}  # memory in MB
        self._said = False
        self._ending = asyncio.Event()
        self._first_serves = asyncio.Event()

    async def run(self) -> int:
        """Return the exit code, 0 when all has ended in good order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self._send, signal.SIGHUP)
        let_in(signal.SIGHUP)
        kept = [loop.create_task(self._keep(number)) for number in range(self.number)]
        try:
            await asyncio.gather(*kept)
        except BaseException:
            self._end()
            await asyncio.wait(kept)
            raise
        return 0

    async def _keep(self, number: int) -> None:
        """Have one worker, another when it dies; the first is alone until it serves: one error is enough."""
        if number:
            await _either(self._first_serves, self._ending)
        pause = 0.0
        while not self._ending.is_set():
            try:
                worker = self._workers[number] = self.start(number)
            except OSError as error:  # no process, or no file, can be had now: the others serve on
                if not self._serving:
                    raise
                pause = min(_LONGEST_PAUSE, 2 * pause or _FIRST_PAUSE)
                log.warning("worker %d cannot be started (%s); again in %g s", number, error.strerror, pause)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), pause)
                continue
            problem = await self._until_serving(worker)
            how = await worker.ended()
            del self._workers[number]
            self._serving.pop(number, None)
            if self._ending.is_set():
                return
            if problem and not (self._said and self._serving):
                raise problem
            lived = monotonic() - worker.began > _LONG_LIFE
            pause = 0.0 if lived else min(_LONGEST_PAUSE, 2 * pause or _FIRST_PAUSE)
            log.warning("worker %d %s; another one is started in %g s", number, problem or how, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)

    async def _until_serving(self, worker: _Worker) -> OnomaError | None:
        """Wait until a worker serves; returns why it does not."""
        started = await worker.started()
        if isinstance(started, OnomaError):
            return started
        self._serving[worker.number] = started
        self._first_serves.set()
        if self._said:
            log.warning("worker %d serves again", worker.number)
        if len(self._serving) == self.number and not self._said:
            self._said = True
            memory = max(self._serving.values())
            self.say_serving(f" by {self.number} workers of {memory:.0f} MB each")
        return None

    def _end(self) -> None:
        """End in good order; the second time at once."""
        self._send(signal.SIGKILL if self._ending.is_set() else signal.SIGTERM)
        self._ending.set()
        self.listener.close()

    def _send(self, number: signal.Signals) -> None:
        for worker in self._workers.values():
            worker.send(number)


def _work(
    number: int,
    sources: Sequence[Source],
    settings: ServerSettings,
    listener: socket.socket,
    folder: Path,
    tell: Connection,
) -> None:
    """Be a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is told to all; the supervisor says what it means
    log_to_stderr(f"onoma: worker {number}")
    shared = share(folder, number)
    parent = multiprocessing.parent_process()
    try:
        serve_here(
            sources,
            settings,
            listener,
            lambda: tell.send(resident_peak_mb()),
            shared=shared,
            parent=parent.sentinel if parent else None,
        )
    except OnomaError as error:
        tell.send(str(error))
        sys.exit(_CANNOT)


async def _either(one: asyncio.Event, other: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (one, other)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
