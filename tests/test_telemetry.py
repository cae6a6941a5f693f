"""What sends nothing, and what is handed on to other processes."""

import os
import pickle
import subprocess
import sys

import pytest

import onoma
from onoma import errors
from onoma.telemetry import SWITCHES


def test_telemetry_is_off_unless_the_user_says_otherwise() -> None:
    code = f"import onoma, os; print([os.environ[name] for name in {list(SWITCHES)}])"
    bare = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    for given in ({}, {"RAY_USAGE_STATS_ENABLED": "1"}):
        out = subprocess.run(
            [sys.executable, "-c", code], env=bare | given, capture_output=True, text=True, check=True
        )
        assert out.stdout.strip() == str(list({**SWITCHES, **given}.values()))


@pytest.mark.parametrize(
    "error",
    [
        errors.DataError("no", code="x", path="f", line=3, column=1, text="t"),
        errors.StoppedError("stop", 7),
        errors.MissingExtraError("torch", "train"),
        *(kind("what is wrong") for kind in (errors.ConfigError, errors.ModelError, errors.OutputError)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_to_other_processes(error: onoma.OnomaError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__
