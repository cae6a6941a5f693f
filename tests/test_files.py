"""Files appear whole or not at all, whatever fails on the way."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from failing_disk import FailingDisk, fill, small_disk
from onoma.errors import OutputError
from onoma.files import atomic_folder, atomic_path, refuse_filled, set_aside, write_json, write_text
from onoma.files.abandoned import clear_abandoned

CODES = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS]


def write_pair(folder: Path, text: str) -> None:
    with atomic_folder(folder) as part:
        (part / "one").write_text(text)
        (part / "two").write_text(text)


def read_pair(folder: Path) -> str:
    assert sorted(path.name for path in folder.iterdir()) == ["one", "two"]
    (text,) = {path.read_text() for path in folder.iterdir()}
    return text


def read_text(path: Path) -> str:
    return path.read_text()


WAYS = [pytest.param(write_text, read_text, id="file"), pytest.param(write_pair, read_pair, id="folder")]
Write, Read = Callable[[Path, str], None], Callable[[Path], str]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
@pytest.mark.parametrize("old", ["old", None])
@pytest.mark.parametrize(("write", "read"), WAYS)
@pytest.mark.parametrize("exchanges", [True, False], ids=["exchange", "renames"])
def test_every_step_may_fail(
    tmp_path: Path,
    write: Write,
    read: Read,
    old: str | None,
    code: int,
    exchanges: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not exchanges:
        monkeypatch.setattr("onoma.files.atomic.exchange", lambda *_: False)

    def attempt(target: Path, fail_at: int | None) -> list[str]:
        target.parent.mkdir()
        if old:
            write(target, old)
        with pytest.MonkeyPatch.context() as patch:
            disk = FailingDisk(patch, fail_at, code)
            if fail_at is None:
                write(target, "the new content")
            else:
                with pytest.raises(OutputError) as caught:
                    write(target, "the new content")
                assert str(caught.value) == f"{target}: cannot write: {os.strerror(code)}"
        return disk.calls

    steps = attempt(tmp_path / "works" / "target", None)
    assert read(tmp_path / "works" / "target") == "the new content"
    assert len(steps) >= 4
    for fail_at in range(len(steps)):
        target = tmp_path / str(fail_at) / "target"
        attempt(target, fail_at)
        if fail_at == len(steps) - 1:
            # This step only makes a rename durable that has been done.
            assert read(target) == "the new content"
        else:
            assert (read(target) if target.exists() else None) == old
        assert names(target.parent) == (["target"] if target.exists() else [])


@pytest.mark.parametrize(("write", "read"), WAYS)
def test_a_full_disk(tmp_path: Path, write: Write, read: Read) -> None:
    text = "the new content" * 2000  # eight pages
    outcomes = []
    with small_disk(tmp_path / "disk", 256 * 1024) as disk:
        for leaving in range(0, 80 * 1024, 4096):
            write(disk / "target", "old")
            filler = fill(disk, leaving)
            try:
                write(disk / "target", text)
                outcomes.append("written")
            except OutputError as error:
                outcomes.append(str(error))
            assert read(disk / "target") == (text if outcomes[-1] == "written" else "old")
            assert names(disk) == ["filler", "target"]
            filler.unlink()
    assert set(outcomes) == {"written", f"{disk / 'target'}: cannot write: No space left on device"}


def test_json_is_indented_and_in_the_letters_of_its_texts(tmp_path: Path) -> None:
    target = tmp_path / "record.json"
    write_json(target, {"имя": ["Ann", 1.5, None], "empty": {}})
    expected = '{\n "имя": [\n  "Ann",\n  1.5,\n  null\n ],\n "empty": {}\n}\n'
    assert target.read_bytes() == expected.encode()
    with pytest.raises(OutputError, match="lone surrogate"):
        write_json(target, "\ud800")
    with pytest.raises(TypeError):
        write_json(target, {1, 2})
    assert target.read_bytes() == expected.encode()


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, MemoryError])
def test_an_interruption_leaves_the_old_and_no_debris(tmp_path: Path, error: type[BaseException]) -> None:
    write_text(tmp_path / "file", "old")
    write_pair(tmp_path / "folder", "old")

    def broken(way: AbstractContextManager[Path], name: str) -> None:
        with way as part:
            (part / name).write_text("half")
            raise error

    with pytest.raises(error):
        broken(atomic_path(tmp_path / "file"), "")
    with pytest.raises(error):
        broken(atomic_folder(tmp_path / "folder"), "one")
    assert (read_text(tmp_path / "file"), read_pair(tmp_path / "folder")) == ("old", "old")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    ("umask", "file_mode", "folder_mode"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700)]
)
def test_the_users_umask_holds(tmp_path: Path, umask: int, file_mode: int, folder_mode: int) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "file", "x")
        write_pair(tmp_path / "folder", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~umask
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~umask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444, 0o200])
def test_what_takes_the_place_of_a_file_has_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "private"
    path.write_text("old")
    path.chmod(mode)
    with atomic_path(path) as part:
        assert part.stat().st_mode & 0o777 == mode | 0o600
        part.write_text("new")
    assert path.stat().st_mode & 0o777 == mode
    path.chmod(0o600)
    assert path.read_text() == "new"


def test_the_umask_of_the_process_is_never_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # To read it is to change it for a moment, and files that other threads make in it are open to all.
    monkeypatch.setattr("os.umask", None)
    write_text(tmp_path / "file", "x")
    write_pair(tmp_path / "folder", "x")


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name, write, read in (("file", write_text, read_text), ("folder", write_pair, read_pair)):
        (tmp_path / name).symlink_to(tmp_path / "there" / name)
        for text in ("old", "new"):
            write(tmp_path / name, text)
            assert (tmp_path / name).is_symlink()
            assert read(tmp_path / "there" / name) == text
    assert names(tmp_path / "there") == ["file", "folder"]


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_text(tmp_path / "pipe", "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
    assert names(tmp_path) == ["pipe"]


def test_the_wrong_kind_of_place_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="this is a folder"), atomic_path(tmp_path / "folder"):
        pytest.fail("the work has begun")
    for wrong in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="cannot write"), atomic_folder(wrong):
            pytest.fail("the work has begun")
    assert names(tmp_path) == ["file", "folder"]


def test_long_names(tmp_path: Path) -> None:
    write_text(tmp_path / ("n" * 255), "x")
    write_pair(tmp_path / ("m" * 255), "x")
    with pytest.raises(OutputError, match="too long"):
        write_text(tmp_path / ("n" * 256), "x")
    assert len(names(tmp_path)) == 2


WRITER = """
import os, signal, sys
from pathlib import Path
import onoma.files.atomic as atomic
target, way = Path(sys.argv[1]), sys.argv[2]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if way == "between renames":
    atomic.exchange = lambda *_: False
    real = Path.replace
    def replace(path, to):
        real(path, to)
        die()
    Path.replace = replace
if way == "file":
    with atomic.atomic_path(target) as part:
        part.write_text("half")
        die()
with atomic.atomic_folder(target) as part:
    (part / "one").write_text("half")
    (part / "two").write_text("half")
    if way == "folder":
        die()
"""


def kill_while_writing(target: Path, way: str) -> None:
    done = subprocess.run([sys.executable, "-c", WRITER, str(target), way], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="no locks, so nothing is cleared")
@pytest.mark.parametrize(
    ("way", "write", "read"), [("file", write_text, read_text), ("folder", write_pair, read_pair)]
)
def test_the_next_writing_clears_what_killed_ones_left(
    tmp_path: Path, way: str, write: Write, read: Read
) -> None:
    target = tmp_path / "target"
    write(target, "old")
    for _ in range(3):
        kill_while_writing(target, way)
    assert read(target) == "old"
    assert len(names(tmp_path)) == 2, "each writing has cleared what the one before left"
    write(target, "new")
    assert (read(target), names(tmp_path)) == ("new", ["target"])


@pytest.mark.skipif(sys.platform == "win32", reason="no locks, so nothing is cleared")
def test_a_folder_lost_between_two_renames_is_brought_back(tmp_path: Path) -> None:
    target = tmp_path / "target"
    write_pair(target, "old")
    kill_while_writing(target, "between renames")
    assert not target.exists()
    with pytest.raises(ValueError, match="before it is done"), atomic_folder(target):
        raise ValueError("before it is done")
    assert (read_pair(target), names(tmp_path)) == ("old", ["target"])


def test_what_another_is_writing_stays(tmp_path: Path) -> None:
    target = tmp_path / "target"
    with atomic_folder(target) as one:
        (one / "one").write_text("one")
        with atomic_path(tmp_path / "target") as other:
            other.write_text("other")
            assert len(names(tmp_path)) == 2
        target.unlink()
        assert (one / "one").read_text() == "one"
    assert names(target) == ["one"]


def write_on_a_folder(target: Path) -> None:
    with atomic_folder(target) as part:
        (part / "one").mkdir()
        write_text(part / "one", "text")


def test_an_error_within_a_folder_names_the_folder_that_was_given(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_on_a_folder(tmp_path / "target")
    assert str(caught.value).startswith(f"{tmp_path / 'target' / 'one'}: cannot write")


@pytest.mark.parametrize(("write", "read"), WAYS)
def test_what_is_on_its_way_to_its_place_is_not_cleared(
    tmp_path: Path, write: Write, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(path: Path) -> None:
        clear_abandoned(tmp_path / "target")  # another process that begins to write the same

    monkeypatch.setattr("onoma.files.atomic.sync", sync)
    write(tmp_path / "target", "text")
    assert read(tmp_path / "target") == "text"


def test_a_place_that_holds_something_is_refused_or_set_aside(tmp_path: Path) -> None:
    place, file = tmp_path / "place", tmp_path / "file"
    file.touch()
    refuse_filled(place)
    place.mkdir()
    refuse_filled(place)
    (place / "kept").touch()
    (tmp_path / "place.old-1").mkdir()
    for taken in (place, file):
        with pytest.raises(OutputError, match="is not an empty folder"):
            refuse_filled(taken)
    assert set_aside(place) == tmp_path / "place.old-2"
    assert (tmp_path / "place.old-2" / "kept").exists()
    refuse_filled(place)
