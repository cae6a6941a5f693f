"""How to serve, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field

from onoma.service.access import Access
from onoma.service.label_studio.settings import StudioSettings
from onoma.service.limits import Limits
from onoma.service.served import Loading


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
        workers: processes that serve, each with the models.
        connections: that may be open at a time, in each of them.
        head_timeout: seconds in which the head of a request has to arrive.
        allowed_hosts: names under which the server may be asked, beside those of loopback; with a token all,
            if none are given.
        allowed_origins: sites whose pages may ask.
        studio: how to be Label Studio's backend, None not to be it.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    token: bytes | None = None
    loading: Loading = field(default_factory=Loading)
    drain: float = 1.0
    watch: float = 2.0
    limits: Limits = field(default_factory=Limits)
    workers: int = 1
    connections: int = 4_096
    head_timeout: float = 10.0
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    studio: StudioSettings | None = None

    def access(self) -> Access:
        """Return the checks of names and sites.

        Raises:
            ConfigError: a name or site is written otherwise.
        """
        # Where a token is needed, a page that comes by a name of its own (DNS rebinding) has none.
        checked = self.token is None or self.allowed_hosts
        name = self.host.split("%")[0]  # an address may name its interface
        own = f"[{name}]" if ":" in name else name
        return Access((*self.allowed_hosts, own) if checked else None, self.allowed_origins)
