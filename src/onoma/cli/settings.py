"""From the options of ``onoma train`` to a resolved configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError, did_you_mean
from onoma.models import TaggerConfig, get_rung
from onoma.readers.splits import find_splits
from onoma.resources import bundled_corpora, presets
from onoma.training.config import RunConfig, Settings, check_agreement, override, read_settings, resolve

_SPLITS = ("train", "dev", "test")
_PATHS = (*(("data", name) for name in _SPLITS), ("training", "init_from"))


def gather_settings(
    model: str | None,
    config: Path | None,
    data: str | None,
    files: Mapping[str, Path | None],
    assignments: Sequence[str],
    options: Mapping[str, Any],
    *,
    stored: RunConfig | None = None,
) -> RunConfig:
    """Merge, each stronger than the one before: defaults, ``--config``, files, ``--set``, single options.

    Of a run to be resumed, what is given may only repeat what is stored.

    Args:
        model: the rung's name, or None to take it from the configuration file.
        config: TOML file, or the name of a preset.
        data: folder with the splits, or the name of a bundled corpus.
        files: single files by split; they win over the folder's.
        assignments: ``key=value`` of ``--set``.
        options: options that have a setting of the same name; None when not given.
        stored: configuration of the run to be resumed.

    Raises:
        ConfigError: something unknown, no training data named, or a setting that the run does not have.
        DataError: the folder has no training file.
    """
    config = _preset_or_file(config)
    settings: Settings = {} if stored is None else stored.as_dict()
    if config:
        for table, values in anchored(read_settings(config), config.parent).items():
            settings.setdefault(table, {}).update(values)
    paths = settings.setdefault("data", {})
    if data is not None:
        found = find_splits(data_folder(data))
        paths.update({name: str(path) for name, path in found.items()})
    paths.update({name: str(path) for name, path in files.items() if path is not None})
    # Absolute, so that the stored configuration of a run means the same files from anywhere.
    paths.update(
        {name: str(Path(paths[name]).resolve()) for name in _SPLITS if isinstance(paths.get(name), str)}
    )
    name = model or settings.get("model", {}).get("id")
    if name is None:
        raise ConfigError("no model is named: give --model (see `onoma models`) or a --config that names one")
    given = [f"{key}={_quoted(value)}" for key, value in options.items() if value is not None]
    assignments = [*assignments, *given]
    rung = get_rung(name).for_options({**settings.get("model", {}), **_named_base(assignments)})
    settings = override(settings, assignments, rung.config)
    _resolve_outside(settings.get("model", {}), rung.config)
    if "train" not in settings["data"]:
        raise ConfigError("no training data is named: give --data FOLDER or --train FILE")
    resolved = resolve(name, settings)
    if stored is not None:
        check_agreement(stored.as_dict(), resolved.as_dict())
    return resolved


def _preset_or_file(config: Path | None) -> Path | None:
    known = presets()
    if config is None or config.exists() or config.suffix == ".toml":
        return config
    if str(config) not in known:
        raise ConfigError(f"--config: no file or preset '{config}'{did_you_mean(str(config), known)}")
    return known[str(config)]


def data_folder(name: str) -> Path:
    """Return the folder that ``--data`` means: one on disk, or a bundled corpus."""
    folder, bundled = Path(name), bundled_corpora()
    if folder.exists() or name not in bundled:
        return folder
    return bundled[name]


def anchored(settings: Settings, folder: Path) -> Settings:
    """Make file names of a configuration relative to the configuration, not to where one stands."""
    anchored = {table: dict(values) for table, values in settings.items()}
    for table, name in _PATHS:
        value = anchored.get(table, {}).get(name)
        if isinstance(value, str):
            anchored[table][name] = str((folder / value).resolve())
    # What is not there may be no path at all, such as the id of an encoder on the Hub.
    model = anchored.get("model", {})
    for name in get_rung(model["id"]).for_options(model).config.OUTSIDE if "id" in model else ():
        if isinstance(model.get(name), str) and (folder / model[name]).exists():
            model[name] = str((folder / model[name]).resolve())
    return anchored


def _resolve_outside(model: dict[str, Any], config: type[TaggerConfig]) -> None:
    for name in config.OUTSIDE:
        value = model.get(name)
        if isinstance(value, str) and value and Path(value).exists():
            model[name] = str(Path(value).resolve())


def _named_base(assignments: Sequence[str]) -> dict[str, str]:
    """The last ``base=...`` and ``tasks=...``: they decide which other options there are."""
    pairs = [assignment.partition("=") for assignment in assignments]
    named = {key.strip().removeprefix("model."): value.strip().strip("\"'") for key, _, value in pairs}
    return {key: named[key] for key in ("base", "tasks") if key in named}


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list) else str(value)
