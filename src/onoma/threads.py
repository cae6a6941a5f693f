"""How many threads may be asked for."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from onoma.errors import ConfigError

MOST_THREADS = 1_024
"""Libraries take more for a wish, and crash or hang over it."""


def check_threads(threads: object) -> int:
    """Return a number of threads; 0 for None.

    Raises:
        ConfigError: it is none, or beyond all reason.
    """
    if threads is None:
        return 0
    given: Any = threads
    if isinstance(given, bool) or not isinstance(given, Integral) or not 0 <= int(given) <= MOST_THREADS:
        raise ConfigError(f"threads must be a whole number in 0..{MOST_THREADS}, not {threads!r}")
    return int(given)
