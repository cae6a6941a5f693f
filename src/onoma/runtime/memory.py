"""How much memory this process has taken at most."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_memory_mb() -> float:
    """Largest resident size of this process so far, in MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def resident_peak_mb() -> float:
    """Return the largest resident size of this process since its program was started, in MiB.

    Not ``getrusage``: there a child begins with the size of the process that started it.
    """
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").split("\n"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return peak_memory_mb()
