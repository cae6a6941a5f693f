"""Finding rungs: every module of `onoma.models.rungs`, and entry points of other packages."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from onoma.errors import ConfigError, did_you_mean
from onoma.models.base import Rung

ENTRY_POINT_GROUP = "onoma.models"
_LADDER = (
    "rnn",
    "lstm",
    "bilstm",
    "bilstm-crf",
    "charcnn-bilstm-crf",
    "transformer",
    "transformer-lstm",
    "bert",
    "span",
    "joint",
)


@cache
def _rungs() -> dict[str, Rung]:
    package = "onoma.models.rungs"
    names = [module.name for module in pkgutil.iter_modules(import_module(package).__path__)]
    found = [getattr(import_module(f"{package}.{name}"), "RUNG", None) for name in sorted(names)]
    found += [entry.load() for entry in entry_points(group=ENTRY_POINT_GROUP)]
    rungs = {rung.name: rung for rung in found if rung is not None}
    # The ladder's order, simplest first; newcomers after it by name.
    order = {name: index for index, name in enumerate(_LADDER)}
    return dict(sorted(rungs.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def list_rungs() -> list[Rung]:
    """Return all rungs, simplest first."""
    return list(_rungs().values())


def get_rung(name: str) -> Rung:
    """Return the rung called ``name``.

    Raises:
        ConfigError: there is none.
    """
    rungs = _rungs()
    if name not in rungs:
        raise ConfigError(f"unknown model '{name}'{did_you_mean(name, rungs)}")
    return rungs[name]
