"""What a broken disk and a hostile sender do to bundles: each damage changes a bundle's folder in place."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

Damage = Callable[[Path], object]
CONFIG, VOCABULARY, MANIFEST = "config.json", "vocabulary.json", "manifest.json"
WEIGHTS, FEATURES = "model.safetensors", "features.safetensors"
BIAS = "head.projection.bias"


# A broken disk: the manifest is not brought up to date.


def cut(name: str, at: float) -> Damage:
    """Keep the first part of a file: a share of it, or, where ``at`` is negative, all but so many bytes."""

    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(at) if at < 0 else int(len(data) * at)])

    return damage


def flip(name: str, at: float, bit: int = 0) -> Damage:
    def damage(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[int((len(data) - 1) * at)] ^= 1 << bit
        (folder / name).write_bytes(data)

    return damage


def remove(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def append(name: str, data: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + data)


def swap(folder: Path) -> None:
    (folder / CONFIG).rename(folder / "x")
    (folder / VOCABULARY).rename(folder / CONFIG)
    (folder / "x").rename(folder / VOCABULARY)


# Things in the place of files, and things beside them.


def into(make: Callable[[Path], object], name: str) -> Damage:
    """Replace a file by what ``make`` makes."""

    def damage(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return damage


def link_out(name: str) -> Damage:
    """Move a file out of the bundle and link to it."""

    def damage(folder: Path) -> None:
        (folder / name).rename(folder.parent / name)
        (folder / name).symlink_to(folder.parent / name)

    return damage


def beside(name: str | bytes, data: bytes = b"x") -> Damage:
    def damage(folder: Path) -> None:
        place = folder / os.fsdecode(name)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)

    return damage


# A hostile sender: sizes and hashes are right.


def write(name: str, data: bytes) -> Damage:
    """Put other bytes into a file, with the manifest to match."""

    def damage(folder: Path) -> None:
        (folder / name).write_bytes(data)
        if name != MANIFEST:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            manifest["files"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            (folder / MANIFEST).write_text(json.dumps(manifest))

    return damage


def edit(name: str, *path: str | int, to: Any) -> Damage:
    """Set one value inside a JSON file; ``to`` may be a function of the old value."""

    def damage(folder: Path) -> None:
        value = json.loads((folder / name).read_bytes())
        target = value
        for key in path[:-1]:
            target = target[key]
        old = target.get(path[-1]) if isinstance(target, dict) else target[path[-1]]
        target[path[-1]] = to(old) if callable(to) else to
        write(name, json.dumps(value).encode())(folder)

    return damage


def drop(name: str, *path: str) -> Damage:
    """Remove one key of a JSON file."""

    def damage(folder: Path) -> None:
        value = json.loads((folder / name).read_bytes())
        target = value
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]
        write(name, json.dumps(value).encode())(folder)

    return damage


def raw(name: str, old: str, new: str) -> Damage:
    """Replace a piece of a JSON file's text."""

    def damage(folder: Path) -> None:
        text = json.dumps(json.loads((folder / name).read_bytes()))
        assert old in text
        write(name, text.replace(old, new, 1).encode())(folder)

    return damage


def weights(change: Callable[[dict[str, np.ndarray]], object], file: str = WEIGHTS) -> Damage:
    """Change the table of weights, or of the features' arrays."""

    def damage(folder: Path) -> None:
        tensors = {name: array.copy() for name, array in load((folder / file).read_bytes()).items()}
        change(tensors)
        write(file, save(tensors))(folder)

    return damage


def weight(change: Callable[[np.ndarray], np.ndarray], name: str = BIAS, file: str = WEIGHTS) -> Damage:
    """Change one weight."""
    return weights(lambda table: table.update({name: np.ascontiguousarray(change(table[name]))}), file)


def spoiled(value: float) -> Damage:
    """Put a value into one weight."""

    def change(array: np.ndarray) -> np.ndarray:
        array[0] = value
        return array

    return weight(change)


def header(change: Callable[[dict[str, Any]], object]) -> Damage:
    """Change the header of the weights, leaving the numbers as they are."""

    def damage(folder: Path) -> None:
        data = (folder / WEIGHTS).read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        table = json.loads(data[8 : 8 + length])
        change(table)
        text = json.dumps(table).encode()
        write(WEIGHTS, struct.pack("<Q", len(text)) + text + data[8 + length :])(folder)

    return damage


def header_entry(**changes: Any) -> Damage:
    """Change what the header says of one weight."""
    return header(lambda table: table[BIAS].update(changes))


def header_length(length: int) -> Damage:
    def damage(folder: Path) -> None:
        write(WEIGHTS, struct.pack("<Q", length) + (folder / WEIGHTS).read_bytes()[8:])(folder)

    return damage


def both(*damages: Damage) -> Damage:
    def damage(folder: Path) -> None:
        for each in damages:
            each(folder)

    return damage
