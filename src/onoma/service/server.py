"""The process: its socket, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from onoma.errors import ConfigError
from onoma.service.app import Service, create_app
from onoma.service.guard import Guard
from onoma.service.limits import Limits
from onoma.service.metrics import Metrics
from onoma.service.reload import Reloader
from onoma.service.served import Loading, ServedModel, Source

_MAX_CONNECTIONS = 4_096
_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How to serve.

    Args:
        host: address to listen on.
        port: 0 for any that is free.
        token: that clients have to send, None for none.
        loading: how models are loaded.
        drain: seconds between SIGTERM and the end of listening, in which ``/readyz`` answers 503.
        watch: seconds between two looks at the bundles, 0 for none.
        limits: of requests.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    token: bytes | None = None
    loading: Loading = field(default_factory=Loading)
    drain: float = 1.0
    watch: float = 2.0
    limits: Limits = field(default_factory=Limits)


def read_token(path: Path) -> bytes:
    """Return the token that a file holds.

    Raises:
        ConfigError: there is no such file, or what it holds is no token.
    """
    try:
        token = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the token: {error.strerror}") from None
    if not token.isascii() or not token.decode("ascii").isprintable() or b" " in token:
        raise ConfigError(f"{path}: a token is one word of ASCII characters")
    if len(token) < _SHORTEST_TOKEN:
        raise ConfigError(
            f"{path}: the token is shorter than {_SHORTEST_TOKEN} characters; it can be guessed"
        )
    return token


def bind(settings: ServerSettings) -> socket.socket:
    """Return a socket bound to the address.

    Raises:
        ConfigError: there is no such address, it is taken, or others could reach it and there is no token.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise ConfigError(f"--host {host}: no such address") from None
    if settings.token is None and not ipaddress.ip_address(str(address[0]).split("%")[0]).is_loopback:
        raise ConfigError(f"--host {host}: other machines could reach it; give --token-file, or 127.0.0.1")
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return listener


def serve(sources: Sequence[Source], settings: ServerSettings, say: Callable[[str], None]) -> int:
    """Load the models and serve them until SIGTERM or SIGINT; returns 0 when all accepted is answered.

    Args:
        sources: the first one answers requests that name no model.
        settings: how to serve.
        say: shows a note to the user.

    Raises:
        ConfigError: an address or name cannot be used.
        ModelError: a model cannot be used.
    """
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise ConfigError("two models have the same name: write NAME=FOLDER")
    logging.basicConfig(format="onoma: %(message)s", level=logging.WARNING, stream=sys.stderr)
    with contextlib.closing(bind(settings)) as listener:
        metrics = Metrics()
        models = {
            source.name: ServedModel(source, settings.limits, metrics, settings.loading) for source in sources
        }
        asyncio.run(_serve(Service(models, settings.limits, metrics), settings, listener, say))
    return 0


async def _serve(
    service: Service, settings: ServerSettings, listener: socket.socket, say: Callable[[str], None]
) -> None:
    guard = create_app(service, settings.token)
    server = _Server(
        uvicorn.Config(
            guard,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,  # and with it no access log
            access_log=False,
            server_header=False,
            limit_concurrency=_MAX_CONNECTIONS,
            timeout_graceful_shutdown=int(settings.limits.timeout) + 1,
        )
    )
    reloader = Reloader(service.models.values(), service.metrics)
    ending = _Ending(service, guard, server, settings.drain)
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(reloader.watch(settings.watch))] if settings.watch else []
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.begin)
    loop.add_signal_handler(signal.SIGHUP, lambda: tasks.append(loop.create_task(reloader.reload_all())))
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    server.when_started = lambda: say(f"serving {', '.join(service.models)} on http://{shown}:{port}")
    await server.serve(sockets=[listener])
    for task in tasks:
        task.cancel()
    for model in service.models.values():
        await asyncio.to_thread(model.batcher.stop)


class _Ending:
    """The first signal ends in good order; the second at once."""

    def __init__(self, service: Service, guard: Guard, server: uvicorn.Server, drain: float) -> None:
        self.service, self.guard, self.server, self.drain = service, guard, server, drain

    def begin(self) -> None:
        if not self.service.ready:
            self.server.should_exit = self.server.force_exit = True
            return
        self.service.ready = False
        self.guard.draining = True
        # Connections of busy clients are closed with their answers; who asks /readyz sends no new ones.
        asyncio.get_running_loop().call_later(self.drain, self._stop_listening)

    def _stop_listening(self) -> None:
        self.server.should_exit = True


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own, which would end the process with the signal."""

    when_started: Callable[[], None]

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.when_started()
