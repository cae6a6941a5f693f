"""Names of classes that ``datasets`` stores as numbers: ``ClassLabel`` in the features of a data set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FILES = ("dataset_info.json", "dataset_infos.json")
_FOLDERS_UP = 3
_MAX_BYTES = 10_000_000
METADATA_KEY = b"huggingface"
"""Under which the schema of a parquet or Arrow file holds the features."""


def class_names(features: Any, *path: str) -> tuple[str, ...]:
    """Return the names of the classes of a feature; none where it holds no such classes.

    Args:
        features: as ``dataset_info.json`` has them.
        path: the column, then the field of a struct; lists on the way are gone into.
    """
    feature = features
    for name in path:
        feature = _inner(feature)
        feature = feature.get(name) if isinstance(feature, dict) else None
    feature = _inner(feature)
    names = feature.get("names") if isinstance(feature, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(names)


def _inner(feature: Any) -> Any:
    """What a list is a list of: ``{"feature": ...}``, or ``[...]`` of one."""
    while True:
        if isinstance(feature, dict) and isinstance(feature.get("feature"), dict | list):
            feature = feature["feature"]
        elif isinstance(feature, list) and len(feature) == 1:
            feature = feature[0]
        else:
            return feature


def features_of_metadata(metadata: Mapping[bytes, bytes] | None) -> Any:
    """Return the features that the metadata of an Arrow schema holds; None where it holds none."""
    try:
        info = json.loads((metadata or {}).get(METADATA_KEY, b"null"))
    except (ValueError, RecursionError):
        return None
    return (
        info["info"].get("features")
        if isinstance(info, dict) and isinstance(info.get("info"), dict)
        else None
    )


def find_features(path: Path | None) -> Any:
    """Return the features of the ``dataset_info.json`` in a folder, beside a file, or above; else None."""
    if path is None:
        return None
    place = path.absolute()
    for folder in [place, *place.parents][: 2 + _FOLDERS_UP]:
        for name in _FILES:
            features = _read_features(folder / name)
            if features is not None:
                return features
    return None


def _read_features(file: Path) -> Any:
    try:
        if not file.is_file() or file.stat().st_size > _MAX_BYTES:
            return None
        info = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None  # whoever needs the names asks for them
    if isinstance(info, dict) and "features" not in info and len(info) == 1:
        (info,) = info.values()  # dataset_infos.json: by name of the configuration
    return info.get("features") if isinstance(info, dict) else None
