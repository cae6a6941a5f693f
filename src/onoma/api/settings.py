"""From what a Python call is given to the configuration of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data, as_files

if TYPE_CHECKING:
    from onoma.training.config import RunConfig

Options = Mapping[str, Any] | None


def flatten(settings: Mapping[str, Any], **tables: Options) -> dict[str, Any]:
    """Return settings by name, those of tables by ``table.name``."""
    given = dict(settings)
    for table, options in tables.items():
        given |= {f"{table}.{name}": value for name, value in (options or {}).items()}
    return given


def check_folder(data: object) -> None:
    """Refuse what names no folder.

    Raises:
        TypeError: it does not.
    """
    if not isinstance(data, str | Path):
        kind = type(data).__name__
        raise TypeError(f'data is a folder, or splits by name ({{"train": ..., "dev": ...}}), not {kind}')


def run_config(
    model: str | None,
    data: str | Path | Mapping[str, Data] | None,
    out: Path,
    given: Mapping[str, Any],
    *,
    config: str | Path | None,
    stored: RunConfig | None = None,
) -> RunConfig:
    """Return the configuration; splits in memory are written beside ``out``.

    Args:
        model: a rung.
        data: a folder, a bundled corpus, or splits by name.
        out: folder of the run or study.
        given: settings, from `flatten`.
        config: TOML file, or the name of a preset.
        stored: of the run that goes on.

    Raises:
        ConfigError: an option does not exist or fit.
        DataError: the data cannot be used.
    """
    from onoma.training.settings import gather_settings

    files: dict[str, Path | None] = {}
    if isinstance(data, Mapping):
        taken = out.is_dir() and any(out.iterdir())
        files = dict(as_files(data, out.with_name(f"{out.name}-data"), taken=taken))
        data = None
    elif data is not None:
        check_folder(data)
    return gather_settings(
        model,
        dict(given),
        config=None if config is None else Path(config),
        data=None if data is None else str(data),
        files=files,
        stored=stored,
    )
