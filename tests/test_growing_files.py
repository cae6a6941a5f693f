"""Files that grow by lines are as they were where a line cannot be added."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onoma.files.growing import append_whole, drop_half_line


@contextmanager
def largest(size: int) -> Iterator[None]:
    """Let this process write no file beyond a size, as a full disk would: a part of a write still fits."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("length", [5, 30_000])
def test_what_does_not_fit_leaves_nothing(tmp_path: Path, length: int) -> None:
    path = tmp_path / "lines"
    assert append_whole(path, b"first\n") == 6
    with largest(8), pytest.raises(OSError, match="too large"):
        append_whole(path, b"x" * length + b"\n")
    assert path.read_bytes() == b"first\n"
    assert append_whole(path, b"second\n") == 13
    assert path.read_bytes() == b"first\nsecond\n"


@pytest.mark.parametrize("half", ["", "x", "x" * 200_000])
@pytest.mark.parametrize("whole", ["", "one\n", "one\ntwo\n"])
def test_a_line_without_end_is_cut_off(tmp_path: Path, whole: str, half: str) -> None:
    path = tmp_path / "lines"
    path.write_text(whole + half)
    assert drop_half_line(path) == len(whole)
    assert path.read_text() == whole
