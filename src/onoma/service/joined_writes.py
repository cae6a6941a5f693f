"""A transport that sends together what is written in one turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class JoinedWrites(asyncio.Transport):
    """Joins writes: uvicorn writes head and body of an answer apart, and each write is a system call.

    Args:
        transport: that sends, reads and closes.
        loop: in whose turns things are written.
        has_more: says whether the client is still sending, so that closing has to wait.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        has_more: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._has_more = has_more
        self._lingers = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send at the end of this turn."""
        if not data or self._lingers:
            return
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(bytes(data))

    def _flush(self) -> None:
        held, self._held = self._held, []
        if held:
            self._transport.write(b"".join(held))

    def close(self) -> None:
        """Send what was written, and close: at once, or when the client does, if it has more to say.

        A socket that is closed with unread bytes resets the connection, and the client loses the answer. So
        reading goes on, until the client ends it or somebody calls `abort`.
        """
        self._flush()
        if self._lingers:
            return
        if not self._has_more() or self._transport.is_closing():
            self._transport.close()
            return
        self._lingers = True
        try:
            self._transport.write_eof()
            self._transport.resume_reading()
        except OSError:  # the client was quicker
            self._transport.abort()

    def abort(self) -> None:
        """Close at once; what was written is dropped."""
        self._held = []
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        """Return the bytes that are not sent yet."""
        return sum(map(len, self._held)) + self._transport.get_write_buffer_size()

    def is_closing(self) -> bool:
        """Whether it is closed, or being closed."""
        return self._lingers or self._transport.is_closing()

    def pause_reading(self) -> None:
        """Read nothing more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport knows of its connection."""
        return self._transport.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Let another protocol have what is read."""
        self._transport.set_protocol(protocol)
