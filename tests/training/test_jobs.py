"""What all jobs share: the folder is let go however it ends, and a stop is in good order."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from resuming import settings, write_corpus

from onoma.errors import DataError, ModelError, OutputError, StoppedError
from onoma.files.locks import LOCK, claim
from onoma.readers import RawText
from onoma.training.config import resolve
from onoma.training.events import Stopped
from onoma.training.jobs.following import follow
from onoma.training.jobs.job import Job
from onoma.training.run import Run
from onoma.training.tuning.space import Range
from onoma.training.tuning.study import Tuning

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")


class Counting(Job[int, str]):
    """Counts to three; `at` is called with each number, and with 0 while it is prepared."""

    def __init__(self, folder: Path, at: Callable[[int], None] = lambda number: None) -> None:
        self.at = at
        super().__init__(folder)

    def _prepare(self) -> None:
        self.at(0)

    def _work(self) -> Iterator[int | str | Stopped]:
        with self._saving_on_stop():
            for number in (1, 2, 3):
                self.at(number)
                yield number
                if self.stopping:
                    yield Stopped(f"after {number}")
                    return
        self.at(4)
        yield "done"


def failing(place: int, error: BaseException) -> Callable[[int], None]:
    def fail(number: int) -> None:
        if number == place:
            raise error

    return fail


def free(folder: Path) -> bool:
    """Whether nobody holds the folder."""
    claim(folder).release()
    return not (folder / LOCK).exists()


def test_a_job_holds_its_folder_until_it_is_done(tmp_path: Path) -> None:
    job = Counting(tmp_path)
    with pytest.raises(OutputError, match=f"process {os.getpid()} is at work here"):
        Counting(tmp_path)
    assert list(job.execute()) == [1, 2, 3, "done"]
    assert free(tmp_path)


@pytest.mark.parametrize("error", [ModelError("no"), KeyboardInterrupt(), MemoryError()])
def test_a_failed_preparation_lets_the_folder_go_and_leaves_nothing(
    tmp_path: Path, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        Counting(tmp_path / "job", failing(0, error))
    assert not (tmp_path / "job").exists()


def test_work_that_fails_or_is_given_up_lets_the_folder_go(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        list(Counting(tmp_path, failing(2, ModelError("no"))).execute())
    assert free(tmp_path)
    events = Counting(tmp_path).execute()
    assert next(events) == 1
    events.close()
    assert free(tmp_path)
    never = Counting(tmp_path)
    never.close()
    never.close()
    assert free(tmp_path)


def test_a_full_disk_is_said_of_the_folder_and_other_files_by_their_names(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    inside = OSError(errno.EIO, "Input/output error", str(tmp_path / "part"))
    for error in (full, inside):
        with pytest.raises(OutputError, match=f"^{tmp_path}: cannot be written: {error.strerror}$"):
            list(Counting(tmp_path, failing(2, error)).execute())
    with pytest.raises(FileNotFoundError, match="elsewhere"):
        list(Counting(tmp_path, failing(2, OSError(errno.ENOENT, "No such file", "/elsewhere"))).execute())
    assert free(tmp_path)


def in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def run(folder: Path, at: Callable[[int], None], seen: list[object], begun: Path | None = None) -> str:
    return follow(lambda: Counting(folder, at), seen.append, begun=begun or folder, go_on="call again")


def test_a_job_is_followed_to_its_result(tmp_path: Path) -> None:
    seen: list[object] = []
    assert run(tmp_path, lambda number: None, seen) == "done"
    assert seen == [1, 2, 3, "done"]


@pytest.mark.skipif(not in_main_thread(), reason="signals reach the main thread only")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_job_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    seen: list[object] = []
    before = signal.getsignal(number)
    with pytest.raises(StoppedError, match=f"^stopped by {number.name} after 2; call again$") as caught:
        run(tmp_path, lambda place: signal.raise_signal(number) if place == 2 else None, seen)
    assert caught.value.exit_code == 128 + number
    assert seen == [1, 2, Stopped("after 2")]
    assert free(tmp_path)
    assert signal.getsignal(number) == before


@pytest.mark.skipif(not in_main_thread(), reason="signals reach the main thread only")
@pytest.mark.parametrize("place", [0, 4])  # in preparation, and where there is nothing to save
def test_where_nothing_needs_finishing_a_signal_ends_it_at_once(tmp_path: Path, place: int) -> None:
    def send(number: signal.Signals) -> Callable[[int], None]:
        return lambda now: signal.raise_signal(number) if now == place else None

    out = tmp_path / "job"
    with pytest.raises(StoppedError, match=r"^stopped by SIGTERM; call again$"):
        run(out, send(signal.SIGTERM), [])
    # Ctrl-C where there is nothing to go on with is just that.
    with pytest.raises(KeyboardInterrupt):
        run(out, send(signal.SIGINT), [], begun=tmp_path / "never")
    with pytest.raises(StoppedError, match=r"^stopped by SIGINT; call again$"):
        run(out, send(signal.SIGINT), [], begun=tmp_path)
    assert free(out)


def test_a_program_may_stop_a_job_itself(tmp_path: Path) -> None:
    job = Counting(tmp_path)
    assert not job.stop()  # nothing to save yet
    with pytest.raises(StoppedError, match=r"^stopped after 1; again$") as caught:
        follow(lambda: job, lambda event: job.stop(), begun=tmp_path, go_on="again")
    assert caught.value.exit_code == 130


def test_an_error_of_who_watches_lets_the_folder_go(tmp_path: Path) -> None:
    def watch(event: object) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        follow(lambda: Counting(tmp_path), watch, begun=tmp_path, go_on="again")
    assert free(tmp_path)


def test_no_kind_of_job_keeps_its_folder_when_its_data_is_at_fault(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from onoma.training.pretraining.config import PretrainingConfig
    from onoma.training.pretraining.run import Pretraining

    data = write_corpus(tmp_path / "data")
    config = resolve(None, settings(data, epochs=1))
    (data / "dev.txt").write_text("a B-X\nb O extra\n\nc B-X\nd O\n", encoding="utf-8")
    (tmp_path / "short.txt").write_text("too little\n", encoding="utf-8")
    out = tmp_path / "out"
    with pytest.raises(DataError):
        Run(config, out)
    assert not out.exists()
    with pytest.raises(DataError):
        Pretraining(RawText((str(tmp_path / "short.txt"),)), PretrainingConfig(begin="random"), out)
    assert not out.exists()
    options = {"num_trials": 1, "name": "s", "url": None, "minutes": 0.0}
    with pytest.raises(DataError):
        list(Tuning(config, {"dropout": Range(0.1, 0.5)}, out, **options).execute())  # type: ignore[arg-type]
    assert free(out)
