"""Commands that are killed, or meet a disk that is full or cannot be written: outputs are whole or absent.

Twenty random moments for each command, and memory limits, are in ``benchmarks/chaos.py``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from attacked import ATTACKED, Attacked, faults, hidden, make_inputs, visible
from command_line import Onoma
from killing import kill_at_change

from failing_disk import fill, read_only_disk, small_disk

KILLED_AT = {
    "convert": 4,
    "convert a folder": 60,
    "split": 13,
    "vectors": 3,
}
"""Before which change on the disk: in the midst of writing. What is not here takes too long for it."""

by_name = pytest.mark.parametrize(
    "attacked",
    [pytest.param(one, id=one.name) for one in ATTACKED if one.name in KILLED_AT],
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory, onoma: Onoma, trained: Path) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    make_inputs(folder, lambda run: shutil.copytree(trained, run))
    return folder


@by_name
def test_the_next_run_after_a_kill_is_whole(
    tmp_path: Path, inputs: Path, onoma: Onoma, attacked: Attacked
) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()
    out = folder / attacked.output
    assert kill_at_change(attacked.words(inputs, out), folder, KILLED_AT[attacked.name])
    assert faults(out) == []
    assert hidden(folder), "the kill came too late"
    done = onoma(*attacked.words(inputs, out, again=True))
    assert done.returncode == 0, done.stderr
    assert visible(out)
    assert faults(out) == []
    assert hidden(folder) == []


@by_name
@pytest.mark.parametrize("disk", ["full", "read-only"])
def test_a_disk_that_cannot_be_written(
    tmp_path: Path, inputs: Path, onoma: Onoma, attacked: Attacked, disk: str
) -> None:
    with (
        small_disk(tmp_path / "disk", 64 * 1024) if disk == "full" else read_only_disk(tmp_path / "disk")
    ) as place:
        if disk == "full":
            fill(place, 4096)
        before = sorted(place.rglob("*"))
        out = place / attacked.output
        done = onoma(*attacked.words(inputs, out))
        assert done.returncode == 2, done.stderr
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("onoma: error:")]
        assert str(out) in line
        assert "Traceback" not in done.stderr
        assert faults(out) == []
        assert [path for path in place.rglob(".*") if path not in before and path.name != ".lock"] == []
