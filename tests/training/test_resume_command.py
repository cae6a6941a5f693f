"""``onoma train --resume``: what is refused, what is said, and ending on a signal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from resuming import command, debris, finish, outcome, start, write_corpus

from onoma.cli.main import main

_SMALL = ["hidden_dim=12", "word_dim=12", "batch_size=4", "learning_rate=0.02", "checkpoint_steps=3"]
SETTINGS = [
    *("--model", "bilstm-crf", "--epochs", 3, "--threads", 1, "--precision", "fp32"),
    *(part for setting in _SMALL for part in ("--set", setting)),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed."""
    run = tmp_path_factory.mktemp("whole") / "run"
    assert finish(command, "train", *SETTINGS, "--data", corpus, "--out", run) == 0
    return run


@pytest.fixture(scope="module")
def killed_once(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run killed in its second epoch, with a copy of the data of its own."""
    folder = tmp_path_factory.mktemp("killed")
    shutil.copytree(corpus, folder / "data")
    code = finish(
        *(command, "train", *SETTINGS, "--data", folder / "data", "--out", folder / "run"),
        kill=("onoma.training.loop:Trainer._update", 20),
    )
    assert code == -signal.SIGKILL
    assert len(list((folder / "run" / "checkpoints").iterdir())) == 2
    return folder


@pytest.fixture
def killed(killed_once: Path, tmp_path: Path) -> Path:
    """The same, to be changed; it stands in its old place while a test runs."""
    shutil.copytree(killed_once, tmp_path / "backup")
    yield killed_once / "run"
    for name in ("run", "data"):
        shutil.rmtree(killed_once / name)
        shutil.copytree(tmp_path / "backup" / name, killed_once / name)


@pytest.fixture
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are slow, and one test looks at them."""
    monkeypatch.setattr("onoma.reports.runs.write_plots", lambda folder, finished: None)


def resume(run: Path, *more: Any, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["train", "--resume", "--out", str(run), *map(str, more)])
    return code, capsys.readouterr().err


def same_model(one: Path, other: Path) -> bool:
    return outcome(one)["weights"] == outcome(other)["weights"]


def test_resume_needs_nothing_but_the_folder(killed: Path, whole: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["onoma", "train", "--resume"])
    code, said = resume(killed, capsys=capsys)
    assert code == 0, said
    assert "resuming in epoch 2 after step 6" in said
    assert outcome(killed) == outcome(whole)
    assert debris(killed) == []
    assert (killed / "plots" / "f1.png").is_file()
    assert not (killed / "checkpoints").exists()
    environment = json.loads((killed / "environment.json").read_text())
    assert environment["resumed"] == 1
    assert environment["arguments"] != ["train", "--resume"]  # what began the run stands there
    before = {path: path.stat().st_mtime_ns for path in killed.rglob("*")}
    code, said = resume(killed, "--json", capsys=capsys)
    assert code == 0
    assert "finished" in said
    assert {path: path.stat().st_mtime_ns for path in killed.rglob("*")} == before


@pytest.mark.usefixtures("no_plots")
def test_tensorboard_shows_each_epoch_once(killed: Path, capsys) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert resume(killed, capsys=capsys)[0] == 0
    events = EventAccumulator(str(killed / "tensorboard"))
    events.Reload()
    for tag in ("dev/f1", "dev/accuracy", "train/f1", "train/accuracy"):
        assert [event.step for event in events.Scalars(tag)] == [1, 2, 3]


@pytest.mark.usefixtures("no_plots")
def test_repeating_the_settings_is_fine(killed: Path, killed_once: Path, whole: Path, capsys) -> None:
    code, said = resume(killed, *SETTINGS, "--data", killed_once / "data", capsys=capsys)
    assert code == 0, said
    assert same_model(killed, whole)


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        (["--epochs", 4], "training.epochs"),
        (["--seed", 1], "training.seed"),
        (["--set", "dropout=0.1"], "model.dropout"),
        (["--model", "lstm"], "model.id"),
        (["--head", "softmax"], "model.head"),
        (["--data", "en"], "data.train"),
        (["--on-error", "skip"], "data.on_error"),
        (["--init-from", "."], "training.init_from"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_settings_are_refused_by_name(killed: Path, capsys, changed, setting) -> None:
    before = sorted(path.name for path in killed.rglob("*"))
    code, said = resume(killed, *changed, capsys=capsys)
    assert code == 2
    assert said.startswith(f"onoma: error: {setting}: the run was started with")
    assert said.count("\n") == 1
    assert sorted(path.name for path in killed.rglob("*")) == before


def test_an_edited_configuration_is_refused(killed: Path, capsys) -> None:
    config = killed / "config.toml"
    config.write_text(config.read_text().replace("learning_rate = 0.02", "learning_rate = 0.03"))
    code, said = resume(killed, capsys=capsys)
    assert code == 2
    assert "training.learning_rate: the run was started with 0.02, not 0.03" in said


@pytest.mark.parametrize("name", ["train", "dev", "test"])
def test_changed_data_is_refused_by_file(killed: Path, killed_once: Path, capsys, name) -> None:
    path = killed_once / "data" / f"{name}.txt"
    path.write_text(path.read_text() + "One O\nmore O\n\n")
    code, said = resume(killed, capsys=capsys)
    assert code == 2
    assert f"{path}: its content has changed since the run was started" in said
    path.unlink()
    code, said = resume(killed, capsys=capsys)
    assert code == 2
    assert f"{path}: no such file" in said


@pytest.mark.usefixtures("no_plots")
def test_a_damaged_newest_checkpoint_is_said_even_when_quiet(killed: Path, whole: Path, capsys) -> None:
    newest = sorted((killed / "checkpoints").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:5000])
    code, said = resume(killed, "--quiet", capsys=capsys)
    assert code == 0
    assert said.count("\n") == 1
    assert f"{newest}: its content is not what was written" in said
    assert same_model(killed, whole)
    assert [path.name for path in (killed / "checkpoints").iterdir()] == [f"{newest.name}.corrupt"]


@pytest.mark.usefixtures("no_plots")
def test_without_a_usable_checkpoint_it_begins_again(killed: Path, whole: Path, capsys) -> None:
    for path in (killed / "checkpoints").iterdir():
        path.write_bytes(b"")
    code, said = resume(killed, capsys=capsys)
    assert code == 0
    assert "no usable checkpoint, so the run starts from the beginning" in said
    assert outcome(killed) == outcome(whole)


@pytest.mark.usefixtures("no_plots")
def test_another_version_is_a_warning(killed: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("onoma.__version__", "99.0")
    code, said = resume(killed, capsys=capsys)
    assert code == 0
    assert "warning: onoma was" in said
    assert "99.0" in said


def test_resume_may_stand_in_every_command(corpus: Path, whole: Path, tmp_path: Path) -> None:
    """A job script that is run again and again begins the first time, and goes on later."""
    arguments = ("train", *SETTINGS, "--data", corpus, "--out", tmp_path / "run", "--resume")
    assert finish(command, *arguments, kill=("onoma.training.loop:Trainer._update", 30)) < 0
    assert finish(command, *arguments) == 0
    assert outcome(tmp_path / "run") == outcome(whole)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "no run has begun here"),
        ({"notes.txt": "mine"}, "holds no config.toml"),
        ({"config.toml": "="}, "TOML"),
    ],
    ids=["nothing", "something else", "broken configuration"],
)
def test_what_is_no_run_cannot_be_resumed(tmp_path: Path, capsys, content, said) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name, text in content.items():
        (run / name).write_text(text)
    code, error = resume(run, capsys=capsys)
    assert code == 2
    assert said in error
    assert sorted(path.name for path in run.iterdir()) == sorted(content)


def test_an_unfinished_run_is_not_overwritten(killed: Path, corpus: Path, capsys) -> None:
    assert main(["train", *map(str, SETTINGS), "--data", str(corpus), "--out", str(killed)]) == 2
    assert "holds an unfinished run; add --resume" in capsys.readouterr().err


def test_a_run_killed_right_after_its_last_word_is_finished(
    corpus: Path, whole: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    kill = ("onoma.training.run:remove_checkpoints", 1)
    assert finish(command, "train", *SETTINGS, "--data", corpus, "--out", run, kill=kill) < 0
    assert finish(command, "train", "--resume", "--out", run) == 0
    assert outcome(run) == outcome(whole)
    assert debris(run) == []


def test_a_beginning_that_fails_leaves_nothing_to_resume(corpus: Path, tmp_path: Path, capsys) -> None:
    run = tmp_path / "run"
    arguments = [
        "train",
        "--model",
        "lstm",
        "--train",
        str(tmp_path / "none.txt"),
        "--out",
        str(run),
        "--resume",
    ]
    assert main(arguments) == 2
    assert "none.txt" in capsys.readouterr().err
    assert not run.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_ends(corpus: Path, whole: Path, tmp_path: Path, number) -> None:
    run, log = tmp_path / "run", tmp_path / "stderr"
    arguments = ["train", *SETTINGS, "--data", corpus, "--out", run]
    process = start(command, *arguments, stderr=log)
    while process.is_alive() and not (run / "history.jsonl").is_file():
        process.join(0.01)
    os.kill(process.pid, number)
    process.join(30)
    assert process.exitcode == 128 + number
    last = log.read_text().splitlines()[-1]
    assert last == f"stopped by {number.name}; go on with: onoma train --resume --out {run}"
    assert finish(command, "train", "--resume", "--out", run) == 0
    assert outcome(run) == outcome(whole)


def test_sigterm_while_the_data_is_read(corpus: Path, whole: Path, tmp_path: Path) -> None:
    """There is nothing to save yet, and what was asked for is known all the same."""
    run = tmp_path / "run"
    arguments = ["train", *SETTINGS, "--data", corpus, "--out", run]
    place = ("onoma.training.run", "load_run_data", signal.SIGTERM)
    assert finish(signalled_in, *place, *arguments) == 128 + signal.SIGTERM
    assert sorted(path.name for path in run.iterdir()) == ["config.toml"]
    assert finish(command, "train", "--resume", "--out", run) == 0
    assert same_model(run, whole)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_test_data_is_scored(corpus: Path, whole: Path, tmp_path: Path, number) -> None:
    run, log = tmp_path / "run", tmp_path / "stderr"
    arguments = ["train", *SETTINGS, "--data", corpus, "--out", run]
    place = ("onoma.training.run", "evaluate", number)
    assert finish(signalled_in, *place, *arguments, stderr=log) == 128 + number
    assert f"stopped by {number.name}; go on with" in log.read_text().splitlines()[-1]
    assert not (run / "metrics.json").exists()
    assert finish(command, "train", "--resume", "--out", run) == 0
    assert outcome(run) == outcome(whole)


def test_an_interrupted_beginning_leaves_nothing(corpus: Path, tmp_path: Path) -> None:
    """A person who saw a wrong option starts again under the same name."""
    run, log = tmp_path / "run", tmp_path / "stderr"
    arguments = ["train", *SETTINGS, "--data", corpus, "--out", run]
    place = ("onoma.training.run", "load_run_data", signal.SIGINT)
    assert finish(signalled_in, *place, *arguments, stderr=log) == 130
    assert "go on with" not in log.read_text()
    assert not run.exists()


def signalled_in(module: str, function: str, number: int, *arguments: Any) -> int:
    """Run the command line; the process gets a signal as it calls a function."""
    from importlib import import_module

    original = getattr(import_module(module), function)

    def signalled(*given: Any, **options: Any) -> Any:
        os.kill(os.getpid(), number)
        return original(*given, **options)

    setattr(import_module(module), function, signalled)
    return command(*arguments)


def test_sigterm_while_dev_is_scored(corpus: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", *SETTINGS, "--data", corpus, "--out", run]
    place = ("onoma.training.scoring", "entity_scores", signal.SIGTERM)
    assert finish(signalled_in, *place, *arguments) == 128 + signal.SIGTERM
    assert any("epoch-0001-step-000012" in path.name for path in (run / "checkpoints").iterdir())
    assert finish(command, "train", "--resume", "--out", run) == 0
    assert outcome(run) == outcome(whole)


def test_a_full_disk_while_training(corpus: Path, whole: Path, tmp_path: Path) -> None:
    run, log = tmp_path / "run", tmp_path / "stderr"
    arguments = ["train", *SETTINGS, "--data", corpus, "--out", run]
    assert finish(with_small_disk, *arguments, stderr=log) == 2
    assert "Traceback" not in log.read_text()
    assert "a checkpoint cannot be written" in log.read_text().splitlines()[-1]
    assert debris(run) == []
    assert finish(command, "train", "--resume", "--out", run) == 0
    assert same_model(run, whole)


def with_small_disk(*arguments: Any) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    return command(*arguments)
