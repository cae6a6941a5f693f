"""What the user asked to serve, and how: settings, the token, the address; then one process or several."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from onoma.errors import ConfigError
from onoma.service.access import is_loopback
from onoma.service.process import serve_here
from onoma.service.served import Source
from onoma.service.settings import ServerSettings
from onoma.service.supervisor import supervise

_SHORTEST_TOKEN = 16


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
    if settings.token is None and not is_loopback(str(address[0]).split("%")[0]):
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
    with contextlib.closing(bind(settings)) as listener:
        settings.access()
        host, port = listener.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

        def say_serving(how: str = "") -> None:
            say(f"serving {', '.join(names)} on {address}{how}")

        settled = [source.settled() for source in sources]
        if settings.workers > 1:
            return supervise(settled, settings, listener, say_serving)
        serve_here(settled, settings, listener, say_serving)
    return 0
