"""``onoma tune`` as a command: the whole road, killed, stopped, and two processes on one PostgreSQL."""

from __future__ import annotations

import csv
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from postgres_server import find_postgres, postgres
from resuming import PROCESSES, command, debris, finish, start, write_corpus

from onoma.cli.main import main
from onoma.resources import bundled_corpora
from onoma.training.config import read_settings, resolve

_SMALL = ["hidden_dim=16", "word_dim=16", "casing_dim=4", "batch_size=1", "average=0.0", "precision=fp32"]
START = "[training]\nlearning_rate = 0.05\n[model]\ndropout = 0.2\n"
SETTINGS: list[Any] = [
    *("--model", "bilstm-crf", "--epochs", 1, "--threads", 1, "--trials", 3),
    *(part for setting in _SMALL for part in ("--set", setting)),
]


def tune(*arguments: Any) -> int:
    return main(["tune", *map(str, arguments)])


def of(corpus: Path, study: Path) -> tuple[Any, ...]:
    """The arguments of a study of a corpus."""
    return (*SETTINGS, "--data", corpus, "--config", corpus.parent / "start.toml", "--out", study)


def plain_command(*arguments: Any) -> int:
    """Run the command line without the study's plots, which are slow and another test's."""
    import onoma.reports.tuning

    onoma.reports.tuning.write_study_plots = lambda result, folder: None
    return command(*arguments)


def stored(study: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((study / "study.json").read_text(encoding="utf-8"))
    return found


def outcomes(study: Path) -> list[tuple[Any, ...]]:
    return [(trial["state"], trial["dev_f1"], trial["values"]) for trial in stored(study)["trials"]]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_corpus(tmp_path_factory.mktemp("made") / "corpus")
    (folder.parent / "start.toml").write_text(START, encoding="utf-8")
    return folder


@pytest.fixture
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are slow, and one test looks at them."""
    monkeypatch.setattr("onoma.reports.tuning.write_study_plots", lambda result, folder: None)


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that nothing disturbed."""
    study = tmp_path_factory.mktemp("whole") / "study"
    assert finish(command, "tune", *of(corpus, study)) == 0
    return study


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of the bundled corpus, with a test file that cannot be read."""
    folder = tmp_path_factory.mktemp("bundled")
    (folder / "test.jsonl").write_text("this is no JSON", encoding="utf-8")
    (folder / "start.toml").write_text(START, encoding="utf-8")
    arguments = (*of(folder / "en", folder / "study"), "--data", "en", "--test", folder / "test.jsonl")
    arguments += ("--set", "batch_size=4")
    assert finish(command, "tune", *arguments, stderr=folder / "stderr.txt") == 0
    return folder / "study"


def test_a_study_leaves_its_best_settings_and_its_evidence(bundled: Path) -> None:
    there = {path.name for path in bundled.iterdir()}
    expected = {"best.toml", "trials.csv", "study.json", "study.db", "space.toml", "history.png", "trials"}
    assert there == expected  # four complete trials are needed to tell what mattered
    study = stored(bundled)
    assert study["counts"] == {"complete": 3, "pruned": 0, "failed": 0, "running": 0}
    assert study["as_given"]["number"] == 0
    assert study["best"]["dev_f1"] == max(trial["dev_f1"] for trial in study["trials"])
    assert set(study["space"]) == {"learning_rate", "dropout", "word_dropout"}  # the others are fixed
    rows = list(csv.DictReader((bundled / "trials.csv").read_text(encoding="utf-8").splitlines()))
    assert [float(row["dev_f1"]) for row in rows] == [trial["dev_f1"] for trial in study["trials"]]
    assert [float(row["learning_rate"]) for row in rows] == [
        trial["values"]["learning_rate"] for trial in study["trials"]
    ]
    said = (bundled.parent / "stderr.txt").read_text(encoding="utf-8")
    assert said.count("] trial ") == 3
    assert "best dev F1" in said
    assert f"onoma train --config {bundled}/best.toml" in said


def test_only_the_best_run_is_kept_whole_and_none_saw_test(bundled: Path) -> None:
    best = stored(bundled)["best"]["number"]
    for trial in (bundled / "trials").iterdir():
        files = {path.name for path in trial.iterdir()}
        assert {"config.toml", "metrics.json", "history.jsonl"} <= files
        assert ("bundle" in files) == (int(trial.name) == best)
        assert (len(files) == 3) == (int(trial.name) != best)
        metrics = json.loads((trial / "metrics.json").read_text(encoding="utf-8"))
        assert metrics["dev"]["entity"]["f1"] == stored(bundled)["trials"][int(trial.name)]["dev_f1"]
        assert "test" not in metrics
        assert "test" not in read_settings(trial / "config.toml")["data"]
    assert debris(bundled / "trials") == []


def test_best_settings_train_unchanged_to_the_same_score(bundled: Path, tmp_path: Path) -> None:
    best = resolve(None, read_settings(bundled / "best.toml"))
    assert best.data.test == str(bundled.parent / "test.jsonl")
    real = str(bundled_corpora()["en"] / "test.jsonl")
    (bundled.parent / "test.jsonl").write_bytes(Path(real).read_bytes())
    arguments = ("train", "--config", bundled / "best.toml", "--out", tmp_path / "run")
    assert finish(command, *arguments) == 0
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["dev"]["entity"]["f1"] == stored(bundled)["best"]["dev_f1"]
    assert metrics["test"]["gold_entities"] > 0


def test_the_same_command_goes_on_with_more_trials(whole: Path, corpus: Path, tmp_path: Path, capsys) -> None:
    arguments = of(corpus, whole)
    before = stored(whole)["trials"]
    assert tune(*arguments, "--json", "--quiet") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out) == stored(whole)
    assert stored(whole)["trials"] == before
    assert tune(*arguments, "--trials", 4) == 0
    assert stored(whole)["trials"][:3] == before
    assert len(stored(whole)["trials"]) == 4
    assert "[4/4]" in capsys.readouterr().err
    assert (whole / "importance.png").is_file()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--epochs", 2], "training.epochs: the study was started with 1, not 2"),
        (["--seed", 1], "training.seed: the study was started with 13, not 1"),
        (["--model", "bilstm"], "model.id: the study was started with bilstm-crf, not bilstm"),
        (["--set", "dropout=0.2"], "space.dropout: the study was started with"),
        (["--data", "en"], "data.train: its content is not what the study was started with"),
        (["--set", "dropot=0.5"], "unknown setting 'dropot'; did you mean 'dropout'?"),
        (["--space", "none.toml"], "none.toml: cannot read the search space"),
        (
            ["--storage", "nosuch://me:s3cret@host/db"],
            "--storage nosuch://me:***@host/db: the database cannot",
        ),
    ],
    ids=lambda value: "".join(map(str, value)) if isinstance(value, list) else "",
)
def test_another_study_is_refused_in_one_line(whole: Path, corpus: Path, capsys, changed, said) -> None:
    before = (whole / "study.json").read_bytes()
    assert tune(*of(corpus, whole), *changed) == 2
    error = capsys.readouterr().err
    assert error.startswith("onoma: error: ")
    assert said in error
    assert "s3cret" not in error
    assert error.count("\n") == 1
    assert (whole / "study.json").read_bytes() == before


def test_what_the_command_line_fixes_is_not_searched(corpus: Path, tmp_path: Path, capsys) -> None:
    space = tmp_path / "space.toml"
    space.write_text("[space]\nhidden_dim = { choices = [4, 8] }\n", encoding="utf-8")
    arguments = (*of(corpus, tmp_path / "study"), "--space", space)
    assert tune(*arguments) == 2
    assert "space.hidden_dim: the command line fixes it" in capsys.readouterr().err
    space.write_text("[space]\nhiden_dim = { choices = [4, 8] }\n", encoding="utf-8")
    assert tune(*arguments) == 2
    assert (
        f"{space}: space: unknown setting 'hiden_dim'; did you mean 'hidden_dim'?" in capsys.readouterr().err
    )
    assert not (tmp_path / "study").exists()


def test_without_optuna_the_extra_is_named(corpus: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    assert tune(*of(corpus, tmp_path / "study")) == 2
    assert "needs optuna: pip install 'onoma[tune]'" in capsys.readouterr().err


@pytest.mark.usefixtures("no_plots")
def test_a_killed_study_repeats_its_trial_and_ends_as_if_nothing_had_been(
    corpus: Path, whole: Path, tmp_path: Path, capsys
) -> None:
    arguments = ("tune", *of(corpus, tmp_path / "study"))
    assert (
        finish(plain_command, *arguments, kill=("onoma.training.loop:Trainer._update", 72)) == -signal.SIGKILL
    )
    assert [trial["state"] for trial in stored(tmp_path / "study")["trials"]] == ["complete"]
    assert main([str(part) for part in arguments]) == 0
    assert "trial 1 was killed; it is repeated" in capsys.readouterr().err
    assert outcomes(tmp_path / "study") == outcomes(whole)[:3]
    assert [trial["number"] for trial in stored(tmp_path / "study")["trials"]] == [0, 2, 3]
    assert stored(tmp_path / "study")["trials"][1]["retry_of"] == 1
    assert not (tmp_path / "study" / "trials" / "0001").exists()


@pytest.mark.usefixtures("no_plots")
@pytest.mark.parametrize(
    ("place", "number"),
    [
        (("onoma.training.scoring", "entity_scores"), signal.SIGINT),
        (("onoma.training.run", "load_run_data"), signal.SIGTERM),
    ],
)
def test_a_signal_ends_and_says_how_to_go_on(
    corpus: Path, whole: Path, tmp_path: Path, place: tuple[str, str], number: signal.Signals
) -> None:
    """While dev is scored, and where training has not begun."""
    study, log = tmp_path / "study", tmp_path / "stderr"
    arguments = ("tune", *of(corpus, study))
    assert finish(signalled_in, *place, number, *arguments, stderr=log) == 128 + number
    assert log.read_text().splitlines()[-1] == f"stopped by {number.name}; the same command goes on"
    assert "Traceback" not in log.read_text()
    assert stored(study)["trials"] == []
    assert main([str(part) for part in arguments]) == 0
    assert outcomes(study) == outcomes(whole)[:3]


def signalled_in(module: str, function: str, number: int, *arguments: Any) -> int:
    """Run the command line; the process gets a signal as it calls a function."""
    from importlib import import_module

    original = getattr(import_module(module), function)

    def signalled(*given: Any, **options: Any) -> Any:
        os.kill(os.getpid(), number)
        return original(*given, **options)

    setattr(import_module(module), function, signalled)
    return plain_command(*arguments)


def beginning_together(barrier: Any, *arguments: Any) -> int:
    """Run the command line; its first trial waits for the other process's."""
    from onoma.training.tuning.study import Tuning

    work = Tuning._work

    def work_together(study: Tuning) -> Any:
        barrier.wait(120)
        return work(study)

    Tuning._work = work_together  # type: ignore[method-assign]
    return plain_command(*arguments)


@pytest.mark.usefixtures("no_plots")
def test_two_processes_share_a_study_on_postgresql(corpus: Path, tmp_path: Path, capsys) -> None:
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("no PostgreSQL here: neither /usr/lib/postgresql/*/bin nor PATH has initdb")
    one, two, third = (tmp_path / name for name in ("one", "two", "third"))
    with postgres(binaries) as url:
        options = ("--storage", url, "--name", "both", "--trials", 6)
        barrier = PROCESSES.Barrier(2)
        workers = [
            start(
                *(beginning_together, barrier, "tune", *of(corpus, study), *options),
                stderr=study.with_suffix(".txt"),
            )
            for study in (one, two)
        ]
        for worker in workers:
            worker.join(300)
        said = [study.with_suffix(".txt").read_text(encoding="utf-8") for study in (one, two)]
        assert [worker.exitcode for worker in workers] == [0, 0], said
        # A third one, on another machine as it were, finds nothing left to do and sees all.
        assert tune(*of(corpus, third), *options) == 0
        wrong = ("--storage", url.replace("s3cret", "wr0ng"))
        shown = capsys.readouterr()
        assert tune(*of(corpus, tmp_path / "fourth"), *wrong) == 2
        error = capsys.readouterr().err
    assert error.startswith("onoma: error: --storage postgresql+psycopg://onoma:***@/postgres?host=")
    assert error.count("\n") == 1
    trials = stored(third)["trials"]
    assert [trial["state"] for trial in trials] == ["complete"] * 6
    assert len({trial["values"]["learning_rate"] for trial in trials}) == 6
    folders = [{int(path.name) for path in (study / "trials").iterdir()} for study in (one, two)]
    assert all(folders)
    assert not folders[0] & folders[1]
    assert {trial["number"] for trial in trials} == folders[0] | folders[1]
    assert not (third / "study.db").exists()
    for text in (shown.out, shown.err, error, *(path.read_bytes() for path in files_in(tmp_path))):
        for secret in ("s3cret", "wr0ng"):
            assert (secret if isinstance(text, str) else secret.encode()) not in text


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
