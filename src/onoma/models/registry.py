"""Finding rungs: every module of `onoma.models.rungs`, and entry points of other packages."""

from __future__ import annotations

from functools import cache

from onoma.models.base import Rung
from onoma.plugins import find_all, pick

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
    rungs = find_all("onoma.models.rungs", "RUNG", ENTRY_POINT_GROUP, Rung)
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
    return pick(_rungs(), name, "model")
