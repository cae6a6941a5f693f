"""Accepting connections: as many as the process may open files for, and none where nothing is left."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import socket
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from onoma.errors import ConfigError
from onoma.service.connections import Connection, Pool

log = logging.getLogger("onoma.service")

_KEPT_BACK = 64
"""Files that may be opened beside connections: bundles that are loaded again, figures, libraries."""
_FEWEST = 8
_NOTHING_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_REST = 0.1
"""Seconds without accepting when there is no room, or the system had nothing left."""
_CLOSED_THEN = 16
"""Waiting connections that are closed then."""
_QUIET = 60.0
"""Seconds between two lines of the log about that."""


def most_connections(wanted: int) -> int:
    """Let the process open enough files for so many connections, and return how many it may have.

    Raises:
        ConfigError: hardly any.
    """
    needed = _open_files() + _KEPT_BACK
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed + wanted:
        soft = needed + wanted if hard == resource.RLIM_INFINITY else min(hard, needed + wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    allowed = wanted if soft == resource.RLIM_INFINITY else min(wanted, soft - needed)
    if allowed < min(_FEWEST, wanted):
        raise ConfigError(
            f"this process may open {soft} files and needs {needed} beside its connections: raise `ulimit -n`"
        )
    return allowed


def _open_files() -> int:
    try:
        return sum(1 for _ in Path("/dev/fd").iterdir())
    except OSError:
        return 64


class Acceptor:
    """Accepts connections while the pool has room; beyond that they wait in the system's queue.

    Args:
        listener: a bound socket, perhaps shared with other processes.
        make: returns the protocol of a new connection.
        pool: that counts it.
    """

    def __init__(self, listener: socket.socket, make: Callable[[], Connection], pool: Pool) -> None:
        self.listener = listener
        self.make = make
        self.pool = pool
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = self._listening = self._resting = False
        self._said = -_QUIET

    def start(self) -> None:
        """Listen."""
        self.listener.setblocking(False)
        self.listener.listen(2_048)
        self._open = True
        self.pool.when_room = self._go_on
        self._go_on()

    def close(self) -> None:
        """Take what has connected already, and end."""
        self._pause()
        self._open = False
        while self.pool.has_room() and self._accept():
            pass

    async def settle(self) -> None:
        """Wait until all that was accepted is a connection."""
        await asyncio.gather(*self._tasks)

    def _go_on(self) -> None:
        if self._open and not self._resting and not self._listening:
            self._listening = True
            self._loop.add_reader(self.listener, self._accept)

    def _pause(self) -> None:
        self._listening = False
        self._loop.remove_reader(self.listener)

    def _accept(self) -> bool:
        """Take one; returns whether there was one. The loop comes back while there are more."""
        if not self.pool.has_room():
            self._pause()
            self._loop.call_later(_REST, self._go_on)  # what is new now will not be for ever
            return False
        try:
            accepted, _ = self.listener.accept()
        except OSError as error:
            if error.errno in _NOTHING_LEFT:
                self._rest(error)
            return False  # another process was quicker, or the client has gone
        if len(self.pool) >= self.pool.most:
            self.pool.make_room()
        accepted.setblocking(False)
        connection = self.make()
        self.pool.add(connection)
        task = self._loop.create_task(self._connect(connection, accepted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _connect(self, connection: Connection, accepted: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, accepted)
        except OSError:
            accepted.close()
            self.pool.remove(connection)

    def _rest(self, error: OSError) -> None:
        self._pause()
        self._resting = True
        for _ in range(_CLOSED_THEN):
            self.pool.make_room()
        self._loop.call_later(_REST, self._wake)
        if monotonic() - self._said >= _QUIET:
            self._said = monotonic()
            log.warning("no connection can be accepted now: %s", error.strerror)

    def _wake(self) -> None:
        self._resting = False
        self._go_on()
