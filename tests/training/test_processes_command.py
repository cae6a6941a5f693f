"""The command line in several processes: one voice, one folder, one end; and going on after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from resuming import KILLED, command, debris, finish, outcome, write_corpus
from together import SIZE, run_together

SMALL = ("word_dim=12", "hidden_dim=12", "batch_size=4", "average=0.9", "checkpoint_steps=5")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"), sentences=30)


def arguments(corpus: Path, out: Path, *more: object) -> list[str]:
    sets = [part for one in SMALL for part in ("--set", one)]
    given = ["train", "--model", "bilstm-crf", "--data", corpus, "--out", out, "--epochs", "2"]
    return list(map(str, [*given, "--threads", "1", "--precision", "fp32", *sets, *more]))


def errors(done: list[tuple[int, str]]) -> list[str]:
    return [line for _, text in done for line in text.splitlines() if "error" in line or "Traceback" in line]


def test_torchrun(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launcher, "-m", "onoma", *arguments(corpus, out, "--json")],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE")},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((out / "metrics.json").read_text())
    assert done.stderr.count("2 processes, each with 1 threads") == 1
    assert json.loads((out / "environment.json").read_text())["processes"] == 2
    assert len((out / "history.jsonl").read_text().splitlines()) == 2
    assert (out / "plots" / "loss.png").exists()
    assert debris(out) == []


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two processes that nothing has disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    done = run_together(command, [arguments(corpus, folder / "run")] * SIZE, folder)
    assert [code for code, _ in done] == [0, 0], done
    assert done[1][1] == ""  # one voice
    return folder / "run"


def killed(corpus: Path, folder: Path) -> Path:
    """A run of two processes, the second of which was killed in its second epoch."""
    at = ("onoma.training.loop:Trainer._update", 14)
    done = run_together(command, [arguments(corpus, folder / "run")] * SIZE, folder, kill=at)
    assert [code for code, _ in done] == [2, KILLED]
    found = errors(done)
    assert len(found) == 1, found
    assert found[0].startswith("onoma: error: another of the processes has ended")
    return folder / "run"


def test_a_killed_process_ends_all_and_the_run_goes_on_bit_for_bit(
    corpus: Path, whole: Path, tmp_path: Path
) -> None:
    run = killed(corpus, tmp_path)
    done = run_together(command, [["train", "--resume", "--out", str(run)]] * SIZE, tmp_path)
    assert [code for code, _ in done] == [0, 0], done
    assert "resuming in epoch 2 after step 5" in done[0][1]
    assert "warning" not in done[0][1]
    assert outcome(run) == outcome(whole)
    assert debris(run) == []


def test_another_number_of_processes_goes_on_with_a_warning(corpus: Path, tmp_path: Path) -> None:
    run, said_at = killed(corpus, tmp_path), tmp_path / "said"
    assert finish(command, "train", "--resume", "--out", run, stderr=said_at) == 0
    said = said_at.read_text(encoding="utf-8")
    assert said.count("warning: the run was trained by 2 processes and goes on with one process") == 1
    assert said.count("warning") == 1
    assert json.loads((run / "environment.json").read_text())["processes"] == 1


def stop_soon(given: list[str], step: int) -> int:
    """Train, and be asked by the system to stop after an update of the first epoch."""
    import signal

    from onoma.training.loop import Trainer

    update, count = Trainer._update, 0

    def counted(self: Any, batch: Any) -> float:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGTERM)
        return update(self, batch)

    Trainer._update = counted  # type: ignore[method-assign]
    return command(*given)


def test_a_stop_of_one_is_a_stop_of_all(corpus: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    given = arguments(corpus, run)
    done = run_together(stop_soon, [(given, 10_000), (given, 4)], tmp_path)
    assert all(code >= 128 for code, _ in done), done
    assert [text.count("go on with: onoma train --resume") for _, text in done] == [1, 0]
    done = run_together(command, [["train", "--resume", "--out", str(run)]] * SIZE, tmp_path)
    assert "resuming in epoch 1 after step 4" in done[0][1]
    assert outcome(run) == outcome(whole)


def test_processes_with_other_settings_are_refused_in_one_line(corpus: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = run_together(command, [arguments(corpus, run), arguments(corpus, run, "--seed", "14")], tmp_path)
    assert [code for code, _ in done] == [2, 2]
    found = errors(done)
    assert len(found) == 1, found
    assert "process 1 has another configuration than the first one" in found[0]
    assert not run.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["train", "--model", "nonsense", "--data", "en", "--out", "out"], "unknown model 'nonsense'"),
        (["predict", "en", "-"], "torchrun is for onoma train and onoma pretrain"),
        (["pretrain", "-", "--out", "out", "--begin", "random"], "cannot share standard input"),
    ],
)
def test_what_all_get_wrong_is_told_once(given: list[str], message: str, tmp_path: Path) -> None:
    done = run_together(command, [given] * SIZE, tmp_path)
    assert [code for code, _ in done] == [2, 2]
    found = errors(done)
    assert len(found) == 1, found
    assert message in found[0]


def test_one_process_joins_nobody(corpus: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    assert finish(train_and_look, *arguments(corpus, tmp_path / "run"), stderr=said) == 0, said.read_text()


def train_and_look(*given: str) -> int:
    """Train; fail where anything of several processes was imported or begun."""
    code = command(*given)
    loaded = "onoma.training.processes.group" in sys.modules
    distributed: Any = sys.modules.get("torch.distributed")
    begun = distributed is not None and distributed.is_available() and distributed.is_initialized()
    return code or 10 * loaded or 20 * begun
