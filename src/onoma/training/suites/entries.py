"""What a table ``[[models]]`` may be: a model to train, or one that is finished."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from onoma.errors import ConfigError
from onoma.training.config import validate
from onoma.training.judged.bundle import FinishedBundle
from onoma.training.judged.model import FinishedModel, ModelName
from onoma.training.judged.predictions import FinishedPredictions

FINISHED: dict[str, type[FinishedModel]] = {one.KIND: one for one in (FinishedBundle, FinishedPredictions)}
"""Kinds of finished models, by the key that names the model in its table."""


class Resources(BaseModel):
    """What a run asks a cluster for; on a single machine it counts for nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpus: float | None = Field(None, gt=0, description="cores; the run's threads when not given")
    gpus: float = Field(0.0, ge=0, description="GPUs, or a share of one")
    memory_gb: float = Field(0.0, ge=0, description="memory in GiB, 0 for no matter")


class ModelEntry(BaseModel):
    """One of the tables ``[[models]]`` whose model is to be trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = Field(None, description="the rung; may come from config")
    name: ModelName = Field("", description="unique, names the runs' folders; the id when not given")
    config: str | None = Field(None, description="preset or TOML file of settings to start from")
    model: dict[str, Any] = Field(default_factory=dict, description="overrides of [model]")
    training: dict[str, Any] = Field(default_factory=dict, description="overrides of [training]")
    data: dict[str, Any] = Field(default_factory=dict, description="targets of teachers, as those of [data]")
    resources: Resources = Field(Resources(), description="what a run of it asks a cluster for")

    @field_validator("data")
    @classmethod
    def _check_data(cls, data: dict[str, Any]) -> dict[str, Any]:
        if others := [name for name in data if not name.startswith("targets")]:
            raise ValueError(
                f"{others[0]}: all models of a suite have the same data; a model's own are targets alone"
            )
        return data

    def named(self) -> Self:
        """Return it with a name: its own, its rung's, or its configuration's."""
        name = self.name or self.id or Path(self.config or "").stem
        return self.model_copy(update={"name": name})


def read_entry(values: Mapping[str, Any], table: str) -> ModelEntry | FinishedModel:
    """Read one of the tables ``[[models]]``.

    Args:
        values: of the table.
        table: its name, for messages.

    Raises:
        ConfigError: something unknown or unfit, or more than one way to have a model.
    """
    kinds = [name for name in ("id", *FINISHED) if name in values]
    if len(kinds) > 1:
        raise ConfigError(f"{table}: has {' and '.join(kinds)}; a model is one of them")
    if kinds and (schema := FINISHED.get(kinds[0])):
        return validate(schema, values, table)
    return validate(ModelEntry, values, table)
