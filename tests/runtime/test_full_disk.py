"""A bundle is saved whole or not at all: a full or failing disk leaves the old one as it was."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from failing_disk import FailingDisk, fill, small_disk
from onoma.errors import OutputError
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.manifest import ModelSettings


def bundle_of(value: int) -> Bundle:
    config = ModelSettings(model="lstm", options={}, tags=["O", "I-PER"], scheme="IO")
    return Bundle(config, {"version": value}, {"w": np.full((100, 100), value, np.float32)})


def saved(folder: Path) -> int:
    """Which bundle lies there, whole and alone."""
    assert [path.name for path in folder.parent.iterdir() if path.name != "filler"] == [folder.name]
    bundle = load_bundle(folder)
    (value,) = np.unique(bundle.tensors["w"])
    assert bundle.vocabulary == {"version": value}
    return int(value)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("exchanges", [True, False], ids=["exchange", "renames"])
def test_every_step_of_saving_may_fail(
    tmp_path: Path, code: int, exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchanges:
        monkeypatch.setattr("onoma.files.atomic.exchange", lambda *_: False)

    def attempt(folder: Path, fail_at: int | None) -> list[str]:
        save_bundle(folder, bundle_of(1))
        with pytest.MonkeyPatch.context() as patch:
            disk = FailingDisk(patch, fail_at, code)
            if fail_at is None:
                save_bundle(folder, bundle_of(2))
            else:
                with pytest.raises(OutputError) as caught:
                    save_bundle(folder, bundle_of(2))
                assert str(caught.value) == f"{folder}: cannot write: {os.strerror(code)}"
        return disk.calls

    steps = attempt(tmp_path / "works" / "bundle", None)
    # The folder; four files; their syncs, the folder's and its parent's; two renames or one exchange.
    renames = 0 if exchanges and sys.platform == "linux" else 2
    assert (steps.count("write_bytes"), steps.count("fsync"), steps.count("replace")) == (4, 6, renames)
    for fail_at in range(len(steps)):
        folder = tmp_path / str(fail_at) / "bundle"
        attempt(folder, fail_at)
        # The last step only makes durable what has been done.
        assert saved(folder) == (2 if fail_at == len(steps) - 1 else 1)


def test_a_full_disk(tmp_path: Path) -> None:
    outcomes = []
    with small_disk(tmp_path / "disk", 512 * 1024) as disk:
        save_bundle(disk / "bundle", bundle_of(1))
        for leaving in range(0, 100 * 1024, 4096):
            before = saved(disk / "bundle")
            filler = fill(disk, leaving)
            try:
                save_bundle(disk / "bundle", bundle_of(before + 1))
                outcomes.append("saved")
            except OutputError as error:
                outcomes.append(str(error))
            assert saved(disk / "bundle") == before + (outcomes[-1] == "saved")
            filler.unlink()
    assert set(outcomes) == {"saved", f"{disk / 'bundle'}: cannot write: No space left on device"}
