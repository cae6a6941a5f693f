"""What a study may try: a range or a list of choices for each of some settings."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError, did_you_mean
from onoma.files.toml import read_toml
from onoma.training.config import RunConfig, TrainingConfig, resolve

_NOT_SEARCHED = frozenset(
    ("seed", "epochs", "threads", "device", "init_from", "checkpoint_minutes", "checkpoint_steps", "base")
)
"""Settings that say how long, where or from what is trained, or which other settings there are."""
_RANGE_KEYS, _KEYS = ("low", "high", "log", "step"), ("low", "high", "log", "step", "choices")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, both included.

    Args:
        low: the smallest.
        high: the largest.
        log: whether ratios count and not differences.
        step: between neighbours; None for all (of integers 1).
        integer: whether only integers are meant.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    integer: bool = False

    def contains(self, value: Any) -> bool:
        """Whether a value can come up."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if not self.low <= value <= self.high:
            return False
        steps = (value - self.low) / self.step if self.step else 0.0
        return math.isclose(steps, round(steps), abs_tol=1e-6)

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in a file."""
        values: dict[str, Any] = {"low": self.low, "high": self.high}
        if self.log:
            values["log"] = True
        if self.step is not None:
            values["step"] = self.step
        return values


@dataclass(frozen=True, slots=True)
class Choices:
    """Some values; between them there is no order."""

    values: tuple[Any, ...]

    def contains(self, value: Any) -> bool:
        """Whether a value can come up."""
        return plain(value) in self.values

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in a file."""
        return {"choices": list(self.values)}


Dimension = Range | Choices
Space = Mapping[str, Dimension]
"""Setting -> what it may be."""


def plain(value: Any) -> Any:
    """Return a setting's value as TOML and JSON give it back: a tuple is a list."""
    return list(value) if isinstance(value, tuple) else value


def read_space(path: Path) -> dict[str, Dimension]:
    """Read the table ``[space]`` of a TOML file.

    Raises:
        ConfigError: the file is missing, not TOML, or says something that is no range and no choices.
    """
    tables = read_toml(path, "search space")
    for name in tables:
        if name != "space":
            raise ConfigError(f"{path}: unknown table '{name}'; a search space is the table [space]")
    entries = tables.get("space")
    if not isinstance(entries, dict) or not entries:
        raise ConfigError(f"{path}: holds no [space] with a setting in it")
    try:
        return {name: parse_dimension(name, entry) for name, entry in entries.items()}
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def parse_dimension(name: str, entry: Any) -> Dimension:
    """Return what an entry of ``[space]`` means.

    Raises:
        ConfigError: it is neither ``{low, high, log, step}`` nor ``{choices}``, or empty.
    """
    place = f"space.{name}"
    if not isinstance(entry, dict):
        raise ConfigError(f"{place}: needs {{low = ..., high = ...}} or {{choices = [...]}}, not {entry!r}")
    for key in entry:
        if key not in _KEYS:
            raise ConfigError(f"{place}: unknown key '{key}'{did_you_mean(key, _KEYS)}")
    if "choices" in entry:
        return _parse_choices(place, entry)
    if missing := [key for key in ("low", "high") if key not in entry]:
        raise ConfigError(f"{place}: has no '{missing[0]}'; give low and high, or choices")
    log = entry.get("log", False)
    if not isinstance(log, bool):
        raise ConfigError(f"{place}.log: true or false, not {log!r}")
    low, high = (_number(f"{place}.{key}", entry[key]) for key in ("low", "high"))
    step = _number(f"{place}.step", entry["step"]) if "step" in entry else None
    if low >= high:
        raise ConfigError(f"{place}: low {low} is not below high {high}; to fix a setting, use --set")
    if log and (low <= 0 or step is not None):
        raise ConfigError(f"{place}: log = true needs low above 0 and no step")
    if step is not None and not 0 < step <= high - low:
        raise ConfigError(f"{place}.step: above 0 and at most {high - low:g}, not {step}")
    return Range(low, high, log, step)


def _parse_choices(place: str, entry: Mapping[str, Any]) -> Choices:
    if beside := [key for key in _RANGE_KEYS if key in entry]:
        raise ConfigError(f"{place}: has both choices and '{beside[0]}'; give a range or choices")
    choices = entry["choices"]
    if not isinstance(choices, list) or not choices:
        raise ConfigError(f"{place}.choices: a list with a value in it, not {choices!r}")
    if len({json.dumps(choice, default=str) for choice in choices}) < len(choices):
        raise ConfigError(f"{place}.choices: names a value twice")
    return Choices(tuple(choices))


def _number(place: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ConfigError(f"{place}: a number, not {value!r}")
    return value


def searchable(config: RunConfig) -> dict[str, str]:
    """Return the settings that can be searched, each with its table."""
    model = config.rung.config
    names = dict.fromkeys(TrainingConfig.model_fields, "training")
    names |= dict.fromkeys(model.model_fields, "model")
    return {name: table for name, table in names.items() if name not in {*_NOT_SEARCHED, *model.OUTSIDE}}


def check_space(space: Space, config: RunConfig) -> dict[str, Dimension]:
    """Return the space with its integers known as such, when every value in it fits its setting.

    Raises:
        ConfigError: a setting does not exist, cannot be searched, or a value does not fit it.
    """
    known = searchable(config)
    for name in space:
        if name in _NOT_SEARCHED or name in config.rung.config.OUTSIDE:
            raise ConfigError(f"space.{name}: is not searched over; fix it with --set")
        if name not in known:
            raise ConfigError(f"space: unknown setting '{name}'{did_you_mean(name, known)}")
    return {name: _check_dimension(name, dimension, config) for name, dimension in space.items()}


def _check_dimension(name: str, dimension: Dimension, config: RunConfig) -> Dimension:
    table = searchable(config)[name]
    taken = []
    for value in dimension.values if isinstance(dimension, Choices) else (dimension.low, dimension.high):
        try:
            taken.append(getattr(getattr(with_values(config, {name: value}), table), name))
        except ConfigError as error:
            if str(error).startswith(f"{table}.{name}:"):
                raise ConfigError(f"space.{name}: {error}") from None
            # It does not fit another setting, which may be searched as well.
    if isinstance(dimension, Choices):
        return dimension
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in taken):
        raise ConfigError(f"space.{name}: is not a number; give choices")
    if not any(isinstance(value, int) for value in taken):
        return dimension
    numbers = (dimension.low, dimension.high, dimension.step or 1)
    if any(number != int(number) for number in numbers):
        raise ConfigError(f"space.{name}: takes integers only, in step, too")
    low, high, step = (int(number) for number in numbers)
    return Range(low, high, dimension.log, step if dimension.step else None, integer=True)


def with_values(config: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """Return the configuration with other values for some settings.

    Raises:
        ConfigError: the values do not fit, alone or together.
    """
    settings, tables = config.as_dict(), searchable(config)
    for name, value in values.items():
        settings[tables[name]][name] = value
    return resolve(None, settings)


def values_of(config: RunConfig, space: Space) -> dict[str, Any]:
    """Return what a configuration has for the settings of a space."""
    tables = searchable(config)
    return {name: plain(getattr(getattr(config, tables[name]), name)) for name in space}


def as_toml(space: Space) -> str:
    """Return a space as a file that `read_space` takes."""
    lines = ["[space]"]
    for name, dimension in space.items():
        # JSON writes numbers, strings, booleans and lists as TOML does.
        items = [f"{key} = {json.dumps(value)}" for key, value in dimension.as_dict().items()]
        lines.append(f"{name} = {{ {', '.join(items)} }}")
    return "\n".join(lines) + "\n"


def encode(value: Any) -> Any:
    """Return a choice as a database keeps it: a list as its JSON."""
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def decode(dimension: Dimension, value: Any) -> Any:
    """Return the setting that a drawn value means; numbers to ten digits, so that 0.1 + 0.2 is 0.3."""
    if isinstance(dimension, Choices):
        return next(choice for choice in dimension.values if encode(choice) == value)
    return int(value) if dimension.integer else float(f"{value:.10g}")
