"""From what a user says to a resolved configuration: settings are values, merged as dictionaries.

Each is stronger than the one before: defaults, a preset or configuration file, the files of a data folder,
what was given one by one. What was given wins, also where it equals a default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from onoma.errors import ConfigError, did_you_mean
from onoma.models import TaggerConfig, get_rung
from onoma.readers.splits import find_splits
from onoma.resources import data_folder, presets, shipped_models
from onoma.training.agreement import check_agreement
from onoma.training.config import (
    TABLES,
    DataConfig,
    RunConfig,
    Settings,
    TrainingConfig,
    read_settings,
    resolve,
    validate,
)

_SPLITS = ("train", "dev", "test")
_PATHS = (*(("data", name) for name in (*_SPLITS, "targets")), ("training", "init_from"))
_DECIDING = ("base", "tasks")
"""Options of a model that decide which other options it has."""


def gather_settings(
    model: str | None,
    given: Mapping[str, Any],
    *,
    config: Path | None = None,
    data: str | None = None,
    files: Mapping[str, Path | None] | None = None,
    stored: RunConfig | None = None,
) -> RunConfig:
    """Merge what a user says, and fill in defaults.

    Of a run to be resumed, what is given may only repeat what is stored.

    Args:
        model: the rung's name, or None to take it from the configuration file.
        given: settings by bare name (``dropout``) or with their table (``model.dropout``); None is not given.
        config: TOML file, or the name of a preset.
        data: folder with the splits, or the name of a bundled corpus.
        files: single files by split; they win over the folder's.
        stored: configuration of the run to be resumed.

    Raises:
        ConfigError: something unknown, no training data named, or a setting that the run does not have.
        DataError: the folder has no training file.
    """
    settings: Settings = {} if stored is None else stored.as_dict()
    if config := _preset_or_file(config):
        settings = merge(settings, anchored(read_settings(config), config.parent))
    settings = merge(settings, {"data": _files(settings.get("data", {}), data, files or {})})
    name = model or settings.get("model", {}).get("id")
    if name is None:
        raise ConfigError("no model is named: give --model (see `onoma models`) or a --config that names one")
    if name in shipped_models():
        raise ConfigError(
            f"{name} is a model that was trained already: `onoma predict {name}` uses it; --model names a "
            "kind to train (see `onoma models`)"
        )
    told = {key: value for key, value in given.items() if value is not None}
    deciding = {key: told[name] for key in _DECIDING for name in (key, f"model.{key}") if name in told}
    rung = get_rung(name).for_options({**settings.get("model", {}), **deciding})
    settings = merge(settings, assign_tables(told, rung.config))
    _resolve_outside(settings.get("model", {}), rung.config)
    if targets := settings["data"].get("targets"):
        settings["data"]["targets"] = str(Path(targets).resolve())
    if "train" not in settings["data"]:
        raise ConfigError("no training data is named: give --data FOLDER or --train FILE")
    resolved = resolve(name, settings)
    if stored is not None:
        check_agreement(stored.as_dict(), resolved.as_dict())
    return resolved


def gather_data(given: Mapping[str, Any], data: str | None) -> DataConfig:
    """Return the data that a user names, without a model.

    Args:
        given: settings of the data.
        data: folder with the splits, or the name of a bundled corpus.

    Raises:
        ConfigError: something unknown, or no data named.
        DataError: the folder has no training file.
    """
    settings = {**given, **_files(given, data, {})}
    if not any(name in settings for name in _SPLITS):
        raise ConfigError('no data is named: add a table [data] with folder = "DIR" or test = "FILE"')
    return validate(DataConfig, {"train": "", **settings}, "data")


def merge(*settings: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Return tables of settings as one, later ones stronger."""
    merged: Settings = {}
    for tables in settings:
        for table, values in tables.items():
            merged[table] = {**merged.get(table, {}), **values}
    return merged


def read_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """Read ``key=value`` texts; values are TOML, or plain strings where TOML does not parse.

    Raises:
        ConfigError: one without ``=``.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ConfigError(f"--set needs key=value, not '{assignment}'")
        values[key.strip()] = _parse_value(text.strip())
    return values


def assign_tables(values: Mapping[str, Any], model: type[BaseModel]) -> Settings:
    """Put settings into their tables.

    Args:
        values: by bare name, or with their table; bare names are unique across the tables.
        model: options of the rung.

    Raises:
        ConfigError: an unknown name.
    """
    fields = {
        "model": model.model_fields,
        "training": TrainingConfig.model_fields,
        "data": DataConfig.model_fields,
    }
    placed: Settings = {}
    for key, value in values.items():
        table, dot, name = key.partition(".")
        if not dot:
            table, name = next((owner for owner in TABLES if key in fields[owner]), ""), key
        if table not in fields or name not in fields[table]:
            known = set().union(*fields.values())
            raise ConfigError(f"unknown setting '{key}'{did_you_mean(name, known)}")
        placed.setdefault(table, {})[name] = value
    return placed


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _files(settings: Mapping[str, Any], data: str | None, files: Mapping[str, Path | None]) -> dict[str, Any]:
    """Return the splits' files, absolute: a stored configuration means the same from anywhere."""
    paths = {name: settings[name] for name in _SPLITS if isinstance(settings.get(name), str)}
    if data is not None:
        paths |= {name: str(path) for name, path in find_splits(data_folder(data)).items()}
    paths |= {name: str(path) for name, path in files.items() if path is not None}
    return {name: path if "://" in path else str(Path(path).resolve()) for name, path in paths.items()}


def _preset_or_file(config: Path | None) -> Path | None:
    known = presets()
    if config is None or config.exists() or config.suffix == ".toml":
        return config
    if str(config) not in known:
        raise ConfigError(f"--config: no file or preset '{config}'{did_you_mean(str(config), known)}")
    return known[str(config)]


def anchored(settings: Settings, folder: Path) -> Settings:
    """Make file names of a configuration relative to the configuration, not to where one stands."""
    anchored = {table: dict(values) for table, values in settings.items()}
    for table, name in _PATHS:
        value = anchored.get(table, {}).get(name)
        if isinstance(value, str) and "://" not in value:
            anchored[table][name] = str((folder / value).resolve())
    if labels := anchored.get("data", {}).get("label_map"):
        anchored["data"]["label_map"] = _anchored_labels(labels, folder)
    # What is not there may be no path at all, such as the id of an encoder on the Hub.
    model = anchored.get("model", {})
    for name in get_rung(model["id"]).for_options(model).config.OUTSIDE if "id" in model else ():
        if isinstance(model.get(name), str) and (folder / model[name]).exists():
            model[name] = str((folder / model[name]).resolve())
    return anchored


def _anchored_labels(labels: Any, folder: Path) -> Any:
    """Return a map of labels with the files in it, which have no ``=``, relative to a folder."""
    if isinstance(labels, str):
        return _anchored_labels([labels], folder)
    if not isinstance(labels, list):
        return labels
    return [
        one if not isinstance(one, str) or "=" in one else str((folder / one).resolve()) for one in labels
    ]


def _resolve_outside(model: dict[str, Any], config: type[TaggerConfig]) -> None:
    for name in config.OUTSIDE:
        value = model.get(name)
        if isinstance(value, str) and value and Path(value).exists():
            model[name] = str(Path(value).resolve())
