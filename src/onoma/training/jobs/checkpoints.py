"""Checkpoints: files from which a killed run goes on as if nothing had happened.

A checkpoint is one file, ``epoch-0003-step-000120.<sha256>.pt``, written beside its place, synced and
renamed. The hash of its content is part of its name, so a file that was cut or altered is known for what it
is without a second file that could be missing. It holds tensors and plain values only and is loaded as such.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import torch

from onoma.errors import OutputError
from onoma.files import sync
from onoma.files.locks import SAVING

_LOG = logging.getLogger(__name__)
FORMAT = 1
KEPT = 2
_NAME = re.compile(r"epoch-(\d+)-step-(\d+)\.([0-9a-f]{64})\.pt")
_SHARE = 0.05
"""Largest share of the time that goes into saving at ends of epochs, where these are short."""

State = dict[str, Any]


class CheckpointStore:
    """The checkpoints of one run; the newest two are kept.

    Args:
        folder: where they lie; made when the first is saved. Each that is set aside as damaged is logged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, epoch: int, step: int, state: State) -> Path:
        """Write a checkpoint, then remove all but the newest two.

        Args:
            epoch: the epoch that training stands in, from 1.
            step: updates made in it.
            state: nested dicts and lists of tensors and plain values.

        Raises:
            OutputError: the place cannot be written; the checkpoints that were there still are.
        """
        # One name for all parts, so that kills in the middle of saving leave one of them and not many.
        part = self.folder / SAVING
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            digest = _write(part, {"format": FORMAT, **state})
            made = part.replace(self.folder / f"epoch-{epoch:04}-step-{step:06}.{digest}.pt")
            sync(self.folder)
            for path in self._paths()[:-KEPT]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self.folder}: a checkpoint cannot be written: {error.strerror}; "
                "make room, then go on with --resume"
            ) from None
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return made

    def newest(self) -> State | None:
        """Return the state of the newest usable checkpoint; damaged ones before it are renamed ``*.corrupt``.

        Raises:
            OutputError: a damaged checkpoint cannot be renamed.
        """
        for path in reversed(self._paths()):
            try:
                return _read(path)
            except _DamagedError as fault:
                self._set_aside(path, str(fault))
        return None

    def _paths(self) -> list[Path]:
        """Checkpoints, oldest first."""
        if not self.folder.is_dir():
            return []
        found = [(path, _NAME.fullmatch(path.name)) for path in self.folder.iterdir()]
        known = [(int(match[1]), int(match[2]), path) for path, match in found if match]
        return [path for *_, path in sorted(known)]

    def _set_aside(self, path: Path, fault: str) -> None:
        aside = path.with_name(f"{path.name}.corrupt")
        try:
            path.replace(aside)
        except OSError as error:
            raise OutputError(f"{path}: is damaged and cannot be renamed: {error.strerror}") from None
        _LOG.warning(f"warning: {path}: {fault}; set aside as {aside.name}, the checkpoint before it is used")


class _DamagedError(Exception):
    """A checkpoint that cannot be used, and why."""


class _HashedFile:
    """A file that hashes what is written to it, and remembers why a write failed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            self._file.write(data)
        except OSError as error:
            self.error = error
            raise
        self._hash.update(data)
        return len(data)

    def flush(self) -> None:
        self._file.flush()

    def digest(self) -> str:
        return self._hash.hexdigest()


def _write(path: Path, state: State) -> str:
    """Save to ``path``, force it to disk, and return the hash of what was written."""
    with path.open("wb") as file:
        hashed = _HashedFile(file)
        try:
            torch.save(state, cast(IO[bytes], hashed))
        except RuntimeError as error:
            # torch reports a failed write as an error of its own.
            raise hashed.error or error from None
        file.flush()
        os.fsync(file.fileno())
    return hashed.digest()


def _read(path: Path) -> State:
    match = _NAME.fullmatch(path.name)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _DamagedError(f"it cannot be read: {error.strerror}") from None
    if match is None or digest != match[3]:
        raise _DamagedError("its content is not what was written: it is cut or altered")
    try:
        # Never anything but weights_only: a pickle could run code.
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # What torch raises on a file that is not its own is open-ended.
        raise _DamagedError(f"it cannot be loaded: {str(error).partition(chr(10))[0]}") from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise _DamagedError("it is of another version of Onoma")
    return state


class Cadence:
    """When to save: every so many minutes or updates, and at the ends of epochs.

    Where epochs are so short that saving would take more than a twentieth of the time, some ends of epochs
    are left out; nothing is lost by it but time, since a run goes on bit for bit from any checkpoint.

    Args:
        minutes: saves within an epoch at least so often; 0 for not at all.
        steps: saves after each so many updates of an epoch; 0 for not at all.
        clock: tells seconds.
    """

    def __init__(self, minutes: float, steps: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.minutes = minutes
        self.steps = steps
        self.clock = clock
        self._saved_at = clock()
        self._cost = 0.0

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Note when, and how long, the block saves."""
        started = self.clock()
        yield
        self._saved_at = self.clock()
        self._cost = self._saved_at - started

    def due(self, step: int, *, epoch_ended: bool, finished: bool) -> bool:
        """Whether to save now.

        Args:
            step: updates made in this epoch.
            epoch_ended: the last event was an epoch, not an update.
            finished: nothing is left to train; what follows can be long too, so this is always saved.
        """
        since = self.clock() - self._saved_at
        if epoch_ended:
            return finished or since * _SHARE >= self._cost
        by_steps = self.steps > 0 and step % self.steps == 0
        return by_steps or (self.minutes > 0 and since >= 60 * self.minutes)
