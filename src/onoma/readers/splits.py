"""Finding the train, dev and test files of a folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.opening import strip_compression
from onoma.readers.registry import is_data_folder, list_formats

SPLITS = ("train", "dev", "test")

_NAMES: dict[str, str] = {
    "train": "train", "training": "train", "trainset": "train",
    "dev": "dev", "devset": "dev", "valid": "dev", "val": "dev", "validation": "dev", "testa": "dev",
    "test": "test", "testset": "test", "testb": "test",
}  # fmt: skip


def find_splits(folder: str | Path, required: Sequence[str] = ("train",)) -> dict[str, Path]:
    """Return the files of a folder by split name: ``train``, ``dev``, ``test``, those that are there.

    A subfolder counts as a file where it is data itself (a folder of brat files, which are not counted).

    For each split the exact stem counts first (``train.txt``, ``valid.conll``, ``test.jsonl.gz``), then the
    suffix (``eng.testa``), then a part of the name (``wnut_train.conll``). Of several files that fit equally
    well, one with the suffix of a known format is taken if it is the only one.

    Raises:
        DataError: no such folder, a required split is missing, or several files fit a split.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError("no such folder", code="no-folder", path=folder)
    files = _candidates(folder)
    found = {split: path for split in SPLITS if (path := _find(split, files, folder)) is not None}
    missing = [split for split in required if split not in found]
    if missing:
        names = " or ".join(sorted(name for name, split in _NAMES.items() if split == missing[0]))
        listed = ", ".join(path.name for path in files[:8]) or "nothing"
        raise DataError(
            f"no {missing[0]} file: name a file {names}, with any suffix; the folder holds {listed}",
            code="missing-split",
            path=folder,
        )
    return found


def _candidates(folder: Path) -> list[Path]:
    """The files that may be a split, and the subfolders that are called like one and are data themselves."""
    shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    standoff = {path.stem for path in shown if path.suffix == ".ann"}
    return [
        path
        for path in shown
        if (path.is_file() and not (path.suffix in (".txt", ".ann") and path.stem in standoff))
        or (path.is_dir() and _splits_named([path.name]) and is_data_folder(path))
    ]


def _by_stem(path: Path) -> list[str]:
    return [strip_compression(path).stem]


def _by_suffix(path: Path) -> list[str]:
    return [strip_compression(path).suffix.lstrip(".")]


def _by_part(path: Path) -> list[str]:
    return re.split(r"[-_.]", strip_compression(path).name)


_RULES: tuple[Callable[[Path], list[str]], ...] = (_by_stem, _by_suffix, _by_part)


def _splits_named(words: Sequence[str]) -> set[str]:
    return {_NAMES[word.lower()] for word in words if word.lower() in _NAMES}


def _find(split: str, files: Sequence[Path], folder: Path) -> Path | None:
    for words_of in _RULES:
        fitting = [path for path in files if _splits_named(words_of(path)) == {split}]
        if len(fitting) > 1:
            suffixes = {suffix for item in list_formats() for suffix in item.suffixes}
            known = [path for path in fitting if strip_compression(path).suffix.lower() in suffixes]
            fitting = known if len(known) == 1 else fitting
        if len(fitting) > 1:
            names = ", ".join(path.name for path in fitting)
            raise DataError(
                f"several files could be {split}: {names}; name the one with --{split}",
                code="ambiguous-split",
                path=folder,
            )
        if fitting:
            return fitting[0]
    return None
