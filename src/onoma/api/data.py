"""Data from Python: files, lists of dictionaries, tables of pandas, data sets of Hugging Face."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from onoma.errors import ConfigError, DataError
from onoma.readers import ReadLog, ReadOptions, read_corpus
from onoma.readers.account import loss_note, problem_lines, unused_labels
from onoma.readers.label_map import LabelMap, map_entities, read_label_map
from onoma.readers.plausible import GoldTally, find_doubts
from onoma.text import Corpus, Document, Ledger
from onoma.text.ledger import DUPLICATE, UNWANTED

_MEMORY = "records"
"""What notes call data that is no file; numbers after it count records."""
_LOG = logging.getLogger("onoma")

Data = str | Path | Corpus | Iterable[Any]
"""A path; a corpus; documents, or dictionaries as lines of span JSONL; a DataFrame or a data set."""
Labels = str | Iterable[str] | Mapping[str, str]
"""What renames and drops labels: a dictionary, ``A=B`` texts, or TOML files."""


def read(data: Data, *, labels: Labels = (), **options: Any) -> Corpus:
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
        options: fields of `onoma.readers.ReadOptions`: ``format``, ``encoding``, ``on_error``, ... Those that
            say how bytes and records become documents mean nothing for documents.

    Raises:
        DataError: the data cannot be read as the options ask.
        ConfigError: an option does not exist, or has a value that does not.
        TypeError: the data is none of these.
    """
    corpus, log, how = read_logged(data, labels, options)
    unused = unused_labels(how.labels, [log], corpus.entity_labels) if how.labels and how.gold else ()
    doubts = _doubts(corpus, log, how, str(data)) if isinstance(data, str | Path) else ()
    warn((*reading_notes(log), *unused, *doubts))
    return corpus


def read_logged(
    data: Data, labels: Labels, options: Mapping[str, Any]
) -> tuple[Corpus, ReadLog, ReadOptions]:
    """Read data as `read` does, and leave it to the caller what to say of it.

    Returns:
        The data, what reading it came across, and how it was read.
    """
    if isinstance(data, bytes | Mapping) or not isinstance(data, str | Path | Corpus | Iterable):
        kind = type(data).__name__
        raise TypeError(f"data is a path, documents, dictionaries, a DataFrame or a data set, not {kind}")
    how = read_options({**options, "labels": label_map(labels)})
    log = ReadLog()
    if isinstance(data, str | Path):
        return read_corpus(data, how, log), log, how
    if isinstance(data, Corpus):
        return _mapped(data, how.labels, log), log, how
    return _from_records(records(data), how, log), log, how


def read_options(options: Mapping[str, Any]) -> ReadOptions:
    """Return how to read.

    Raises:
        ConfigError: an option does not exist, or has a value that does not.
    """
    try:
        return ReadOptions(**options)
    except TypeError as error:
        raise ConfigError(f"reading has no such option: {error}") from None


def reading_notes(log: ReadLog) -> Iterator[str]:
    """Yield what was odd about what was read."""
    yield from problem_lines(log)
    if note := loss_note(log):
        yield note


def warn(notes: Iterable[str]) -> None:
    """Log lines as warnings."""
    for note in notes:
        _LOG.warning("%s", note)


def label_map(labels: Labels) -> LabelMap:
    """Return the map that is meant by a dictionary, ``A=B`` texts, or TOML files.

    Raises:
        ConfigError: none of these, or a file that cannot be read.
    """
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


def _doubts(corpus: Corpus, log: ReadLog, options: ReadOptions, path: str) -> Iterator[str]:
    """Yield what looks as if a file was misunderstood."""
    if options.allow_empty or not options.gold:
        return
    tally = GoldTally()
    for document in corpus.documents:
        tally.add(document)
    yield from (f"{path}: {doubt.message}" for doubt in find_doubts(tally, log, options, path))


def _mapped(corpus: Corpus, labels: LabelMap, log: ReadLog) -> Corpus:
    """Return what is in memory with its labels mapped, and the account of that."""
    if not labels:
        return corpus
    documents = []
    for document in corpus.documents:
        for span in document.entities:
            log.rename(span.label, labels(span.label))
        mapped = map_entities(document, labels)
        unwanted = sum(labels(span.label) is None for span in document.entities)
        log.keep(len(mapped.entities))
        log.drop(UNWANTED, unwanted)
        log.drop(DUPLICATE, len(document.entities) - unwanted - len(mapped.entities))
        documents.append(mapped)
    return Corpus(tuple(documents), log.ledger(), corpus.name)


def records(data: Iterable[Any]) -> Iterable[Any]:
    """Return the rows of a DataFrame or data set as dictionaries; all else as it is."""
    to_dict = getattr(data, "to_dict", None)
    if to_dict is not None and hasattr(data, "iterrows"):  # a DataFrame; numpy values become Python's
        return list(json.loads(json.dumps(to_dict(orient="records"), default=plain)))
    features = getattr(data, "features", None)
    if features is not None and hasattr(data, "column_names"):
        return (_with_tag_names(row, features) for row in data)
    return data


def plain(value: Any) -> Any:
    """Return what stands for a value in JSON: numpy's as Python's, others as text."""
    as_list = getattr(value, "tolist", None)
    return as_list() if as_list is not None else str(value)


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
        return _mapped(Corpus(tuple(listed), Ledger(read=count, kept=count)), options.labels, log)
    wrong = next((one for one in listed if not isinstance(one, Mapping)), None)
    if wrong is not None:
        what = f"records must be dictionaries or documents, not {type(wrong).__name__}"
        raise DataError(what, code="wrong-type")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        lines = (json.dumps(dict(one), default=plain) + "\n" for one in listed)
        path.write_text("".join(lines), encoding="utf-8")
        try:
            corpus = read_corpus(path, options, log)
        except DataError as error:
            number = "" if error.line is None else f"record {error.line}: "
            raise DataError(f"{number}{error.message}", code=error.code, text=error.text) from None
    log.problems = [replace(problem, path=_MEMORY) for problem in log.problems]
    return corpus
