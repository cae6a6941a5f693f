"""A process that serves: its models, its event loop, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Generator, Sequence

import uvicorn
from prometheus_client import CollectorRegistry
from uvicorn.config import Config

from onoma.service.accepting import Acceptor, most_connections
from onoma.service.app import Service, create_app
from onoma.service.connections import Connection, Pool
from onoma.service.label_studio.backend import Backend
from onoma.service.label_studio.routes import Studio
from onoma.service.metrics import Metrics
from onoma.service.reload import Reloader
from onoma.service.served import ServedModel, Source
from onoma.service.settings import ServerSettings
from onoma.service.signals import let_in


def log_to_stderr(name: str = "onoma") -> None:
    """Write warnings and errors, each after the name of who writes."""
    logging.basicConfig(format=f"{name}: %(message)s", level=logging.WARNING, stream=sys.stderr, force=True)
    # What it warns of are faults of clients, as often as these like.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def serve_here(
    sources: Sequence[Source],
    settings: ServerSettings,
    listener: socket.socket,
    when_serving: Callable[[], object],
    *,
    shared: CollectorRegistry | None = None,
    parent: int | None = None,
) -> None:
    """Load the models and serve them in this process until SIGTERM or SIGINT.

    Args:
        sources: the first one answers requests that name no model.
        settings: how to serve.
        listener: bound socket.
        when_serving: is called when connections are accepted.
        shared: of a worker, what tells the figures of all.
        parent: of a worker, a descriptor that can be read when the supervisor has ended.

    Raises:
        ConfigError: the process may open too few files.
        ModelError: a model cannot be used.
        OutputError: the folder of Label Studio's backend cannot be used.
    """
    if parent is None:
        log_to_stderr()
    metrics = Metrics(shared)
    with contextlib.ExitStack() as held:
        backend = (
            None if settings.studio is None else held.enter_context(Backend(settings.studio, sources[0]))
        )
        first = sources[0] if backend is None else backend.source
        models = {
            source.name: ServedModel(source, settings.limits, metrics, settings.loading)
            for source in (first, *sources[1:])
        }
        service = Service(models, settings.limits, metrics)
        reloader = Reloader(models.values(), metrics)
        studio = None if backend is None else backend.studio(service, reloader)
        pool = Pool(
            most_connections(settings.connections),
            settings.head_timeout,
            answer_timeout=settings.limits.timeout,
        )
        server = _Server(service, settings, listener, pool, when_serving, studio)
        asyncio.run(_serve(service, settings, server, reloader, parent))


async def _serve(
    service: Service, settings: ServerSettings, server: _Server, reloader: Reloader, parent: int | None
) -> None:
    ending = _Ending(service, server, settings.drain, hurries=parent is None)
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(server.pool.watch())]
    if settings.watch:
        tasks.append(loop.create_task(reloader.watch(settings.watch)))
    loop.add_signal_handler(signal.SIGTERM, ending.begin)
    loop.add_signal_handler(signal.SIGHUP, lambda: tasks.append(loop.create_task(reloader.reload_all())))
    if parent is None:
        loop.add_signal_handler(signal.SIGINT, ending.begin)
    else:
        tasks.append(loop.create_task(ending.begin_after(parent)))
    let_in(signal.SIGHUP, signal.SIGINT)  # of a worker both have waited
    await server.serve()
    if server.studio is not None:
        await server.studio.stop()
    for task in tasks:
        task.cancel()
    for model in service.models.values():
        await asyncio.to_thread(model.batcher.stop)


async def readable(descriptor: int) -> None:
    """Wait until a descriptor can be read, or its other end is closed."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


class _Ending:
    """The first signal ends in good order; the second at once, unless this is a worker: several tell it."""

    def __init__(self, service: Service, server: _Server, drain: float, *, hurries: bool) -> None:
        self.service, self.server, self.drain, self.hurries = service, server, drain, hurries

    def begin(self) -> None:
        if not self.service.ready:
            if self.hurries:
                self.server.should_exit = self.server.force_exit = True
            return
        self.service.ready = False
        self.server.guard.draining = True
        # Connections of busy clients are closed with their answers; who asks /readyz sends no new ones.
        asyncio.get_running_loop().call_later(self.drain, self._stop_listening)

    async def begin_after(self, parent: int) -> None:
        """End in good order when the supervisor has ended, whichever way."""
        await readable(parent)
        self.begin()

    def _stop_listening(self) -> None:
        self.server.should_exit = True


class _Server(uvicorn.Server):
    """Uvicorn that accepts by our means, and has no signal handlers, which would end the process."""

    def __init__(
        self,
        service: Service,
        settings: ServerSettings,
        listener: socket.socket,
        pool: Pool,
        when_serving: Callable[[], object],
        studio: Studio | None,
    ) -> None:
        self.studio = studio
        self.guard = create_app(service, settings.token, settings.access(), studio)
        config = Config(
            self.guard,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,  # and with it no access log
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here depends on who asks from where
            timeout_graceful_shutdown=int(settings.limits.timeout) + 1,
        )
        super().__init__(config)
        self.listener, self.pool, self.when_serving = listener, pool, when_serving

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self.acceptor = Acceptor(self.listener, self._connection, self.pool)
        self.acceptor.start()
        self.when_serving()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.acceptor.close()
        await self.acceptor.settle()
        self.listener.close()
        await super().shutdown()

    def _connection(self) -> Connection:
        return Connection(
            self.pool, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
