"""Finding the train, dev and test files of a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.opening import strip_compression
from onoma.readers.registry import is_data_folder, list_formats

SPLITS = ("train", "dev", "test")

_NAMES: dict[str, str] = {
    "train": "train", "training": "train", "trainset": "train",
    "dev": "dev", "devel": "dev", "develop": "dev", "development": "dev", "devset": "dev", "valid": "dev",
    "val": "dev", "validation": "dev", "validate": "dev", "validset": "dev", "testa": "dev",
    "test": "test", "testing": "test", "testset": "test", "testb": "test",
}  # fmt: skip
_NO_DATA_SUFFIXES = frozenset((
    ".md", ".rst", ".py", ".ipynb", ".sh", ".bat", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".conf", ".cff",
    ".bib", ".log", ".pdf", ".png", ".jpg", ".jpeg", ".svg", ".html", ".css", ".dtd", ".xsd", ".sha256",
    ".md5", ".lock", ".safetensors",
))  # fmt: skip
_NO_DATA = re.compile(
    r"readme|licen[cs]e|copying|notice|authors|changelog|citation|requirements|makefile|dockerfile|version"
    r"|dataset_infos?|dataset_dict|state|config|tokenizer.*|special_tokens_map|metadata|sources?|targets"
    r"|(?:.*[_-])?(?:labels|tags|types|classes|label2id|id2label|tag2id|label_map)",
    re.IGNORECASE,
)
"""Names, without suffixes, of what lies beside data and is none."""


def find_splits(folder: str | Path, required: Sequence[str] = ("train",)) -> dict[str, Path]:
    """Return the files of a folder by split name: ``train``, ``dev``, ``test``, those that are there.

    A subfolder counts as a file where it is data itself (a folder of brat files, which are not counted).

    For each split the exact stem counts first (``train.txt``, ``valid.conll``, ``test.jsonl.gz``), then the
    suffix (``eng.testa``), then a part of the name (``wnut_train.conll``), also with a number (``dev1.txt``).
    Of several files that fit equally well, one with the suffix of a known format is taken if it is the only
    one; where they differ in their number, none is.

    Raises:
        DataError: no such folder, a required split is missing, or several files fit a split.
    """
    folder = Path(folder)
    if not os.path.isdir(folder):  # noqa: PTH112 - pathlib's raises
        is_file = os.path.isfile(folder)  # noqa: PTH113 - pathlib's raises
        why = "is a file, where a folder with splits is needed; name it with --train" if is_file else ""
        raise DataError(why or "no such folder", code="no-folder", path=folder)
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


def passed_over(folder: str | Path, taken: Iterable[Path]) -> list[Path]:
    """Return the files of a folder that may be data and are not among those taken.

    What usually lies beside data is left out: texts about it, licences, programs, lists of labels.
    """
    used = {os.path.realpath(path) for path in taken}
    return [
        path
        for path in _candidates(Path(folder))
        if path.is_file()
        and os.path.realpath(path) not in used
        and strip_compression(path).suffix.lower() not in _NO_DATA_SUFFIXES
        and not _NO_DATA.fullmatch(path.name.split(".")[0])
    ]


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


def _by_number(path: Path) -> list[str]:
    return [part.rstrip("0123456789") for part in _by_part(path)]


_RULES: tuple[Callable[[Path], list[str]], ...] = (_by_stem, _by_suffix, _by_part, _by_number)


def _splits_named(words: Sequence[str]) -> set[str]:
    return {_NAMES[word.lower()] for word in words if word.lower() in _NAMES}


def _find(split: str, files: Sequence[Path], folder: Path) -> Path | None:
    for words_of in _RULES:
        fitting = [path for path in files if _splits_named(words_of(path)) == {split}]
        if len(fitting) > 1:
            suffixes = {suffix for item in list_formats() for suffix in item.suffixes}
            known = [path for path in fitting if strip_compression(path).suffix.lower() in suffixes]
            fitting = known if len(known) == 1 else fitting
        if len(fitting) > 1 and words_of is _by_number:
            return None
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
