"""Bundles: the folder in which a model travels. Plain data only, every file accounted for by its hash.

::

    bundle/  manifest.json      schema version, labels, size and sha256 of every other file
             config.json        the model's id and options, tags, scheme
             vocabulary.json    the features' state
             model.safetensors  weights and transition scores
             features.safetensors  arrays of the features (word vectors), where there are any

An exported bundle runs without PyTorch. Instead of the weights it holds::

             model.onnx         the network, in one piece
             decoder.safetensors  what decides after it: transition scores, biases and thresholds of labels
             proof.json         how its results compare with those of the model it was made from

A bundle may come from a stranger or from a broken disk. Each file is opened once, and the bytes that are
hashed are the bytes that are parsed. Hashes find damage, not malice: everything is checked for shape as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.errors import BundleError, OutputError, excerpt
from onoma.files import atomic_folder, is_filled
from onoma.runtime.graphs import LONGEST, check_graph
from onoma.runtime.manifest import (
    SCHEMA_VERSION,
    FileEntry,
    Manifest,
    ModelSettings,
    check_object,
    parse_object,
)

WEIGHTS, FEATURES = "model.safetensors", "features.safetensors"
GRAPH, DECODER, PROOF = "model.onnx", "decoder.safetensors", "proof.json"
_CONFIG, _VOCABULARY, _MANIFEST = "config.json", "vocabulary.json", "manifest.json"
_TRAINED = frozenset((_CONFIG, _VOCABULARY, WEIGHTS))
_EXPORTED = frozenset((_CONFIG, _VOCABULARY, GRAPH, DECODER, PROOF))
_OPTIONAL = frozenset((FEATURES,))
FILES = (_MANIFEST, *sorted(_TRAINED | _EXPORTED | _OPTIONAL))
"""Names of all files that a bundle may have."""

_MEASURED = (_CONFIG, PROOF)
"""Files that hold what was measured, too."""
_MANIFEST_LIMIT = 1 << 20
"""Bytes of the one file whose size nothing else declares; labels and four files take far less."""

_CONFIG_LIMIT = 16 << 20
"""Bytes of configuration and proof; 10,000 tags of a hundred characters take a million."""
_VOCABULARY_LIMIT = 512 << 20
"""Bytes of the vocabulary, of which ten times as much becomes objects; that of XLM-R has 9 million."""
_TENSORS_LIMIT, _HEADER_LIMIT = 20_000, 8 << 20
"""Tensors, and bytes that name them; an encoder of 256 layers has 5,000."""
_LIMITS = {_CONFIG: _CONFIG_LIMIT, PROOF: _CONFIG_LIMIT, _VOCABULARY: _VOCABULARY_LIMIT}

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model at rest.

    Args:
        config: the rung, its options, and what its tasks and its texts need.
        vocabulary: state of the features.
        tensors: weights by name; of an exported model those of its decoder.
        feature_tensors: arrays of the features by name.
        graph: the ONNX file of an exported model.
        proof: how an exported model compares with its origin.
    """

    config: ModelSettings
    vocabulary: dict[str, Any]
    tensors: Arrays
    feature_tensors: Arrays = field(default_factory=dict)
    graph: bytes | None = None
    proof: dict[str, Any] = field(default_factory=dict)


def save_bundle(folder: Path, bundle: Bundle) -> None:
    """Write a bundle atomically; an older bundle in its place is replaced once the new one is complete.

    Raises:
        OutputError: the place cannot be written, or holds something other than a bundle.
        BundleError: a weight is not finite.
    """
    for tensors in (bundle.tensors, bundle.feature_tensors):
        _check_finite(tensors, folder)
    with atomic_folder(folder) as part:
        # Inside, so that an unreadable folder is an OutputError too.
        check_bundle_place(folder)
        files = {}
        for name, data in _contents(bundle):
            (part / name).write_bytes(data)
            files[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        manifest = {"schema": SCHEMA_VERSION, "labels": bundle.config.labels, "files": files}
        (part / _MANIFEST).write_bytes(_json(manifest))


def check_bundle_place(folder: Path) -> None:
    """Refuse a place for a bundle before the work is done; what is new, empty or a bundle may be written.

    Raises:
        OutputError: it holds something else.
    """
    if not is_bundle(folder) and is_filled(folder):
        raise OutputError(
            f"{folder}: holds something other than a bundle; it is not replaced: name another folder"
        )


def manifest_hash(folder: Path) -> str:
    """Return the sha256 of a bundle's manifest: it names the hashes of all other files.

    Raises:
        BundleError: the manifest cannot be read.
    """
    return hashlib.sha256(_read_bytes(folder / _MANIFEST, _MANIFEST_LIMIT)).hexdigest()


def is_same_model(one: Path, other: Path) -> bool:
    """Whether two bundles are of the same weights and vocabulary, however their scores were calibrated.

    Raises:
        BundleError: the manifest of one cannot be read.
    """
    kept = [
        {name: entry.sha256 for name, entry in _read_manifest(folder).files.items() if name not in _MEASURED}
        for folder in (one, other)
    ]
    return kept[0] == kept[1]


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle after checking everything that can be checked.

    Raises:
        BundleError: the folder is not a bundle, or a file is missing, extra, altered, unreadable, linked from
            elsewhere, from a newer version, or holds values that are not finite or not of the right kind.
    """
    manifest = _read_manifest(folder)
    written = parse_object(_verified(folder, _CONFIG, manifest), folder / _CONFIG)
    config = check_object(ModelSettings, written, folder / _CONFIG)
    if config.labels != manifest.labels:
        raise BundleError(f"{folder / _MANIFEST}: 'labels' are not those of the tags in {_CONFIG}")
    vocabulary = parse_object(_verified(folder, _VOCABULARY, manifest), folder / _VOCABULARY)
    exported = GRAPH in manifest.files
    weights = DECODER if exported else WEIGHTS
    tensors = _parse_tensors(_verified(folder, weights, manifest), folder / weights)
    feature_tensors: Arrays = {}
    if FEATURES in manifest.files:
        feature_tensors = _parse_tensors(_verified(folder, FEATURES, manifest), folder / FEATURES)
    if not exported:
        return Bundle(config, vocabulary, tensors, feature_tensors)
    proof = parse_object(_verified(folder, PROOF, manifest), folder / PROOF)
    graph = _verified(folder, GRAPH, manifest)
    check_graph(graph, folder / GRAPH, _longest(config))
    return Bundle(config, vocabulary, tensors, feature_tensors, graph, proof)


def _longest(config: ModelSettings) -> int:
    """The longest input that the options allow, so far as they say so; the rung checks them later."""
    longest = config.options.get("max_length")
    return longest if isinstance(longest, int) and longest < LONGEST else LONGEST


def is_bundle(folder: Path) -> bool:
    """Whether the folder claims to be a bundle."""
    return os.path.lexists(folder / _MANIFEST)


def bundle_size(folder: Path) -> int:
    """Bytes of all files of a bundle."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def bundled_labels(folder: Path) -> tuple[str, ...]:
    """Return the entity labels of a bundle without reading its weights.

    Raises:
        BundleError: its manifest cannot be read.
    """
    return tuple(_read_manifest(folder).labels)


def _contents(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    """The bytes of each file but the manifest, one at a time."""
    from safetensors.numpy import save

    yield _CONFIG, _json(bundle.config.as_dict())
    yield _VOCABULARY, _json(bundle.vocabulary)
    if bundle.graph is not None:
        yield GRAPH, bundle.graph
        yield PROOF, _json(bundle.proof)
    weights = WEIGHTS if bundle.graph is None else DECODER
    for name, tensors in ((weights, bundle.tensors), (FEATURES, bundle.feature_tensors)):
        if tensors or name != FEATURES:
            yield name, save({key: np.ascontiguousarray(array) for key, array in tensors.items()})


def _read_manifest(folder: Path) -> Manifest:
    path = folder / _MANIFEST
    try:
        present = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise BundleError(f"{folder}: not a model folder that can be read: {error.strerror}") from None
    value = parse_object(_read_bytes(path, _MANIFEST_LIMIT), path)
    schema = value.get("schema")
    if type(schema) is int and schema > SCHEMA_VERSION:
        raise BundleError(
            f"{folder}: written by a newer Onoma (schema {excerpt(str(schema), 20)}, "
            f"this one reads {SCHEMA_VERSION}); upgrade with pip install -U onoma"
        )
    manifest = check_object(Manifest, value, path)
    named = set(manifest.files)
    expected = _EXPORTED if GRAPH in named else _TRAINED
    if not expected <= named <= expected | _OPTIONAL:
        raise BundleError(f"{path}: 'files' names {_listing(named)}; expected {_listing(expected)}")
    if extra := present - named - {_MANIFEST}:
        raise BundleError(f"{folder}: holds files that its manifest does not name: {_listing(extra)}")
    return manifest


def _verified(folder: Path, name: str, manifest: Manifest) -> bytes:
    """The content of a file, which is what the manifest says."""
    path, entry = folder / name, manifest.files[name]
    data = _read_bytes(path, min(entry.size, _LIMITS.get(name, entry.size)), entry)
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise BundleError(f"{path}: content differs from the manifest: the file is altered")
    return data


def _read_bytes(path: Path, limit: int, entry: FileEntry | None = None) -> bytes:
    """The content of a plain file of at most ``limit`` bytes, and as many as ``entry`` declares."""
    try:
        with open(_plain_file(path), "rb", opener=_open_plainly) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BundleError(f"{path}: is not a plain file")
            if entry is not None and status.st_size != entry.size:
                raise BundleError(f"{path}: size differs from the manifest: the file is cut or altered")
            if status.st_size > limit:
                raise BundleError(f"{path}: has {status.st_size} bytes, {limit} are the most it may have")
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise BundleError(f"{path}: missing from the bundle") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from None
    except MemoryError:
        raise BundleError(f"{path}: its {limit} bytes do not fit into memory") from None
    if len(data) != (status.st_size if entry is None else entry.size):
        raise BundleError(f"{path}: changes while it is read")
    return data


def _plain_file(path: Path) -> Path:
    """The path itself, or what it stands for in the Hub's cache, where a snapshot is links to its blobs.

    ``models--OWNER--NAME/snapshots/COMMIT/bundle/FILE`` leads into ``blobs`` of that repository, or of the
    cache.
    """
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    for folder in path.absolute().parents:
        if folder.name == "snapshots" and folder.parent.name.startswith("models--"):
            for blobs in (folder.parent / "blobs", folder.parent.parent / "blobs"):
                if not blobs.is_symlink() and target.is_relative_to(os.path.realpath(blobs)):
                    return target
    raise BundleError(f"{path}: is a link; a bundle holds plain files")


def _open_plainly(path: str, flags: int) -> int:
    """Follow no link, and do not wait for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _parse_tensors(data: bytes, path: Path) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    _check_header(data, path)
    try:
        tensors = load(data)
    except KeyError as error:
        raise BundleError(f"{path}: holds numbers of the unknown kind {error}") from None
    except (SafetensorError, ValueError, MemoryError) as error:
        raise BundleError(f"{path}: not a safetensors file: {excerpt(str(error), 200)}") from None
    _check_finite(tensors, path)
    return tensors


def _check_header(data: bytes, path: Path) -> None:
    """Refuse more tensors than models have, before the header is parsed: each costs an object of Python."""
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length] if length <= _HEADER_LIMIT else b""
    if length > _HEADER_LIMIT or header.count(b"{") > _TENSORS_LIMIT:
        raise BundleError(
            f"{path}: not a safetensors file of ours: its header of {length} bytes names more than "
            f"{_TENSORS_LIMIT} tensors"
        )


def _check_finite(tensors: Arrays, place: Path) -> None:
    for name, array in tensors.items():
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            raise BundleError(f"{place}: weight '{excerpt(name)}' holds values that are not finite")


def _listing(names: set[str] | frozenset[str]) -> str:
    shown = ", ".join(excerpt(name) for name in sorted(names)[:5])
    return shown + (" and others" if len(names) > 5 else "")


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode("utf-8")
