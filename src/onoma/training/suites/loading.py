"""A suite's file, resolved to its runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError, DataError, did_you_mean
from onoma.training.config import DataConfig, RunConfig, Settings
from onoma.training.settings import anchored, gather_data, gather_settings
from onoma.training.suites.entries import ModelEntry
from onoma.training.suites.plan import Suite, SuiteFile, plan_runs, read_suite


def load_suite(path: Path) -> Suite:
    """Read a suite and resolve its runs; paths in it are relative to it.

    Raises:
        ConfigError: a setting does not exist or fit, or no data is named.
        DataError: the data folder has no training file.
    """
    file = read_suite(path)
    known = {*DataConfig.model_fields, "folder"}
    for name in file.data:
        if name not in known:
            raise ConfigError(f"{path}: unknown setting 'data.{name}'{did_you_mean(name, known)}")
    suite = plan_runs(file, lambda entry, extra: _resolve(file, entry, extra))
    data = suite.runs[0].config.data if suite.runs else _resolve_data(file)
    if data.dev is None and data.test is None:
        raise ConfigError(
            f"{path}: with neither a dev nor a test file each seed would be scored on other documents"
        )
    return replace(suite, data=data)


def _resolve_data(file: SuiteFile) -> DataConfig:
    """The data of a suite in which nothing is trained."""
    try:
        folder, data = _placed_data(file)
        return gather_data(anchored({"data": data}, file.path.parent)["data"], folder)
    except (ConfigError, DataError) as error:
        raise ConfigError(f"{file.path}: {error}") from None


def _placed_data(file: SuiteFile) -> tuple[str | None, dict[str, Any]]:
    """The folder of the data, relative to the suite if it is there, and the other settings of it."""
    data = dict(file.data)
    folder = data.pop("folder", None)
    if folder is not None and (file.path.parent / str(folder)).exists():
        folder = str(file.path.parent / str(folder))
    return folder, data


def _resolve(file: SuiteFile, entry: ModelEntry, extra: Settings) -> RunConfig:
    try:
        return _merge(file, entry, extra)
    except (ConfigError, DataError) as error:
        raise ConfigError(f"{file.path}: model '{entry.name}': {error}") from None


def _merge(file: SuiteFile, entry: ModelEntry, extra: Settings) -> RunConfig:
    here = file.path.parent
    folder, data = _placed_data(file)
    config = None
    if entry.config is not None:
        config = here / entry.config if (here / entry.config).exists() else Path(entry.config)
    if config is None and folder is None and "train" not in data:
        raise ConfigError(
            'no training data is named: add a table [data] with folder = "DIR" or train = "FILE"'
        )
    settings: Settings = {"data": data, "training": dict(file.training), "model": dict(entry.model)}
    settings["training"] |= entry.training
    settings["data"] |= entry.data
    for table, values in extra.items():
        settings[table] |= values
    if entry.id is not None:
        settings["model"]["id"] = entry.id
    settings = anchored(settings, here)
    settings["model"].pop("id", None)
    given = {f"{table}.{key}": value for table, values in settings.items() for key, value in values.items()}
    return gather_settings(entry.id, given, config=config, data=folder)
