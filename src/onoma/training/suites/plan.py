"""What a suite asks for, as a file, and the runs that this means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from onoma.errors import ConfigError, did_you_mean
from onoma.files.toml import read_toml
from onoma.training.config import DataConfig, RunConfig, Settings, validate
from onoma.training.judged.model import FinishedModel
from onoma.training.suites.entries import ModelEntry, Resources, read_entry

_TABLES = ("suite", "data", "training", "models")

Seed = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]


class SuiteOptions(BaseModel):
    """Table ``[suite]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("", description="title of the report, the file's name when not given")
    seeds: tuple[Seed, ...] = Field((13, 14, 15), min_length=1, description="a run of each model for each")
    shares: tuple[Share, ...] = Field(
        (1.0,), min_length=1, description="of train's documents; more than one gives a learning curve"
    )
    epochs: int = Field(0, ge=0, description="budget: at most so many epochs a run, 0 for no limit")
    seconds: float = Field(0.0, ge=0, description="budget: a run that takes longer is stopped, 0 for never")


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """A suite as it stands in its file.

    Args:
        path: the file.
        options: table ``[suite]``.
        data: table ``[data]``: the settings of a run's data, and ``folder``.
        training: table ``[training]``: for all models.
        models: what is compared.
    """

    path: Path
    options: SuiteOptions
    data: dict[str, Any]
    training: dict[str, Any]
    models: tuple[ModelEntry | FinishedModel, ...]


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a suite.

    Args:
        name: of its folder.
        model: name of the model that it is a run of.
        share: of the training data.
        config: resolved.
        resources: what it asks a cluster for.
    """

    name: str
    model: str
    share: float
    config: RunConfig
    resources: Resources = field(default_factory=Resources)

    @property
    def seed(self) -> int:
        """Its seed."""
        return self.config.training.seed


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite, resolved.

    Args:
        name: of the suite.
        runs: in the order in which they are trained.
        seconds: after which a run is stopped, 0 for never.
        models: their names, in the file's order.
        finished: those among them that need no training.
        data: what these are scored on.
    """

    name: str
    runs: tuple[PlannedRun, ...]
    seconds: float = 0.0
    models: tuple[str, ...] = field(default=())
    finished: tuple[FinishedModel, ...] = ()
    data: DataConfig | None = None


def read_suite(path: Path) -> SuiteFile:
    """Read a suite.

    Raises:
        ConfigError: the file cannot be read, or holds something unknown or unfit.
    """
    tables = read_toml(path, "suite")
    for name in tables:
        if name not in _TABLES:
            raise ConfigError(f"{path}: unknown table '{name}'{did_you_mean(name, _TABLES)}")
    entries = tables.get("models", [])
    if not isinstance(entries, list) or not entries or not all(isinstance(item, dict) for item in entries):
        raise ConfigError(f"{path}: names no models; write a table [[models]] with an id for each")
    try:
        options = validate(SuiteOptions, _table(tables, "suite"), "suite")
        models = [read_entry(entry, f"models.{place}") for place, entry in enumerate(entries, 1)]
        return SuiteFile(
            path, options, _table(tables, "data"), _table(tables, "training"), _named(tuple(models))
        )
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _table(tables: dict[str, Any], name: str) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"'{name}' must be a table: write [{name}]")
    return table


def _named(models: tuple[ModelEntry | FinishedModel, ...]) -> tuple[ModelEntry | FinishedModel, ...]:
    """Give names to the models that have none, and refuse equal ones."""
    named = tuple(entry.named() for entry in models)
    for place, entry in enumerate(named, 1):
        if not entry.name:
            raise ConfigError(f"models.{place}: names no model; give it an id, a bundle or predictions")
    name, count = Counter(entry.name.casefold() for entry in named).most_common(1)[0]
    if count > 1:
        raise ConfigError(f"two models are called '{name}'; give each a name of its own")
    return named


def plan_runs(file: SuiteFile, resolve: Callable[[ModelEntry, Settings], RunConfig]) -> Suite:
    """Return the runs that a suite asks for: full data first, all seeds of a model together.

    Args:
        file: the suite.
        resolve: makes a configuration of a model of the suite, with settings that win over all others.

    Raises:
        ConfigError: a setting does not fit.
    """
    runs = []
    trained = [entry for entry in file.models if isinstance(entry, ModelEntry)]
    for share in sorted(set(file.options.shares), reverse=True):
        for entry in trained:
            for seed in dict.fromkeys(file.options.seeds):
                extra: Settings = {"training": {"seed": seed}}
                if share < 1:
                    extra["data"] = {"train_share": share}
                config = resolve(entry, extra)
                if 0 < file.options.epochs < config.training.epochs:
                    extra["training"]["epochs"] = file.options.epochs
                    config = resolve(entry, extra)
                suffix = f"-share{100 * share:g}" if share < 1 else ""
                name = f"{entry.name}-seed{seed}{suffix}"
                runs.append(PlannedRun(name, entry.name, share, config, entry.resources))
    title = file.options.name or file.path.stem
    return Suite(
        title,
        tuple(runs),
        file.options.seconds,
        tuple(entry.name for entry in file.models),
        tuple(entry.anchored(file.path.parent) for entry in file.models if isinstance(entry, FinishedModel)),
    )
