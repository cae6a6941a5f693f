"""Who may ask: under which names the server answers, and pages of which sites.

A page from anywhere runs in the browser of someone whose machine serves on loopback. Such a page must neither
read nor use the models: neither by a request to another site (its ``Origin`` tells), nor by a name of its
own that leads to 127.0.0.1 (DNS rebinding; the ``Host`` tells).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from starlette.types import Scope

from onoma.errors import ConfigError
from onoma.service.problems import ProblemError

_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/@\[\]]+)(?::(\d{0,5}))?")
"""Host and port as in the header ``Host`` (RFC 9110, 7.2)."""
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ANY_NAME = frozenset({"/livez", "/readyz"})
"""Load balancers ask these by address; they tell nothing."""

_BAD_HOST = ProblemError(
    403,
    "host-not-allowed",
    "this server does not answer under that name: ask for localhost, or start it with --allowed-host NAME",
)
_BAD_ORIGIN = ProblemError(
    403, "origin-not-allowed", "pages of other sites may not ask; start the server with --allowed-origin SITE"
)


class Access:
    """Checks of the headers ``Host`` and ``Origin``.

    Args:
        hosts: names under which the server may be asked, beside those of loopback; None for any.
        origins: sites whose pages may ask although this is not their own server, such as
            ``https://example.org``.

    Raises:
        ConfigError: a name or site is written otherwise.
    """

    def __init__(self, hosts: Iterable[str] | None = None, origins: Iterable[str] = ()) -> None:
        self.hosts = None if hosts is None else frozenset(map(_read_host, hosts))
        self.origins = tuple(map(_read_origin, origins))

    def check(self, scope: Scope) -> ProblemError | None:
        """Return why a request is refused, None where it is not."""
        given = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        host = given[0] if len(given) == 1 else ""
        if self.hosts is not None and scope["path"] not in _ANY_NAME and not self._knows(host):
            return _BAD_HOST
        origins = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"origin"]
        if all(origin in self.origins or _is_same(origin, host) for origin in origins):
            return None
        return _BAD_ORIGIN

    def _knows(self, host: str) -> bool:
        name = _split(host)[0]
        return bool(name) and (name in (self.hosts or ()) or is_loopback(name))


def is_loopback(name: str) -> bool:
    """Whether a host is this machine whatever a name server says; IPv6 with or without brackets."""
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"


def _is_same(origin: str, host: str) -> bool:
    """Whether a page comes from the server that it asks.

    A proxy may speak TLS for us, so either scheme is right; a port that is not written is that of the scheme.
    """
    scheme, _, authority = origin.partition("://")
    default = _DEFAULT_PORTS.get(scheme)
    asking, asked = _split(authority), _split(host)
    if default is None or not asking[0]:
        return False
    return (asking[0], asking[1] or default) == (asked[0], asked[1] or default)


def _split(authority: str) -> tuple[str, str]:
    found = _AUTHORITY.fullmatch(authority)
    return (found[1].rstrip("."), found[2] or "") if found else ("", "")


def _read_host(host: str) -> str:
    name, port = _split(host.lower())
    if not name or port:
        raise ConfigError(f"--allowed-host {host}: write a name without scheme and port, such as example.org")
    return name


def _read_origin(origin: str) -> str:
    scheme, _, authority = origin.lower().rstrip("/").partition("://")
    name, port = _split(authority)
    if scheme not in _DEFAULT_PORTS or not name:
        raise ConfigError(f"--allowed-origin {origin}: write scheme and host, such as https://example.org")
    plain = port in ("", _DEFAULT_PORTS[scheme])  # browsers leave the default port out
    return f"{scheme}://{name}" if plain else f"{scheme}://{name}:{port}"
