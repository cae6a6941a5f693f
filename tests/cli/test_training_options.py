"""Options of training are declared once: each is a setting, and holds for every command that trains."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from command_line import Onoma

from onoma.cli.main import main
from onoma.cli.option_groups import OptionGroup
from onoma.cli.reading import Reading
from onoma.cli.training_options import SETTING_NAMES, Computing, Learning, TrainingOptions
from onoma.models import get_rung
from onoma.training.pretraining.config import PretrainingConfig
from onoma.training.settings import assign_tables
from onoma.training.suites.loading import load_suite

COMPUTING = {"seed": 5, "threads": 2, "precision": "bf16", "device": "cpu"}
SUITE = """
[suite]
seeds = [5]
[data]
folder = "en"
on_nested = "innermost"
tokenizer = "characters"
[training]
epochs = 2
threads = 2
precision = "bf16"
device = "cpu"
[[models]]
id = "bilstm"
model = { head = "crf" }
"""


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the help text of a command's options by name, in order."""
    main([command, "--help"])
    text = capsys.readouterr().out.partition("\nOptions:")[2]
    return {one.split()[0]: " ".join(one.split()) for one in re.split(r"\n  (?=-)", text)[1:]}


def nothing(_: str) -> None:
    """Listen to nothing."""


def test_train_and_tune_have_the_same_options_but_for_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    train, tune, pretrain = (help_of(command, capsys) for command in ("train", "tune", "pretrain"))
    assert train.keys() - tune.keys() == {"--resume"}
    assert tune.keys() - train.keys() == {"--trials", "--minutes", "--space", "--storage", "--name"}
    assert list(train)[:3] == list(tune)[:3] == ["--out", "--model", "--data"]
    assert {f"--{name}" for name in COMPUTING} <= train.keys() & pretrain.keys()


def test_a_command_says_what_an_option_means_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    train, tune = (help_of(command, capsys) for command in ("train", "tune"))
    for name, text in (("--data", "Test is not read"), ("--set", "fixed, not searched")):
        assert text in tune[name]
        assert text not in train[name]


@pytest.mark.parametrize("group", [Computing, Learning])
def test_every_option_is_a_setting_of_a_run(group: type[OptionGroup]) -> None:
    config = get_rung("charcnn-bilstm-crf").config
    for one in fields(group):
        assert assign_tables({SETTING_NAMES.get(one.name, one.name): None}, config)


def test_how_a_training_computes_is_a_setting_of_pretraining_too() -> None:
    assert {one.name for one in fields(Computing)} == COMPUTING.keys()
    config = PretrainingConfig(**Computing(**COMPUTING).settings())
    assert COMPUTING.items() <= config.model_dump().items()
    assert PretrainingConfig(**Computing().settings()) == PretrainingConfig()


def test_a_suite_takes_the_same_settings(tmp_path: Path) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(SUITE, encoding="utf-8")
    learning = Learning(head="crf", epochs=2, on_nested="innermost", tokenizer="characters")
    options = TrainingOptions("bilstm", "en", learning=learning, computing=Computing(**COMPUTING))
    given = options.given(Reading())
    assert options.resolve(given, nothing) == load_suite(path).runs[0].config


def test_an_option_wins_over_set_and_a_file_also_at_its_default(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[training]\nthreads = 3\nseed = 4\nprecision = 'bf16'\n", encoding="utf-8")
    options = TrainingOptions(
        "bilstm", "en", config=path, assignments=["seed=6"], computing=Computing(seed=13, threads=0)
    )
    training = options.resolve(options.given(Reading()), nothing).training
    assert (training.seed, training.threads, training.precision) == (13, 0, "bf16")


def test_train_takes_precision_and_device(onoma: Onoma, tmp_path: Path) -> None:
    out = tmp_path / "run"
    small = ("--set", "hidden_dim=8", "--set", "word_dim=8", "--set", "train_share=0.05", "--epochs", 1)
    given = ("--model", "rnn", "--data", "en", "--out", out, *small)
    refused = onoma("train", *given, "--precision", "bf17")
    assert refused.returncode == 2
    assert "--precision" in refused.stderr
    assert not out.exists()
    done = onoma("train", *given, "--precision", "fp32", "--device", "cpu", "--threads", 1)
    assert done.returncode == 0, done.stderr
    assert "1 threads, cpu, fp32" in done.stderr
    stored = (out / "config.toml").read_text(encoding="utf-8")
    assert 'precision = "fp32"' in stored
    assert 'device = "cpu"' in stored
    again = onoma("train", "--resume", "--out", out, "--precision", "bf16")
    assert again.returncode == 2
    assert "training.precision" in again.stderr


@pytest.mark.parametrize("command", ["train", "tune", "pretrain"])
def test_help_imports_nothing_heavy(command: str) -> None:
    code = (
        "import sys\nfrom onoma.cli.main import main\nmain([sys.argv[1], '--help'])\n"
        "print(*({'torch', 'numpy', 'transformers'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, command], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
