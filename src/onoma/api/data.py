"""Data from Python: files, lists of dictionaries, tables of pandas, data sets of Hugging Face."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError, DataError
from onoma.readers import ReadLog, ReadOptions, read_corpus
from onoma.readers.account import loss_note, problem_lines
from onoma.readers.label_map import LabelMap, read_label_map
from onoma.text import Corpus, Document, Ledger

_MEMORY = "records"
"""What notes call data that is no file; numbers after it count records."""
_LOG = logging.getLogger("onoma")

Data = str | Path | Corpus | Iterable[Any]
"""A path; a corpus; documents, or dictionaries as lines of span JSONL; a DataFrame or a data set."""


def read(data: Data, *, labels: str | Iterable[str] | Mapping[str, str] = (), **options: Any) -> Corpus:
    """Read data into memory, with the account of its entities; what was odd about it is logged as warnings.

    >>> entities = [{"start": 0, "end": 3, "label": "PER"}]
    >>> corpus = read([{"text": "Ann left Oslo.", "entities": entities}])
    >>> [(e.text, e.label) for document in corpus.documents for e in document.entities]
    [('Ann', 'PER')]

    Args:
        data: a path to a file of any known format (or a folder that is one), documents, dictionaries, a
            pandas DataFrame or a `datasets.Dataset` (columns ``text`` and ``entities``, or ``tokens`` and
            ``ner_tags``).
        labels: renames and drops labels: ``{"PERSON": "PER", "DATE": ""}``, ``["PERSON=PER", "DATE="]``, or
            TOML files.
        options: fields of `onoma.readers.ReadOptions`: ``format``, ``encoding``, ``on_error``, ...

    Raises:
        DataError: the data cannot be read as the options ask.
        ConfigError: an option does not exist, or has a value that does not.
        TypeError: the data is none of these.
    """
    if isinstance(data, Corpus):
        return data
    if isinstance(data, bytes | Mapping) or not isinstance(data, str | Path | Iterable):
        kind = type(data).__name__
        raise TypeError(f"data is a path, documents, dictionaries, a DataFrame or a data set, not {kind}")
    try:
        how = ReadOptions(**{**options, "labels": _label_map(labels)})
    except TypeError as error:
        raise ConfigError(f"reading has no such option: {error}") from None
    log = ReadLog()
    if isinstance(data, str | Path):
        corpus = read_corpus(data, how, log)
    else:
        corpus = _from_records(_records(data), how, log)
    for note in (*problem_lines(log), loss_note(log)):
        if note:
            _LOG.warning("%s", note)
    return corpus


def _label_map(labels: str | Iterable[str] | Mapping[str, str]) -> LabelMap:
    if isinstance(labels, Mapping):
        return LabelMap({str(old): str(new or "") for old, new in labels.items()})
    return read_label_map([labels] if isinstance(labels, str) else labels)


def as_files(data: Mapping[str, Data], folder: Path) -> dict[str, Path]:
    """Return splits as files that a run can name: what is in memory is written to a folder as span JSONL.

    Args:
        data: by split.
        folder: for what is in memory.
    """
    from onoma.readers import write_documents

    files = {}
    for split, one in data.items():
        if isinstance(one, str | Path):
            files[split] = Path(one)
            continue
        files[split] = folder / f"{split}.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        write_documents(files[split], read(one).documents, "spans-jsonl")
    return files


def _records(data: Iterable[Any]) -> Iterable[Any]:
    to_dict = getattr(data, "to_dict", None)
    if to_dict is not None and hasattr(data, "iterrows"):  # a DataFrame; numpy values become Python's
        return list(json.loads(json.dumps(to_dict(orient="records"), default=_plain)))
    features = getattr(data, "features", None)
    if features is not None and hasattr(data, "column_names"):
        return (_with_tag_names(row, features) for row in data)
    return data


def _plain(value: Any) -> Any:
    plain = getattr(value, "tolist", None)
    return plain() if plain is not None else str(value)


def _with_tag_names(row: Mapping[str, Any], features: Any) -> dict[str, Any]:
    """Give the numbers of a ClassLabel their names."""
    named = dict(row)
    for key in ("ner_tags", "tags", "labels"):
        feature = getattr(features.get(key), "feature", None)
        names = getattr(feature, "names", None)
        if names and isinstance(row.get(key), list):
            named[key] = [names[tag] for tag in row[key]]
    return named


def _from_records(records: Iterable[Any], options: ReadOptions, log: ReadLog) -> Corpus:
    """Read records as a file of them would be read: with all checks, policies and accounts."""
    from tempfile import TemporaryDirectory

    listed = list(records)
    if all(isinstance(one, Document) for one in listed):
        count = sum(len(document.entities) for document in listed)
        return Corpus(tuple(listed), Ledger(read=count, kept=count))
    wrong = next((one for one in listed if not isinstance(one, Mapping)), None)
    if wrong is not None:
        what = f"records must be dictionaries or documents, not {type(wrong).__name__}"
        raise DataError(what, code="wrong-type")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        lines = (json.dumps(dict(one), default=_plain) + "\n" for one in listed)
        path.write_text("".join(lines), encoding="utf-8")
        try:
            corpus = read_corpus(path, options, log)
        except DataError as error:
            number = "" if error.line is None else f"record {error.line}: "
            raise DataError(f"{number}{error.message}", code=error.code, text=error.text) from None
    log.problems = [replace(problem, path=_MEMORY) for problem in log.problems]
    return corpus
