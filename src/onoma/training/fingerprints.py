"""What a run reads, by content: settings that name files are the same only if the files are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

from onoma.errors import DataError, ModelError
from onoma.resources import portable_path
from onoma.runtime.loading import find_bundle
from onoma.teachers.targets import RECORD, SHARDS
from onoma.training.config import RunConfig


def input_files(config: RunConfig, *, begun: bool = False) -> dict[str, str]:
    """Return the files and folders that a run reads, by the setting that names them: ``data.train``.

    Of a folder of targets these are two, ``data.targets/targets.json`` and ``data.targets/shards``: not the
    answers that are kept beside them.

    Args:
        config: of the run.
        begun: the run has begun, so that the model to start from may be gone, and is left out then.

    Raises:
        ModelError: the model to start from cannot be found.
    """
    data, training = config.data, config.training
    found = {f"data.{name}": getattr(data, name) for name in ("train", "dev", "test")}
    if data.targets:
        found |= {f"data.targets/{name}": str(Path(data.targets) / name) for name in (RECORD, SHARDS)}
    found |= {f"model.{name}": path for name, path in config.model.outside_files().items()}
    if training.init_from:
        with suppress(ModelError) if begun else nullcontext():
            found["training.init_from"] = str(find_bundle(training.init_from))
    return {name: path for name, path in found.items() if path}


def fingerprint_inputs(config: RunConfig, *, begun: bool = False) -> dict[str, str]:
    """Return the sha256 of the content of every file that the run reads, by path, a bundled one by name.

    Args:
        config: of the run.
        begun: see `input_files`.

    Raises:
        DataError: a file cannot be read.
        ModelError: the model to start from cannot be found.
    """
    paths = input_files(config, begun=begun).values()
    return {portable_path(path): fingerprint(Path(path)) for path in paths}


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file's content, or of the names and contents of a folder's files.

    Raises:
        DataError: it cannot be read.
    """
    digest = hashlib.sha256()
    if path.exists() and not path.is_file() and not path.is_dir():
        raise DataError("is a pipe or device; training needs files", code="no-file", path=path)
    try:
        for file in _files(path):
            if path.is_dir():
                digest.update(f"{file.relative_to(path).as_posix()}\n{file.stat().st_size}\n".encode())
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    except FileNotFoundError:
        raise DataError("no such file", code="no-file", path=path) from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", code="unreadable", path=path) from None
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    else:
        yield path
