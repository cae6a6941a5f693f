"""Disks that are full or broken: real small ones, and any one step of writing made to fail."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_WRITES = ("write_bytes", "write_text", "touch")
_CALLS = ("mkdir", "fsync", "replace")
_TRIES = 100


class FailingDisk:
    """Makes the n-th call that changes the disk raise an error; a write leaves half of its content.

    Args:
        monkeypatch: undoes it.
        fail_at: which call fails, from 0; None to only count them.
        code: the system's error number.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, fail_at: int | None = None, code: int = errno.ENOSPC
    ) -> None:
        self.calls: list[str] = []
        self._fail_at = fail_at
        self._code = code
        for owner, names in ((Path, _WRITES), (os, _CALLS)):
            for name in names:
                monkeypatch.setattr(owner, name, self._failing(name, getattr(owner, name)))

    def _failing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if name == "mkdir" and os.path.isdir(args[0]):  # noqa: PTH112 - a check, nothing changes
                return real(*args, **kwargs)
            self.calls.append(name)
            if len(self.calls) - 1 == self._fail_at:
                if name.startswith("write"):
                    real(args[0], args[1][: len(args[1]) // 2], *args[2:], **kwargs)
                raise OSError(self._code, os.strerror(self._code))
            return real(*args, **kwargs)

        return call


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """Mount a real disk of ``size`` bytes; skips where that is not allowed."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "onoma-test", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted: {error}")
    try:
        yield place
    finally:
        _unmount(place)


def _unmount(place: Path) -> None:
    """Take a disk away. Helpers of a command that has ended may hold it for a moment longer."""
    for _ in range(_TRIES):
        if subprocess.run(["umount", str(place)], check=False, capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "--lazy", str(place)], check=True, capture_output=True)


@contextmanager
def read_only_disk(place: Path) -> Iterator[Path]:
    """Mount a real disk that even the superuser cannot write to; skips where that is not allowed."""
    with small_disk(place, 4096) as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, capture_output=True)
        yield disk


def fill(disk: Path, leaving: int) -> Path:
    """Fill a disk up to ``leaving`` bytes (in whole pages) and return the file that does it."""
    state = os.statvfs(disk)
    path = disk / "filler"
    path.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - leaving)))
    return path
