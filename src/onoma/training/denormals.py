"""Denormal numbers become zero while something is trained.

Adam's moments of a weight that gets no gradient fade into numbers below 1.2e-38, which are slow to compute
with: an update of 30,000 x 100 such weights took ten times as long. They are too small to matter to a score.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import torch

_SOFT = 1
"""OpenMP's ``omp_pause_soft``."""


@contextmanager
def denormals_flushed() -> Iterator[None]:
    """Flush denormal numbers to zero in this block, in the calling thread and in those that torch has for it.

    Afterwards all is as it was: who only predicts never meets it. Where the processor cannot do it, nothing
    happens. Autograd computes on a CPU in the thread that calls it.
    """
    before = flushes_denormals()
    _flush(True)
    try:
        yield
    finally:
        _flush(before)


def flushes_denormals() -> bool:
    """Return whether the calling thread flushes denormal numbers to zero."""
    # The bits, since a thread that flushes what it computes also takes what it compares for zero.
    return not (torch.full((1,), 1e-30) * 1e-10).view(torch.int32).item()


def _flush(on: bool) -> None:
    if not torch.set_flush_denormal(on):
        return
    # The flag is each thread's own. Torch hands it on to its threads for its own loops, but not for products
    # of matrices, convolutions and recurrent layers, which MKL and oneDNN divide. GNU's OpenMP gives a thread
    # its flag at birth: so the threads are let go, and the next loop makes new ones. LLVM's and Intel's hand
    # it on by themselves. Elsewhere (no such name, or Windows, where None names no library) that is all.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).omp_pause_resource_all(_SOFT)
