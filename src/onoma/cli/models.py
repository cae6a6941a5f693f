"""``onoma models``: the rungs of the ladder, and the settings of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onoma.cli.options import Json

if TYPE_CHECKING:
    from pydantic import BaseModel


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Show the settings of this model.")
    ] = None,
    teachers: Annotated[
        bool, typer.Option("--teachers", help="List the kinds of teachers that `onoma distill` knows.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the models that can be trained, simplest first, and those that come trained; or one's settings."""
    from onoma.models import get_rung, list_rungs
    from onoma.training.config import TrainingConfig

    if teachers:
        from onoma.teachers import list_teachers

        _print_models([{"id": kind.name, "summary": kind.summary} for kind in list_teachers()], as_json)
        return
    if name is None:
        rungs = [{"id": rung.name, "summary": rung.summary} for rung in list_rungs()]
        _print_models([*rungs, *_shipped()], as_json)
        return
    rung = get_rung(name)
    tables = {
        "model": describe_settings(rung.config),
        "training": describe_settings(TrainingConfig, rung.training),
    }
    if as_json:
        print(json.dumps(tables, indent=1))
        return
    for table, settings in tables.items():
        print(f"[{table}]")
        for setting in settings:
            assignment = f"{setting['name']} = {json.dumps(setting['default'])}"
            print(f"{assignment:28}  # {setting['description']}")
        print()


def _print_models(models: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(models, indent=1))
        return
    width = max(len(model["id"]) for model in models)
    for model in models:
        print(f"{model['id']:{width}}  {model['summary']}")


def _shipped() -> list[dict[str, str]]:
    """What can be used without training: a line for each model that comes with Onoma."""
    from onoma.resources import shipped_models
    from onoma.runtime.bundle import bundle_size, bundled_labels

    return [
        {
            "id": name,
            "summary": f"trained, {bundle_size(folder) / 1e6:.1f} MB: {', '.join(bundled_labels(folder))}",
        }
        for name, folder in shipped_models().items()
    ]


def describe_settings(schema: type[BaseModel], own: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return name, default and description of each field.

    A rung that changes a default says no description; the one of the base it inherits from holds.
    """
    settings = []
    for name, field in schema.model_fields.items():
        inherited: list[dict[str, Any]] = [getattr(owner, "model_fields", {}) for owner in schema.__mro__]
        described = (fields[name].description for fields in inherited if name in fields)
        description = next((text for text in described if text), "")
        default = (own or {}).get(name, field.default)
        settings.append({"name": name, "default": default, "description": description})
    return settings
