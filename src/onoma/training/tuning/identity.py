"""What all trials of a study have in common, so that their scores compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.errors import ConfigError, DataError
from onoma.training.agreement import essential
from onoma.training.config import TABLES, RunConfig, as_begun
from onoma.training.fingerprints import fingerprint, input_files
from onoma.training.tuning.space import Space

if TYPE_CHECKING:
    from optuna import Study

_ATTRIBUTE = "onoma"
_PATHS = ("train", "dev", "test", "targets")

Identity = dict[str, dict[str, Any]]


def identify(config: RunConfig, space: Space) -> Identity:
    """Return settings, space, and hashes of the files that are read, not their places.

    Raises:
        DataError: a file cannot be read.
        ModelError: the model to start from cannot be found.
    """
    settings = essential(config.as_dict())
    files = {name: path for name, path in input_files(config).items() if name != "data.test"}
    for table, names in (
        ("model", config.model.outside_files()),
        ("training", ("init_from",)),
        ("data", _PATHS),
    ):
        for name in names:
            settings[table].pop(name, None)
    identity = {
        **settings,
        "space": {name: dimension.as_dict() for name, dimension in space.items()},
        "content": {name: fingerprint(Path(path)) for name, path in files.items()},
    }
    identity["space"] = {name: json.dumps(one) for name, one in identity["space"].items()}
    return dict(json.loads(json.dumps(identity)))


def claim_study(study: Study, identity: Identity, files: Mapping[str, str | None]) -> None:
    """Write into a new study what it is of; refuse to go on with one that is of something else.

    Args:
        study: as it is in its storage.
        identity: from `identify`.
        files: where the data is on this machine, for the message.

    Raises:
        ConfigError: a setting or the space differs.
        DataError: the content of a file differs.
    """
    if _ATTRIBUTE not in study.user_attrs:
        study.set_user_attr(_ATTRIBUTE, identity)
    # Of two processes that begin at once, the later one's.
    before = as_begun(study.user_attrs[_ATTRIBUTE])
    before |= essential({table: before[table] for table in TABLES if table in before})
    before["training"].pop("init_from", None)  # of older studies
    keeps = f"study '{study.study_name}' keeps what it was started with; for others start a new one"
    for table, values in identity.items():
        then = before.get(table, {})
        for name in dict.fromkeys((*then, *values)):
            if then.get(name) == values.get(name):
                continue
            if table == "content":
                message = f"{name}: its content is not what the study was started with; {keeps}"
                raise DataError(message, code="changed-data", path=files.get(name))
            was, now = (_shown(one.get(name)) for one in (then, values))
            raise ConfigError(f"{table}.{name}: the study was started with {was}, not {now}; {keeps}")


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)
