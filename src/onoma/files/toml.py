"""Reading TOML files, with one line about those that are none."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a TOML file; ``what`` it is goes into messages.

    Raises:
        ConfigError: the file is missing, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"{path}: cannot read the {what}: {reason}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from None
