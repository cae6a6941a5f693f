"""Whether a measurement had the machine to itself."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_STAT = Path("/proc/stat")
_IDLE = (3, 4)  # idle, waiting for a disk; see proc_stat(5)
_KINDS = 8  # of time; guests, which follow, are counted in those before them


@dataclass(frozen=True, slots=True)
class OtherWork:
    """What else the machine did while this process computed with one thread.

    Args:
        waited: share of the time, 0..1, in which this process did not run.
        others: share of all cores, 0..1, that other processes, or other machines on the same hardware, took;
            None where the system does not tell.
    """

    waited: float
    others: float | None


class Watch:
    """Compares what this process computes with what time passes and what the machine does, from now on."""

    def __init__(self) -> None:
        self._wall, self._own = time.perf_counter(), time.process_time()
        self._busy = busy_seconds()

    def look(self) -> OtherWork:
        """Return what was seen since the watch was made."""
        wall = max(time.perf_counter() - self._wall, 1e-9)
        own, busy = time.process_time() - self._own, busy_seconds()
        others = None
        if busy is not None and self._busy is not None:
            others = _share((busy - self._busy - own) / (wall * (os.cpu_count() or 1)))
        return OtherWork(_share(1 - own / wall), others)


def busy_seconds() -> float | None:
    """Return the seconds that all cores together have worked since the machine's start.

    By `/proc/stat`: all time but idle, what a hypervisor gave to others among it. None where there is no such
    file, or nothing in it.
    """
    try:
        first = _STAT.read_text(encoding="ascii").partition("\n")[0].split()
        ticks = [int(value) for value in first[1 : 1 + _KINDS]]
        hertz = os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return None
    if len(ticks) <= max(_IDLE) or not any(ticks):
        return None
    return sum(ticks[kind] for kind in range(len(ticks)) if kind not in _IDLE) / hertz


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
