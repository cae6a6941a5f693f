"""Which settings decide what is learned, and which may differ where a run, study or suite goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from onoma.errors import ConfigError
from onoma.training.config import Settings

CHANGE_NOTHING: Mapping[str, frozenset[str]] = {
    "training": frozenset(("checkpoint_minutes", "checkpoint_steps", "trackers", "train_sample")),
    "data": frozenset(("memory_mb",)),
}
"""Settings that change no bit of what is learned."""
_OF_THE_MACHINE: Mapping[str, frozenset[str]] = {"training": frozenset(("threads", "device"))}
"""Those that change the last bits of a sum, and nothing that anybody means."""


def essential(settings: Settings) -> Settings:
    """Return the settings that decide what is learned: runs that have them in common are of one model."""
    return {
        table: {
            name: value
            for name, value in values.items()
            if name not in CHANGE_NOTHING.get(table, ()) and name not in _OF_THE_MACHINE.get(table, ())
        }
        for table, values in settings.items()
    }


def check_agreement(run: Settings, given: Settings) -> None:
    """Refuse settings that differ from those of the run that is to be resumed, where they change a bit.

    Raises:
        ConfigError: names the first setting that differs.
    """
    for table in run:
        for name in dict.fromkeys((*run[table], *given[table])):
            then, now = (_shown(values[table].get(name)) for values in (run, given))
            if then != now and name not in CHANGE_NOTHING.get(table, ()):
                raise ConfigError(
                    f"{table}.{name}: the run was started with {then}, not {now}; a resumed run keeps its "
                    "settings (to train on with others, start a new run with --init-from)"
                )


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
