"""A bundle is tried in a process of its own: whatever it does there comes back as one line."""

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from onoma.errors import ModelError
from onoma.runtime import trial
from onoma.runtime.trial import stop_trials, try_bundle

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits are those of POSIX")


@pytest.fixture
def stranger(tmp_path, monkeypatch) -> Path:
    """A package of the name `onoma` whose trial is what the test writes there."""
    package = tmp_path / "path" / "onoma" / "runtime"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    return package / "trial.py"


def test_a_good_bundle_is_known_by_its_manifest(pristine) -> None:
    digest = hashlib.sha256((pristine / "manifest.json").read_bytes()).hexdigest()
    assert try_bundle(pristine, "Anna lives in Bonn.") == digest


def test_a_refusal_is_the_childs_line(folder) -> None:
    (folder / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"config\.json: size differs from the manifest") as caught:
        try_bundle(folder, "Anna")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("does", "message"),
    [
        ("import os; os.abort()", "died of SIGABRT"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGFPE)", "died of SIGFPE"),
        ("raise SystemExit(3)", "ended with code 3"),
        ("import time; time.sleep(1000)", "not done in 5 s"),
        ("while True: pass", "not done in 5 s"),
    ],
)
def test_whatever_it_does_there_is_a_line(pristine, stranger, does, message) -> None:
    stranger.write_text(does + "\n")
    with pytest.raises(ModelError, match=message) as caught:
        try_bundle(pristine, "Anna", seconds=1)
    assert str(caught.value).startswith(str(pristine))


def test_memory_has_a_bound(pristine, stranger) -> None:
    own = Path(trial.__file__).read_text()
    start, _ = own.split("def main(")
    stranger.write_text(
        start + "_set_limits()\ntry:\n    bytearray(2 << 30)\nexcept MemoryError:\n    os._exit(7)\n"
    )
    (stranger.parents[1] / "errors.py").write_text("ModelError = OnomaError = excerpt = None\n")
    with pytest.raises(ModelError, match="ended with code 7"):
        try_bundle(pristine, "Anna", memory=1 << 30)


def test_time_of_a_core_has_a_bound(pristine, stranger) -> None:
    start, _ = Path(trial.__file__).read_text().split("def main(")
    stranger.write_text(start + "_set_limits()\nwhile True:\n    pass\n")
    (stranger.parents[1] / "errors.py").write_text("ModelError = OnomaError = excerpt = None\n")
    with pytest.raises(ModelError, match=r"died of SIG(XCPU|KILL)|not done"):
        try_bundle(pristine, "Anna", seconds=1)


def test_a_trial_can_be_stopped(pristine, stranger) -> None:
    stranger.write_text("import time\ntime.sleep(1000)\n")
    with ThreadPoolExecutor(1) as pool:
        tried = pool.submit(try_bundle, pristine, "Anna")
        while not trial._running:
            assert not tried.done()
        stop_trials()
        with pytest.raises(ModelError, match="died of SIGKILL"):
            tried.result()


def test_what_it_writes_is_bounded(pristine, stranger) -> None:
    start, _ = Path(trial.__file__).read_text().split("def main(")
    stranger.write_text(start + "_set_limits()\nwhile True:\n    os.write(1, bytes(65536))\n")
    (stranger.parents[1] / "errors.py").write_text("ModelError = OnomaError = excerpt = None\n")
    with pytest.raises(ModelError, match=r"died of SIGXFSZ|ended with code 1"):
        try_bundle(pristine, "Anna")
