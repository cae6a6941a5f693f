"""Rungs that stand on another one: its options, inputs and encoder under other heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, cast

from pydantic import BaseModel, Field, create_model

from onoma.errors import ConfigError
from onoma.models.base import Rung, TaggerConfig
from onoma.tasks.options import HeadName


def based_rung(default: Rung, make: Callable[[Rung, str], Rung]) -> Rung:
    """Return a rung that stands on the one that its option ``base`` names.

    Args:
        default: the rung below, when the options name none.
        make: the rung below, and the tasks as the options name them, to the whole one.
    """

    @cache
    def on(name: str, tasks: str) -> Rung:
        from onoma.models.registry import get_rung

        below = default if name == default.name else get_rung(name)
        if below.specialise is not None:
            raise ConfigError(f"model.base: {name} stands on another model itself")
        return replace(make(below, tasks), specialise=specialise)

    def specialise(options: Mapping[str, Any]) -> Rung:
        return on(str(options.get("base", default.name)), str(options.get("tasks", "both")))

    return on(default.name, "both")


def extend_config(
    name: str, below: Rung, *extra: type[BaseModel], head: HeadName | None = None
) -> type[TaggerConfig]:
    """Return the options of a rung with others beside them.

    Args:
        name: of the class.
        below: the rung; ``base`` takes its name and no other.
        extra: classes of the other options.
        head: another default for this one.
    """
    described = "the model whose inputs and encoder it has; its other options are those of that model"
    fields: dict[str, Any] = {
        "base": (str, Field(below.name, pattern=f"^{below.name}$", description=described))
    }
    if head is not None:
        fields["head"] = (HeadName, Field(head))
    return cast(type[TaggerConfig], create_model(name, __base__=(below.config, *extra), **fields))
