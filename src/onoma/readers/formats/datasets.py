"""Data sets of Hugging Face's ``datasets``: a folder of ``save_to_disk``, or a name on the Hub.

A folder needs pyarrow alone. ``hf-datasets://OWNER/NAME[/CONFIG][@SPLIT]`` is fetched by the library
``datasets``; code from the Hub is never run. The columns are those of `parquet`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from onoma.errors import DataError
from onoma.readers.evidence import NONE, Evidence
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.readers.tables.arrow_files import open_ipc_path
from onoma.readers.tables.arrow_tables import Table, arrow_faults, read_table
from onoma.readers.tables.class_names import find_features
from onoma.readers.tables.hub_datasets import is_hub_name, open_hub
from onoma.text import Document

_KIND = "a saved data set"
_STATE, _SPLITS = "state.json", "dataset_dict.json"


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents.

    Raises:
        MissingExtraError: pyarrow, or for a name on the Hub ``datasets``, is not installed.
        DataError: a folder that is damaged or holds several splits, a data set that cannot be fetched, no
            known columns, or under ``on_error="strict"`` a fault of any row.
    """
    with ExitStack() as stack:
        if is_hub_name(source.name):
            table = open_hub(source.name)
        else:
            with arrow_faults(source.name, _KIND):
                table = _open_folder(source, stack)
        yield from read_table(table, source, options, log, _KIND)


def _open_folder(source: Source, stack: ExitStack) -> Table:
    if source.path is None or not source.path.is_dir():
        what = "this is no folder: name one that save_to_disk wrote, or hf-datasets://OWNER/NAME"
        raise DataError(what, code="bad-dataset", path=source.name)
    folder = _only_split(source.path)
    files = _data_files(folder)
    first = open_ipc_path(files[0], stack)

    def batches(columns: Sequence[str]) -> Iterator[Any]:
        yield from first.batches(columns)
        for file in files[1:]:
            with ExitStack() as own:
                yield from open_ipc_path(file, own).batches(columns)

    return Table(first.schema, batches, find_features(folder))


def _only_split(folder: Path) -> Path:
    """Return the folder of the split, where there is just one."""
    if (folder / _STATE).is_file():
        return folder
    inside = sorted(path.parent.name for path in folder.glob(f"*/{_STATE}"))
    if len(inside) == 1:
        return folder / inside[0]
    listed = ", ".join(inside) or "none"
    example = f"{folder.name}/{inside[0] if inside else 'train'}"
    what = f"a folder of splits ({listed}): name one of them, such as {example}, or the folder with --data"
    raise DataError(what, code="several-splits", path=folder)


def _data_files(folder: Path) -> list[Path]:
    state = _read_state(folder / _STATE)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        what = "saved with a selection of rows beside the data: save it again after flatten_indices()"
        raise DataError(what, code="bad-dataset", path=folder / _STATE)
    listed = state.get("_data_files")
    names = (
        [one.get("filename") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    )
    files = [folder / Path(name).name for name in names if isinstance(name, str) and Path(name).name]
    if not files:
        raise DataError("it names no data files; save it again", code="bad-dataset", path=folder / _STATE)
    return files


def _read_state(path: Path) -> dict[str, Any]:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        what = f"cannot be read: {' '.join(str(error).split())[:100]}"
        raise DataError(what, code="bad-dataset", path=path) from None
    if not isinstance(state, dict):
        raise DataError("must hold an object", code="bad-dataset", path=path)
    return state


def _is_folder(path: Path) -> bool:
    return (path / _STATE).is_file() or (path / _SPLITS).is_file()


def _sniff(sample: Sample) -> Evidence:
    return NONE  # a folder, or a name


FORMAT = Format(
    name="datasets",
    description="a folder that datasets' save_to_disk wrote (needs pyarrow), or hf-datasets://OWNER/NAME@SPLIT",
    suffixes=(),
    sniff=_sniff,
    read=read,
    is_folder=_is_folder,
    is_name=is_hub_name,
    options=("scheme", "text_column", "label_names", *OFFSETS),
)
