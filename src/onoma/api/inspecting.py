"""What is in data and what is wrong with it; what ``onoma inspect`` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import IN_MEMORY, Data, Labels, label_map, read_options, warn
from onoma.api.data_files import data_files
from onoma.readers import ReadOptions

if TYPE_CHECKING:
    from onoma.inspection import Inspection


def inspect(
    data: Data | Mapping[str, Data], *, labels: Labels = (), max_problems: int = 1000, **options: Any
) -> Inspection:
    """Tell what is in data and what is wrong with it; what ``onoma inspect`` does.

    >>> good = {"text": "Ann left.", "entities": [{"start": 0, "end": 3, "label": "PER"}]}
    >>> report = inspect([good, {"text": "Bo left.", "entities": [{"start": 0, "end": 30, "label": "PER"}]}])
    >>> report.num_problems, report.splits[0].problems[0].line
    (1, 2)

    Args:
        data: a path, a folder with ``train``, ``dev`` and ``test``, a bundled corpus (``en``, ``ru``), or
            data as `onoma.read` takes it; or several by the name of their split: all are compared with
            ``train``.
        labels: renames and drops labels, as in `onoma.read`.
        max_problems: problems of a split that are kept with their messages; all are counted.
        options: of reading, as in `onoma.read`; ``on_error`` is ``skip`` here, so that faults are counted.

    Returns:
        The report: `Inspection.splits`, and ``as_dict()`` as ``--json`` prints it. What looks as if a file
        was misunderstood stands in ``doubts`` of its split, and is logged as a warning.

    Raises:
        DataError: data that cannot be read at all.
        ConfigError: an option that does not exist.
    """
    from onoma.inspection import find_parts, inspect_parts

    how = read_options({"on_error": "skip", **options, "labels": label_map(labels)})
    if isinstance(data, str | Path):
        report = inspect_parts(find_parts([str(data)]), how, max_problems=max_problems)
    else:
        report = _of_memory(data if isinstance(data, Mapping) else {IN_MEMORY: data}, how, max_problems)
    warn(f"{one.path}: {doubt.message}" for one in report.splits for doubt in one.doubts)
    return report


def _of_memory(data: Mapping[str, Data], how: ReadOptions, max_problems: int) -> Inspection:
    """Report on splits of which some are in memory; these are written to files, faults and all."""
    from onoma.inspection import Part, inspect_parts

    with data_files(data) as files:
        names = {str(one.path): one.shown for one in files.values() if one.origin != "file"}
        first = "train" if "train" in files else None
        parts = [Part(name, str(one.path), first if name != first else None) for name, one in files.items()]
        parts.sort(key=lambda part: part.name != first)
        report: Inspection = _renamed(inspect_parts(parts, how, max_problems=max_problems), names)
    return report


def _renamed(found: Any, names: Mapping[str, str]) -> Any:
    """Return a report with other names for files, wherever they stand in it."""
    if isinstance(found, str):
        return names.get(found, found)
    if is_dataclass(found) and not isinstance(found, type):
        return replace(
            found, **{one.name: _renamed(getattr(found, one.name), names) for one in fields(found)}
        )
    if isinstance(found, tuple) and type(found) is tuple:
        return tuple(_renamed(one, names) for one in found)
    return found
