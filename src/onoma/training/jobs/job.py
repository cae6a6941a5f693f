"""What all jobs share: a folder of their own, events that tell what happens, an end in good order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Generic, TypeVar

from onoma.errors import OutputError
from onoma.files.locks import FolderLock, claim
from onoma.training.events import Stopped

Event = TypeVar("Event")
Result = TypeVar("Result")


class Job(ABC, Generic[Event, Result]):
    """Work that fills a folder, and tells what happens event by event.

    Making a job claims its folder and prepares the work, `execute` does it. Whichever ends, and however, lets
    the folder go. A kind of job says how it claims its folder (`_claim`), what it needs to begin or to go on
    (`_prepare`), and how it works (`_work`). It keeps what it is given before it calls this ``__init__``.

    Args:
        folder: where everything goes.

    Raises:
        OutputError: the folder is in use or cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stopping = self._stoppable = False
        self._lock = self._claim()
        try:
            self._prepare()
        except BaseException as error:
            self._undo(error)
            self.close()
            with suppress(OSError):
                folder.rmdir()  # if nothing has been written yet
            raise

    def _claim(self) -> FolderLock | None:
        """Make the folder and lock it; None where several processes may be at it."""
        return claim(self.folder)

    @abstractmethod
    def _prepare(self) -> None:
        """Do what comes before the first event."""

    def _undo(self, error: BaseException) -> None:
        """Take back what `_prepare` has written, after it failed."""

    @abstractmethod
    def _work(self) -> Iterator[Event | Result | Stopped]:
        """Yield what happens; last the result, or `Stopped` where a stop was asked for."""

    @property
    def stopping(self) -> bool:
        """Whether a stop has been asked for."""
        return self._stopping

    def stop(self) -> bool:
        """Ask for an end in good order: what is being done is finished and saved, and `Stopped` is told.

        Returns:
            False where nothing needs to be finished: the process may end at any moment.
        """
        if self._stoppable:
            self._stopping = True
        return self._stoppable

    def execute(self) -> Generator[Event | Result | Stopped, None, None]:
        """Do the work; yields what happens, last the result or `Stopped`.

        Raises:
            OutputError: the folder cannot be written.
            OnomaError: the work's own.
        """
        try:
            yield from self._work()
        except OSError as error:
            if not self._is_ours(error):
                raise
            raise OutputError(f"{self.folder}: cannot be written: {error.strerror}") from None
        finally:
            self.close()

    def close(self) -> None:
        """Let the folder go, where the job is not executed; a second time does nothing."""
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def _saving_on_stop(self) -> Iterator[None]:
        """In this block a stop takes some doing: `stop` is heard."""
        self._stoppable = True
        try:
            yield
        finally:
            self._stoppable = False

    def _is_ours(self, error: OSError) -> bool:
        """Whether an error is of a file in the folder, or of a write whose place the system leaves out."""
        if not isinstance(error.filename, str | Path):
            return error.filename is None
        return Path(error.filename).absolute().is_relative_to(self.folder.absolute())
