"""Ray, here or elsewhere: connected once, and left as it was found."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from onoma.errors import ConfigError, MissingExtraError, OnomaError


def check_address(engine: str, address: str | None, has_address: bool) -> None:
    """Refuse the address of a cluster where an engine has none.

    Args:
        engine: its name.
        address: as given.
        has_address: whether the engine takes one.

    Raises:
        ConfigError: it does not go with the engine.
    """
    if address is not None and not has_address:
        raise ConfigError(f"an address is that of a cluster: it does not go with the engine {engine}")


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Yield the module ``ray``, connected; behind it a connection that was made here is ended.

    Args:
        address: of a cluster, as of ``ray.init``; None starts Ray on this machine.

    Raises:
        MissingExtraError: Ray is not installed.
        OnomaError: the cluster cannot be reached.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtraError("Ray", "cluster") from None
    ours = not ray.is_initialized()
    if ours:
        _connect(ray, address)
    try:
        yield ray
    finally:
        if ours:
            ray.shutdown()


def _connect(ray: Any, address: str | None) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise OnomaError(f"no Ray cluster at {address or 'this machine'}: {error}") from None
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():  # Ray takes SIGTERM for itself
                signal.signal(number, handler)
