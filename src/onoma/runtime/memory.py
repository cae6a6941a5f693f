"""How much memory this process has taken at most, in MB of a million bytes, as sizes of bundles are."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_memory_mb() -> float:
    """Largest resident size of this process so far, in MB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (peak if sys.platform == "darwin" else 1024 * peak) / 1e6


def resident_peak_mb() -> float:
    """Return the largest resident size of this process since its program was started, in MB.

    Not ``getrusage``: there a child begins with the size of the process that started it.
    """
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").split("\n"):
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1]) / 1e6
    except OSError:
        pass
    return peak_memory_mb()
