"""How many threads may be asked for."""

from __future__ import annotations

from onoma.errors import ConfigError

MOST_THREADS = 1_024
"""Libraries take more for a wish, and crash or hang over it."""


def check_threads(threads: object) -> int:
    """Return a number of threads.

    Raises:
        ConfigError: it is none, or beyond all reason.
    """
    if not isinstance(threads, int) or isinstance(threads, bool) or not 0 <= threads <= MOST_THREADS:
        raise ConfigError(f"threads must be a whole number in 0..{MOST_THREADS}, not {threads!r}")
    return threads
