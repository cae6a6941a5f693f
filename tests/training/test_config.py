from pathlib import Path

import pytest

from onoma.errors import ConfigError
from onoma.models import get_rung, list_rungs
from onoma.training.config import override, read_settings, resolve

DATA = {"data": {"train": "train.txt"}}


@pytest.mark.parametrize("rung", list_rungs(), ids=lambda rung: rung.name)
def test_stored_configuration_resolves_to_itself(rung, tmp_path: Path) -> None:
    config = resolve(rung.name, {**DATA, "training": {"epochs": 3}, "model": {"dropout": 0.25}})
    (tmp_path / "config.toml").write_text(config.as_toml(), encoding="utf-8")
    again = resolve(None, read_settings(tmp_path / "config.toml"))
    assert again == config
    assert again.training.epochs == 3


def test_assignments_find_their_table_and_type() -> None:
    model = get_rung("charcnn-bilstm-crf").config
    settings = override(
        {"model": {"dropout": 0.1}},
        ["dropout=0.3", "training.learning_rate=1e-3", "char_widths=[2, 3]", "train=some file.txt"],
        model,
    )
    assert settings["model"] == {"dropout": 0.3, "char_widths": [2, 3]}
    assert settings["training"] == {"learning_rate": 1e-3}
    assert settings["data"] == {"train": "some file.txt"}


def test_setting_names_are_unique_over_the_tables() -> None:
    from onoma.training.config import DataConfig, TrainingConfig

    for rung in list_rungs():
        names = [*rung.config.model_fields, *TrainingConfig.model_fields, *DataConfig.model_fields]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**DATA, "training": {"epoch": 3}}, "did you mean 'epochs'"),
        ({**DATA, "training": {"epochs": 0}}, "training.epochs"),
        ({**DATA, "model": {"hidden": 3}}, "did you mean 'hidden_dim'"),
        ({}, "data.train"),
    ],
)
def test_wrong_settings_are_refused(settings, message) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve("lstm", settings)


@pytest.mark.parametrize(
    ("text", "message"), [("[trainin]\n", "did you mean 'training'"), ("[x", "not a TOML")]
)
def test_wrong_files_are_refused(text, message, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_settings(tmp_path / "c.toml")
