"""From what a user names (folders, files, a bundled corpus) to the files to inspect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onoma.errors import DataError
from onoma.readers import find_splits
from onoma.readers.registry import is_data_folder
from onoma.resources import data_folder


@dataclass(frozen=True, slots=True)
class Part:
    """One file to inspect.

    Args:
        name: what the report calls it: its split, or the file as the user named it.
        path: the file; ``-`` is standard input.
        train: the name of the part that it is compared with, None when there is none or it is itself that.
    """

    name: str
    path: str
    train: str | None = None


def find_parts(data: Sequence[str]) -> list[Part]:
    """Return the files of all inputs, a group's train first.

    A folder is a group; all single files together are one. A file is called by its split where its name
    tells one and no other has it.

    Args:
        data: folders, files, names of bundled corpora; what lies on disk under the same name wins.

    Raises:
        DataError: a folder without a train, dev or test file.
    """
    groups: dict[str, list[Part]] = {}
    for given in dict.fromkeys(data):
        folder = data_folder(given)
        if folder.is_dir() and not _is_alone(folder):
            groups[given] = _splits_of(folder)
        else:
            groups.setdefault("", []).append(Part(_split_of(given) or given, given))
    alone = len(groups) == 1
    parts = []
    for group, members in groups.items():
        taken = Counter(part.name for part in members)
        members = [part if taken[part.name] == 1 else replace(part, name=part.path) for part in members]
        names = {part.name: _full_name(part, group, alone=alone) for part in members}
        members.sort(key=lambda part: part.name != "train")
        parts += [
            replace(part, name=names[part.name], train=names.get("train") if part.name != "train" else None)
            for part in members
        ]
    return parts


def _is_alone(folder: Path) -> bool:
    """Whether a folder is one piece of data itself and does not hold splits."""
    return is_data_folder(folder) and not find_splits(folder, required=())


def _full_name(part: Part, group: str, *, alone: bool) -> str:
    if alone or part.name == part.path:
        return part.name
    return f"{group.rstrip('/')}/{part.name}" if group else part.path


def _splits_of(folder: Path) -> list[Part]:
    found = find_splits(folder, required=())
    if not found:
        listed = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise DataError(
            f"no train, dev or test file; name the files one by one; the folder holds {listed}",
            code="missing-split",
            path=folder,
        )
    return [Part(split, str(path)) for split, path in found.items()]


def _split_of(path: str) -> str | None:
    """Return the split that a file is in its folder, if it is one."""
    try:
        beside = find_splits(Path(path).parent, required=())
    except DataError:
        return None
    return next((split for split, file in beside.items() if file == Path(path)), None)
