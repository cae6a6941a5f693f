"""What is in data and what is wrong with it; what ``onoma inspect`` does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data, Labels, label_map, plain, read_options, records, warn
from onoma.readers import write_documents
from onoma.text import Corpus, Document

if TYPE_CHECKING:
    from onoma.inspection import Inspection

_IN_MEMORY = "records"


def inspect(
    data: Data | Mapping[str, Data], *, labels: Labels = (), max_problems: int = 1000, **options: Any
) -> Inspection:
    """Tell what is in data and what is wrong with it; what ``onoma inspect`` does.

    >>> report = inspect([{"text": "Ann left.", "entities": [{"start": 0, "end": 30, "label": "PER"}]}])
    >>> report.num_problems, report.splits[0].problems[0].message
    (1, 'an entity lies outside the text of 9 characters; is --offset-unit right?')

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
    from onoma.inspection import Part, find_parts, inspect_parts
    from onoma.resources import bundled_corpora

    how = read_options({"on_error": "skip", **options, "labels": label_map(labels)})
    if isinstance(data, str | Path):
        report = inspect_parts(find_parts([str(data)], bundled_corpora()), how, max_problems=max_problems)
    else:
        named = data if isinstance(data, Mapping) else {_IN_MEMORY: data}
        with TemporaryDirectory() as folder:
            files = {name: _as_file(one, Path(folder) / f"{name}.jsonl") for name, one in named.items()}
            first = "train" if "train" in files else None
            parts = [
                Part(name, str(path), first if name != first else None)
                for name, path in sorted(files.items(), key=lambda item: item[0] != first)
            ]
            found = inspect_parts(parts, how, max_problems=max_problems)
            shown = {str(files[name]): name for name, one in named.items() if not isinstance(one, str | Path)}
            report = _renamed(found, shown)
    warn(f"{one.path}: {doubt.message}" for one in report.splits for doubt in one.doubts)
    return report


def _as_file(data: Data, path: Path) -> Path:
    """Return where data lies; what is in memory is written there, faults and all."""
    if isinstance(data, str | Path):
        return Path(data)
    listed = list(data.documents if isinstance(data, Corpus) else records(data))
    if listed and all(isinstance(one, Document) for one in listed):
        write_documents(path, listed)
    else:
        path.write_text("".join(json.dumps(one, default=plain) + "\n" for one in listed), encoding="utf-8")
    return path


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
