"""What an annotation was begun with: written first, and compared when it is gone on with."""

from __future__ import annotations

import json
from typing import Any

from onoma.annotation.folders import Folder
from onoma.errors import ConfigError, OutputError, excerpt

PLAN = "plan.json"
_SCHEMA = 1


def write_plan(folder: Folder, plan: dict[str, Any]) -> None:
    """Write the plan, unless it is there."""
    if folder.read(PLAN) is None:
        folder.write(PLAN, json.dumps({"schema": _SCHEMA, **plan}, ensure_ascii=False) + "\n")


def read_plan(folder: Folder) -> dict[str, Any] | None:
    """Return the plan; None where there is none.

    Raises:
        OutputError: it is none, or of a newer version.
    """
    try:
        text = folder.read(PLAN)
        if text is None:
            return None
        plan = json.loads(text)
        schema = plan.pop("schema")
    except (ValueError, KeyError, AttributeError, OSError):
        raise OutputError(f"{folder}/{PLAN}: is no plan of an annotation; name another folder") from None
    if schema != _SCHEMA:
        raise OutputError(f"{folder}/{PLAN}: is of another version ({excerpt(str(schema))}) of Onoma")
    return dict(plan)


def check_same(begun: dict[str, Any], now: dict[str, Any], folder: Folder) -> None:
    """Refuse to go on with something else.

    Raises:
        ConfigError: names the first difference.
    """
    difference = _difference(begun, json.loads(json.dumps(now)))
    if difference:
        raise ConfigError(
            f"{folder}: cannot go on: {difference}; give what it was begun with, or a new --out"
        )


def _difference(begun: dict[str, Any], now: dict[str, Any]) -> str:
    if begun.get("model") != now["model"]:
        return "the model is another one"
    options: dict[str, Any] = begun.get("options", {})
    for name in sorted(options.keys() | now["options"].keys()):
        before, given = options.get(name), now["options"].get(name)
        if before != given:
            return f"{name.replace('_', '-')} was {_shown(before)}, and is {_shown(given)}"
    if begun.get("shard_mb") != now["shard_mb"]:
        return f"shard-mb was {_shown(begun.get('shard_mb'))}, and is {_shown(now['shard_mb'])}"
    if said := _difference_of_inputs(begun.get("inputs", []), now["inputs"]):
        return said
    return "" if begun.get("sha256") == now["sha256"] else "the inputs are cut otherwise, by another version"


def _difference_of_inputs(begun: list[list[Any]], now: list[list[Any]]) -> str:
    before, given = ({one[0]: one[1:] for one in each} for each in (begun, now))
    for path in before:
        if path not in given:
            return f"the input {_shown(path)} is not among those of now"
    for path, facts in given.items():
        if path not in before:
            return f"the input {_shown(path)} is new"
        if facts != before[path]:
            return f"the input {_shown(path)} has changed"
    return "" if list(before) == list(given) else "the inputs are in another order"


def _shown(value: Any) -> str:
    return excerpt(json.dumps(value, ensure_ascii=False), 200)
