"""Bundles: the folder in which a model travels. Plain data only, every file accounted for by its hash.

::

    bundle/  manifest.json      schema version, labels, size and sha256 of every other file
             config.json        the model's id and options, tags, scheme
             vocabulary.json    the features' state
             model.safetensors  weights and transition scores
             features.safetensors  arrays of the features (word vectors), where there are any
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.errors import BundleError
from onoma.files import atomic_folder

SCHEMA_VERSION = 1
WEIGHTS, FEATURES = "model.safetensors", "features.safetensors"
_CONFIG, _VOCABULARY, _MANIFEST = "config.json", "vocabulary.json", "manifest.json"
_REQUIRED = frozenset((_CONFIG, _VOCABULARY, WEIGHTS))
_OPTIONAL = frozenset((FEATURES,))

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model at rest.

    Args:
        config: ``model`` (rung id), ``options``, ``tags`` and ``scheme``.
        vocabulary: state of the features.
        tensors: weights by name.
        feature_tensors: arrays of the features by name.
    """

    config: dict[str, Any]
    vocabulary: dict[str, Any]
    tensors: Arrays
    feature_tensors: Arrays = field(default_factory=dict)


def save_bundle(folder: Path, bundle: Bundle) -> None:
    """Write a bundle atomically.

    Raises:
        OutputError: the place cannot be written.
        BundleError: a weight is not finite.
    """
    from safetensors.numpy import save_file

    for tensors in (bundle.tensors, bundle.feature_tensors):
        _check_finite(tensors, folder)
    with atomic_folder(folder) as part:
        (part / _CONFIG).write_text(_json(bundle.config), encoding="utf-8")
        (part / _VOCABULARY).write_text(_json(bundle.vocabulary), encoding="utf-8")
        for name, tensors in ((WEIGHTS, bundle.tensors), (FEATURES, bundle.feature_tensors)):
            if tensors or name in _REQUIRED:
                contiguous = {key: np.ascontiguousarray(array) for key, array in tensors.items()}
                save_file(contiguous, part / name)
        manifest = {
            "schema": SCHEMA_VERSION,
            "labels": sorted({tag.partition("-")[2] for tag in bundle.config["tags"]} - {""}),
            "files": {
                path.name: {"size": path.stat().st_size, "sha256": _sha256(path)}
                for path in sorted(part.iterdir())
            },
        }
        (part / _MANIFEST).write_text(_json(manifest), encoding="utf-8")


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle after checking everything that can be checked.

    Raises:
        BundleError: the folder is not a bundle, or a file is missing, extra, altered, unreadable, linked from
            elsewhere, from a newer version, or holds values that are not finite.
    """
    if not folder.is_dir():
        raise BundleError(f"{folder}: no such model folder")
    manifest = _read_json(folder / _MANIFEST)
    _check_manifest(folder, manifest)
    return Bundle(
        _read_json(folder / _CONFIG),
        _read_json(folder / _VOCABULARY),
        _read_tensors(folder / WEIGHTS),
        _read_tensors(folder / FEATURES) if FEATURES in manifest["files"] else {},
    )


def is_bundle(folder: Path) -> bool:
    """Whether the folder claims to be a bundle."""
    return (folder / _MANIFEST).exists()


def bundle_size(folder: Path) -> int:
    """Bytes of all files of a bundle."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _check_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    schema, files = manifest.get("schema"), manifest.get("files")
    if type(schema) is not int or not isinstance(files, dict):
        raise BundleError(f"{folder / _MANIFEST}: needs an integer 'schema' and a table 'files'")
    if schema > SCHEMA_VERSION:
        raise BundleError(
            f"{folder}: written by a newer Onoma (schema {schema}, this one reads {SCHEMA_VERSION})"
        )
    if not _REQUIRED <= set(files) <= _REQUIRED | _OPTIONAL:
        raise BundleError(
            f"{folder / _MANIFEST}: 'files' names {sorted(files)}, expected {sorted(_REQUIRED)}"
        )
    extra = {path.name for path in folder.iterdir()} - set(files) - {_MANIFEST}
    if extra:
        raise BundleError(f"{folder}: holds files that its manifest does not name: {sorted(extra)}")
    for name in sorted(files):
        path, entry = folder / name, files[name]
        if path.is_symlink():
            raise BundleError(f"{path}: is a link; a bundle holds plain files")
        if not path.is_file():
            raise BundleError(f"{path}: missing from the bundle")
        if not isinstance(entry, dict) or path.stat().st_size != entry.get("size"):
            raise BundleError(f"{path}: size differs from the manifest: the file is cut or altered")
        if _sha256(path) != entry.get("sha256"):
            raise BundleError(f"{path}: content differs from the manifest: the file is altered")


def _read_tensors(path: Path) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise BundleError(f"{path}: not a safetensors file: {error}") from None
    _check_finite(tensors, path)
    return tensors


def _check_finite(tensors: Arrays, folder: Path) -> None:
    for name, array in tensors.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BundleError(f"{folder}: weight '{name}' holds values that are not finite")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: not a JSON file: {error}") from None
    if not isinstance(value, dict):
        raise BundleError(f"{path}: holds {type(value).__name__}, expected an object")
    return value


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
