"""Two processes and one run's folder: the second is refused, and nothing stays behind."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from resuming import PROCESSES, command, debris, finish, settings, start, train, write_corpus

from onoma.cli.main import main
from onoma.errors import OutputError
from onoma.files.locks import LOCK, FolderLock, remove_debris
from onoma.training.folder import claim_folder, stored_config

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")


class Flag:
    """What one process tells another. An Event hangs where the process that waits for it was killed."""

    def __init__(self) -> None:
        self.reader, self.writer = PROCESSES.Pipe(duplex=False)

    def set(self) -> None:
        self.writer.send(True)

    def wait(self, seconds: float) -> bool:
        return self.reader.poll(seconds)


def hold(folder: Path, held: Any, done: Any) -> int:
    lock = FolderLock(folder)
    held.set()
    done.wait(60)
    lock.release()
    return 0


@pytest.fixture
def holder(tmp_path: Path) -> Any:
    """A second process that holds the lock of ``run``; yields it and what ends it."""
    (tmp_path / "run").mkdir()
    held, done = Flag(), Flag()
    process = start(hold, tmp_path / "run", held, done)
    assert held.wait(60)
    yield process, done
    done.set()
    process.join(60)


def test_the_second_process_is_refused_and_the_first_is_named(tmp_path: Path, holder: Any) -> None:
    run, (process, done) = tmp_path / "run", holder
    for resume in (True, False):
        with pytest.raises(OutputError, match=f"{run}: process {process.pid} is at work here"):
            claim_folder(run, resume=resume)
    assert (run / LOCK).read_text() == f"{process.pid}\n"  # not taken away from its owner
    done.set()
    process.join(60)
    assert process.exitcode == 0
    assert not (run / LOCK).exists()
    claim_folder(run, resume=True).release()
    assert list(run.iterdir()) == []


def test_what_the_first_process_is_writing_is_left_alone(tmp_path: Path, holder: Any) -> None:
    part = tmp_path / "run" / ".model.1.part"
    part.write_text("half")
    with pytest.raises(OutputError, match="is at work here"):
        claim_folder(tmp_path / "run", resume=True)
    assert part.exists()


def test_the_lock_ends_with_a_killed_process(tmp_path: Path, holder: Any) -> None:
    run, (process, _) = tmp_path / "run", holder
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    assert (run / LOCK).exists()
    assert stored_config(run) is None  # the file alone is no sign of anything
    lock = claim_folder(run, resume=False)
    assert (run / LOCK).read_text() == f"{os.getpid()}\n"
    lock.release()
    lock.release()
    assert list(run.iterdir()) == []


def test_a_lock_ends_with_the_object_that_holds_it(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with pytest.raises(OutputError, match=str(os.getpid())):
        FolderLock(tmp_path)
    del lock
    gc.collect()
    FolderLock(tmp_path).release()


def test_a_lock_whose_file_is_removed_meanwhile_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    original, first = fcntl.flock, FolderLock(tmp_path)

    def released_meanwhile(descriptor: int, how: int) -> None:
        first.release()
        original(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", released_meanwhile)
    second = FolderLock(tmp_path)
    with pytest.raises(OutputError, match="is at work here"):
        FolderLock(tmp_path)
    second.release()


def test_without_locks_in_the_file_system_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import fcntl

    def refuse(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    lock = claim_folder(tmp_path, resume=False)
    assert list(tmp_path.iterdir()) == []
    lock.release()


def test_what_is_not_a_run_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    before = tmp_path.stat().st_mtime_ns
    with pytest.raises(OutputError, match="is not empty"):
        claim_folder(tmp_path, resume=False)
    assert tmp_path.stat().st_mtime_ns == before


def stopped_in_training(given: dict[str, Any], out: Path, held: Any, done: Any) -> int:
    """Train, but stand still at the first update until told."""
    from onoma.training.loop import Trainer

    original: Any = Trainer._update

    def waiting(*arguments: Any, **options: Any) -> Any:
        held.set()
        done.wait(60)
        return original(*arguments, **options)

    Trainer._update = waiting  # type: ignore[method-assign]
    return train(given, out, resume=False)


def test_a_run_in_training_cannot_be_resumed_beside_it(tmp_path: Path, capsys: Any) -> None:
    data = write_corpus(tmp_path / "data")
    run, held, done = tmp_path / "run", Flag(), Flag()
    process = start(stopped_in_training, settings(data, epochs=1), run, held, done)
    assert held.wait(60)
    assert main(["train", "--resume", "--out", str(run)]) == 2
    said = capsys.readouterr().err
    assert said == (
        f"onoma: error: {run}: process {process.pid} is at work here; wait for it or stop it, or name "
        "another folder\n"
    )
    done.set()
    process.join(60)
    assert process.exitcode == 0
    assert debris(run) == []
    assert finish(command, "train", "--resume", "--out", run) == 0  # finished, nothing to do


def test_a_users_own_hidden_files_are_no_debris(tmp_path: Path) -> None:
    ours = (".run.0123456789abcdef.part", ".bundle.0123456789abcdef.old", ".saving.part")
    theirs = (".bashrc.old", ".notes.part", ".cache.tmp", ".config")
    for name in (*ours, *theirs):
        (tmp_path / name).write_text("")
    remove_debris(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(theirs)
