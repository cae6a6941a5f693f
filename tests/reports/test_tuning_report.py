"""A study's table, files and plots, of made-up trials."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import optuna
import pytest
from rich.console import Console

from onoma.reports.tuning import study_table, write_study, write_study_plots
from onoma.training.tuning import importance
from onoma.training.tuning.importance import importance_of
from onoma.training.tuning.records import StudyResult, TrialRecord
from onoma.training.tuning.space import Choices, Range

SPACE = {"learning_rate": Range(1e-4, 1e-2, log=True), "char_widths": Choices(([3], [2, 3]))}
GIVEN = {"learning_rate": 0.002, "char_widths": [3]}
NASTY = "[red]boom[/red] \x1b[31m, \n"


def result(**changes: Any) -> StudyResult:
    trials = [
        TrialRecord(
            number=0,
            state="complete",
            dev_f1=0.5,
            values=GIVEN,
            dev_f1_by_epoch={1: 0.4, 2: 0.5},
            seconds=3.0,
            figures={"epochs": 2},
        ),
        TrialRecord(
            number=1,
            state="failed",
            dev_f1=None,
            values={**GIVEN, "learning_rate": 0.01},
            dev_f1_by_epoch={},
            seconds=1.0,
            figures={},
            reason=NASTY,
        ),
        TrialRecord(
            number=3,
            state="complete",
            dev_f1=0.75,
            values={**GIVEN, "char_widths": [2, 3]},
            dev_f1_by_epoch={1: 0.75},
            seconds=2.0,
            figures={"epochs": 2},
            reason="",
            retry_of=2,
        ),
        TrialRecord(
            number=4,
            state="pruned",
            dev_f1=0.1,
            values={**GIVEN, "learning_rate": 0.001},
            dev_f1_by_epoch={1: 0.1},
            seconds=1.0,
        ),
        TrialRecord(
            number=5,
            state="complete",
            dev_f1=0.75,
            values={**GIVEN, "learning_rate": 0.003},
            dev_f1_by_epoch={1: 0.75},
            seconds=2.0,
            figures={"epochs": 2},
        ),
        TrialRecord(number=6, state="running", dev_f1=None, values=GIVEN),
    ]
    given = {"importance": {"learning_rate": 0.9, "char_widths": 0.1}, "importance_by": "fANOVA"}
    return StudyResult(
        name="s",
        model="lstm",
        num_trials=8,
        space=SPACE,
        given=GIVEN,
        **{"trials": trials, **given, **changes},
    )


def shown(study: StudyResult) -> str:
    text = StringIO()
    Console(file=text, width=80, force_terminal=False).print(study_table(study))
    return text.getvalue()


def test_best_is_the_first_of_the_highest_and_compared_with_the_settings_as_given() -> None:
    study = result()
    assert study.best is not None
    assert study.best.number == 3
    assert study.as_given is study.trials[0]
    assert study.seconds == 9.0
    assert result(trials=()).best is None


def test_table_ranks_complete_trials_and_escapes_reasons() -> None:
    text = shown(result())
    assert "3 complete, 1 pruned, 1 failed, 1 running" in text
    assert text.index("75.00") < text.index("50.00")
    assert "(as given)" in text
    assert "best dev F1 75.00 against 50.00 as given (+25.00)" in text
    assert "learning_rate 90 %" in text
    assert "[red]boom" in text
    assert "\x1b" not in text
    assert "no trial" in shown(result(trials=(), importance={}))


def test_the_settings_as_given_are_shown_even_when_many_are_better() -> None:
    better = [
        TrialRecord(number=n, state="complete", dev_f1=0.9, values={**GIVEN, "learning_rate": n / 1e4})
        for n in range(2, 15)
    ]
    text = shown(result(trials=[TrialRecord(number=0, state="complete", dev_f1=0.5, values=GIVEN), *better]))
    assert text.count("90.00") == 10 + 1
    assert "50.00" in text


def test_files_hold_the_same_trials(tmp_path: Path) -> None:
    study = result()
    write_study(study, None, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.json", "trials.csv"]
    stored = json.loads((tmp_path / "study.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(study.as_dict()))
    rows = list(csv.DictReader(StringIO((tmp_path / "trials.csv").read_text(encoding="utf-8"))))
    assert [int(row["number"]) for row in rows] == [0, 1, 3, 4, 5, 6]
    assert [row["state"] for row in rows] == [trial["state"] for trial in stored["trials"]]
    assert rows[2]["char_widths"] == "[2, 3]"
    assert rows[1]["reason"] == NASTY
    assert rows[2]["retry_of"] == "2"


def test_plots_are_drawn_where_there_is_something_to_draw(tmp_path: Path) -> None:
    from test_plots import check_drawn

    write_study_plots(result(trials=(), importance={}), tmp_path)
    assert not list(tmp_path.iterdir())
    write_study_plots(result(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.png", "importance.png"]
    for path in tmp_path.iterdir():
        check_drawn(path)


@pytest.mark.parametrize(("has_sklearn", "name"), [(True, "fANOVA"), (False, "PED-ANOVA")])
def test_importance_finds_the_setting_that_matters(monkeypatch, has_sklearn: bool, name: str) -> None:
    if not has_sklearn:
        monkeypatch.setattr(importance, "find_spec", lambda module: None)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1), direction="maximize")
    assert importance_of(study) == ({}, "")
    study.optimize(
        lambda trial: trial.suggest_float("a", 0, 1) + 0 * trial.suggest_float("b", 0, 1), n_trials=30
    )
    found, by = importance_of(study)
    assert by == name
    assert list(found) == ["a", "b"]
    assert found["a"] > 0.8
    flat = optuna.create_study()
    flat.optimize(lambda trial: 0 * trial.suggest_float("a", 0, 1), n_trials=5)
    assert importance_of(flat) == ({}, "")
