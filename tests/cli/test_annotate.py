"""``onoma annotate`` with its processes: killed, stopped, gone on with."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest
from command_line import Onoma

_NAMES = ("Anna", "John Smith", "Paris", "New York", "Google", "Mr. Brown")
_OPTIONS = ("--shard-mb", "0.006")

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "text.txt"
    lines = (f"{_NAMES[n % 6]} met {_NAMES[n // 6 % 6]} on day {n}.\n" for n in range(2000))
    path.write_text("".join(lines))
    return path


@pytest.fixture(scope="module")
def undisturbed(archive: Path, tmp_path_factory: pytest.TempPathFactory, onoma: Onoma) -> Path:
    """Done by one worker at one go."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    done = onoma("annotate", "en", archive, "--out", out, "--workers", 1, *_OPTIONS, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["documents"] == 2000
    assert told["entities"] == json.loads((out / "totals.json").read_text())["entities"]
    assert "of processors" in done.stderr
    return out


def _parts(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "parts").iterdir())}


def _begin(archive: Path, out: Path, workers: int = 2) -> subprocess.Popen[bytes]:
    words = ["annotate", "en", str(archive), "--out", str(out), "--workers", str(workers), *_OPTIONS]
    return subprocess.Popen([sys.executable, "-m", "onoma", *words], stderr=subprocess.PIPE)


def _caught(archive: Path, folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """A driver that is held (SIGSTOP) amid its work, and its folder; one that was too fast is tried again."""
    for number in count():
        out = folder / f"out{number}"
        driver = _begin(archive, out)
        while not _some_are_done(out) and driver.poll() is None:
            time.sleep(0.002)
        driver.send_signal(signal.SIGSTOP)
        if driver.poll() is None and not (out / "totals.json").exists():
            return driver, out
        driver.send_signal(signal.SIGCONT)
        assert driver.communicate()
        assert driver.returncode == 0
    raise AssertionError


def _some_are_done(out: Path) -> bool:
    ledger = out / "ledger.jsonl"
    return ledger.exists() and ledger.stat().st_size > 0


def _workers(driver: subprocess.Popen[bytes]) -> list[int]:
    """Processes that the driver's threads have started."""
    found: list[int] = []
    for thread in Path(f"/proc/{driver.pid}/task").iterdir():
        found += map(int, (thread / "children").read_text().split())
    return found


def _go_on(onoma: Onoma, archive: Path, out: Path) -> None:
    done = onoma("annotate", "en", archive, "--out", out, "--workers", 1, *_OPTIONS, "--resume")
    assert done.returncode == 0, done.stderr
    assert " done already" in done.stderr


def test_a_killed_worker_is_replaced(archive: Path, undisturbed: Path, tmp_path: Path) -> None:
    driver, out = _caught(archive, tmp_path)
    for worker in _workers(driver):
        os.kill(worker, signal.SIGKILL)
    driver.send_signal(signal.SIGCONT)
    assert driver.communicate()
    assert driver.returncode == 0
    assert _parts(out) == _parts(undisturbed)


@pytest.mark.parametrize(
    "ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda signal: signal.name
)
def test_a_dead_driver_is_gone_on_with(
    archive: Path, undisturbed: Path, tmp_path: Path, onoma: Onoma, ending: signal.Signals
) -> None:
    driver, out = _caught(archive, tmp_path)
    workers = _workers(driver)
    if ending == signal.SIGTERM:
        second = onoma("annotate", "en", archive, "--out", out, *_OPTIONS, "--resume")
        assert second.returncode == 2
        assert f"process {driver.pid} is at work here" in second.stderr
    driver.send_signal(ending)
    driver.send_signal(signal.SIGCONT)
    said = driver.communicate()[1].decode()
    if ending == signal.SIGKILL:
        assert driver.returncode == -signal.SIGKILL
    else:
        assert driver.returncode == 128 + ending
        assert f"stopped by {ending.name}; go on with: onoma annotate en" in said
        assert "--resume" in said
    assert _ended(workers)
    _go_on(onoma, archive, out)
    assert _parts(out) == _parts(undisturbed)


def _ended(workers: list[int]) -> bool:
    """Workers end by themselves when their driver has: otherwise this never returns."""
    for pid in workers:
        while _is_running(pid):
            time.sleep(0.01)
    return True


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_wrong_orders_are_one_line(archive: Path, tmp_path: Path, onoma: Onoma) -> None:
    out = tmp_path / "out"
    for given, said in (
        (["--address", "somewhere"], "does not go with the engine local"),
        (["--shard-mb", 0], "above 0"),
        (["--min-score", 2], "2"),
        (["--from", "nothing"], "nothing"),
    ):
        done = onoma("annotate", "en", archive, "--out", out, *given)
        assert done.returncode == 2
        assert said in done.stderr.splitlines()[-1]
        assert not out.exists()
    for places in ((archive, "--out", "memory://out"), ("memory://in", "--out", out)):
        done = onoma("annotate", "en", *places)
        assert done.returncode == 2
        assert "memory of one process" in done.stderr.splitlines()[-1]
        assert not out.exists()
    done = onoma("annotate", "nowhere", archive, "--out", out)
    assert done.returncode == 2
    assert "no such run or bundle" in done.stderr


def test_refusals_are_said_and_files_that_end_early_are_a_failure(tmp_path: Path, onoma: Onoma) -> None:
    path, cut = tmp_path / "a.txt", tmp_path / "b.txt.gz"
    path.write_bytes(b"Anna saw Paris.\n\xff\xfe bad\nJohn saw Rome.\n")
    done = onoma("annotate", "en", path, "--out", tmp_path / "one", "--workers", 1, "--quiet", "--json")
    assert done.returncode == 0
    assert "1 refused (bad-encoding 1)" in done.stderr
    assert json.loads(done.stdout)["documents"] == 2
    cut.write_bytes(gzip.compress(b"Anna saw Paris.\n" * 1000)[:-10])
    done = onoma("annotate", "en", path, cut, "--out", tmp_path / "two", "--workers", 1, "--quiet")
    assert done.returncode == 1
    assert "1 files could not be read to their end" in done.stderr


def test_labels_are_mapped_and_scores_bounded(tmp_path: Path, onoma: Onoma) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Anna Smith lives in Paris.\n")
    out = tmp_path / "out"
    given = ["--map", "per=PERSON", "--map", "geo=", "--min-score", 0.1, "--workers", 1, "--json"]
    done = onoma("annotate", "en", path, "--out", out, *given)
    assert set(json.loads(done.stdout)["entities"]) == {"PERSON"}


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is there")
def test_a_missing_engine_is_named(archive: Path, tmp_path: Path, onoma: Onoma) -> None:
    done = onoma("annotate", "en", archive, "--out", tmp_path / "out", "--engine", "ray")
    assert done.returncode == 2
    assert "onoma[cluster]" in done.stderr


def test_urls_are_read_and_written(archive: Path, undisturbed: Path, tmp_path: Path, onoma: Onoma) -> None:
    pytest.importorskip("fsspec")
    out = tmp_path / "deep" / "out"
    given = ["annotate", "en", archive.as_uri(), "--out", out.as_uri(), "--workers", 2, *_OPTIONS, "--json"]
    done = onoma(*given)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["folder"] == out.as_uri()
    assert _parts(out) == _parts(undisturbed)
    assert len(list((out / "ledger").iterdir())) == len(_parts(out))
    assert not (out / "lease.json").exists()
    refused = onoma(*given)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    assert onoma(*given, "--resume").returncode == 0
