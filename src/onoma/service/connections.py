"""Connections: how many there may be, how long a client may let one wait, and which is closed for a new one.

uvicorn knows no time-out for the head of a request nor for an answer that is not taken, and asyncio accepts
until the process may open nothing more. So `accepting` takes one connection a turn of the loop, and this
looks over all once a second. A connection either is at work (its request is whole and not answered yet) or
waits for its client; only one of the latter is ever closed for another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from onoma.service.guard import HEADERS
from onoma.service.joined_writes import JoinedWrites
from onoma.service.problems import ProblemError

_GRACE = 0.5
"""Seconds for which no connection that waits is closed for another: its request may be on its way."""
_MOST_UNREAD = 64 << 20
"""Bytes that are read on after a refusal, so that a client which sends first and reads then sees it."""
_TOO_SLOW = ProblemError(408, "slow-head", "the head of the request did not arrive in time")
_NOT_HTTP = ProblemError(400, "bad-http", "this is not HTTP/1.1, or its head is too long")


class Pool:
    """All open connections of a process.

    Args:
        most: of them.
        head_timeout: seconds from accepting, or from the last answer, until the head of a request is there.
        answer_timeout: seconds in which an answer has to be taken.
    """

    def __init__(self, most: int, head_timeout: float, answer_timeout: float) -> None:
        self.most = most
        self.head_timeout = head_timeout
        self.answer_timeout = answer_timeout
        self.grace = _GRACE
        self.when_room: Callable[[], None] = lambda: None
        self._all: set[Connection] = set()
        self._waiting: dict[Connection, float] = {}  # since when, the longest first

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> None:
        """Count a connection that was accepted."""
        self._all.add(connection)
        self._waiting[connection] = monotonic()

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self._all.discard(connection)
        self._waiting.pop(connection, None)
        self.when_room()

    def wait(self, connection: Connection) -> None:
        """Note that it is the client's turn from now on."""
        if connection in self._all:
            self._waiting.pop(connection, None)
            self._waiting[connection] = monotonic()
            self.when_room()

    def work(self, connection: Connection) -> None:
        """Note that it is our turn."""
        self._waiting.pop(connection, None)

    def has_room(self) -> bool:
        """Whether one more is possible, if need be by closing another."""
        return len(self._all) < self.most or self._closable() is not None

    def make_room(self) -> None:
        """Close what has waited longest for its client, but rather no answer that is being taken."""
        closable = self._closable()
        if closable is not None:
            closable.drop()
            self.remove(closable)

    def _closable(self) -> Connection | None:
        """Return what would be closed for another, None where all are at work or new."""
        sending = None
        latest = monotonic() - self.grace
        for connection, since in self._waiting.items():
            if since > latest:
                break
            if connection.is_made:
                if not connection.is_sending:
                    return connection
                sending = sending or connection
        return sending

    async def watch(self) -> None:
        """Give up, for ever, on clients that let us wait too long."""
        while True:
            await asyncio.sleep(min(1.0, self.head_timeout / 4, self.answer_timeout / 4))
            now = monotonic()
            for connection, since in list(self._waiting.items()):
                if not connection.is_made:
                    continue
                if connection.is_sending:
                    if now - since > self.answer_timeout:
                        connection.drop()
                elif not connection.has_head and now - since > self.head_timeout:
                    connection.give_up()


class Connection(H11Protocol):
    """uvicorn's connection, which tells the pool whose turn it is.

    Args:
        pool: that counts it.
        parts: of uvicorn, for its own class.
    """

    def __init__(self, pool: Pool, **parts: Any) -> None:
        super().__init__(**parts)
        self.pool = pool
        self.is_made = False
        self._turn: tuple[int, bool, bool] | None = None
        self._unread = 0

    @property
    def has_head(self) -> bool:
        """Whether a request has begun and is not answered; its body may still come."""
        return self.cycle is not None and not self.cycle.response_complete

    def has_more(self) -> bool:
        """Whether the client still sends what nobody will read: it was answered before its end."""
        return not self.has_head and self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    @property
    def is_sending(self) -> bool:
        """Whether there is something that the client has not taken yet."""
        return self.transport.get_write_buffer_size() > 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(JoinedWrites(transport, self.loop, self.has_more))
        self.is_made = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        self.pool.remove(self)

    def data_received(self, data: bytes) -> None:
        """Read, and see whose turn it is."""
        self._unread = self._unread + len(data) if self.has_more() else 0
        if self._unread > _MOST_UNREAD:
            self.drop()
        elif not self.transport.is_closing():
            super().data_received(data)
            self._take_turn()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP as all else is refused."""
        if self.has_head:  # what waits for the rest of it waits in vain
            self.cycle.disconnected = self.cycle.response_complete = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse(_NOT_HTTP)
        else:  # an answer is out already
            self.drop()

    def on_response_complete(self) -> None:
        """Go on with what the client has sent meanwhile, and see whose turn it is."""
        super().on_response_complete()
        self._take_turn()

    def shutdown(self) -> None:
        """End with the server, which waits for answers; who has one, and sends on, is not waited for."""
        if self.has_more() and not self.is_sending:
            self.drop()
        else:
            super().shutdown()

    def drop(self) -> None:
        """Close it at once, whatever is on its way."""
        self.connections.discard(self)
        self.transport.abort()

    def give_up(self) -> None:
        """Close it, and say why to who has begun to ask."""
        if self.has_more():
            self.drop()
        elif self.transport.is_closing():
            return
        elif self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, problem: ProblemError) -> None:
        """Answer without the application, and close."""
        answer = problem.response()
        headers = [*answer.raw_headers, *HEADERS, (b"connection", b"close")]
        head = h11.Response(
            status_code=problem.status, headers=headers, reason=HTTPStatus(problem.status).phrase
        )
        for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _take_turn(self) -> None:
        """Tell the pool where the turn has changed; bytes that only come slowly change nothing."""
        turn = (id(self.cycle), self.has_head, self.has_head and self.cycle.more_body)
        if turn == self._turn:
            return
        self._turn = turn
        if self.has_head and not self.cycle.more_body:
            self.pool.work(self)
        else:
            self.pool.wait(self)
