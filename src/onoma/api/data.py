"""Data from Python: files, lists of dictionaries, tables of pandas, data sets of Hugging Face."""

from __future__ import annotations

import filecmp
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from onoma.api.records import as_records, split_path, write_records
from onoma.errors import ConfigError, DataError, did_you_mean
from onoma.files import atomic_path
from onoma.readers import ReadLog, ReadOptions, read_corpus
from onoma.readers.account import loss_note, problem_lines, unused_labels
from onoma.readers.label_map import LabelMap, map_entities, read_label_map
from onoma.readers.label_names import read_label_names
from onoma.readers.plausible import NO_DOCUMENT, doubts_of
from onoma.text import Corpus, Document, Ledger
from onoma.text.ledger import DUPLICATE, UNWANTED

IN_MEMORY = "records"
"""What notes call data that is no file; numbers after it count records."""
_LOG = logging.getLogger("onoma")

Data = str | Path | Corpus | Iterable[Any]
"""A path; a corpus; documents, or dictionaries as lines of span JSONL; a DataFrame or a data set."""
Labels = str | Iterable[str] | Mapping[str, str] | LabelMap | None
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
    corpus, _ = read_told(data, labels, options)
    return corpus


def read_told(data: Data, labels: Labels, options: Mapping[str, Any]) -> tuple[Corpus, ReadLog]:
    """Read data as `read` does; return what reading it came across, too."""
    corpus, log, how = read_logged(data, labels, options)
    notes = [*fault_notes(log)]
    if how.gold:
        notes += unused_labels(how.labels, [log], corpus.entity_labels)
        if isinstance(data, str | Path):
            doubts = doubts_of(corpus.documents, log, how, str(data))
            notes += (f"{data}: {doubt.message}" for doubt in doubts)
        elif not corpus.documents and not how.allow_empty:
            notes.append(f"data: {NO_DOCUMENT}")
    warn(notes)
    return corpus, log


def read_logged(
    data: Data, labels: Labels, options: Mapping[str, Any]
) -> tuple[Corpus, ReadLog, ReadOptions]:
    """Read data as `read` does, and leave it to the caller what to say of it.

    Returns:
        The data, what reading it came across, and how it was read.
    """
    how = read_options({**options, "labels": label_map(labels)})
    log = ReadLog()
    if isinstance(data, str | Path):
        return read_corpus(data, how, log), log, how
    if isinstance(data, Corpus):
        return _mapped(data, how.labels, log), log, how
    return _from_records(as_records(data), how, log), log, how


def read_options(options: Mapping[str, Any]) -> ReadOptions:
    """Return how to read.

    Raises:
        ConfigError: an option does not exist, or has a value that does not.
    """
    known = [one.name for one in fields(ReadOptions)]
    if unknown := [name for name in options if name not in known]:
        raise ConfigError(f"reading has no such option: {unknown[0]}{did_you_mean(unknown[0], known)}")
    given = dict(options)
    if names := given.get("label_names"):
        given["label_names"] = read_label_names(names) if isinstance(names, str) else tuple(names)
    try:
        return ReadOptions(**given)
    except TypeError as error:
        raise ConfigError(f"an option of reading has a value of another type: {error}") from None


def fault_notes(log: ReadLog) -> Iterator[str]:
    """Yield what was odd about what was read; what became of labels, the caller asked for."""
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
    if isinstance(labels, LabelMap):
        return labels
    if isinstance(labels, Mapping):
        return LabelMap({str(old): str(new or "") for old, new in labels.items()})
    single = isinstance(labels, str | Path) or (labels is not None and not isinstance(labels, Iterable))
    listed: list[Any] = [labels] if single else list(labels or ())
    if wrong := [one for one in listed if not isinstance(one, str | Path)]:
        raise ConfigError(f"labels are a dictionary, A=B texts or TOML files, not {wrong[0]!r}")
    return read_label_map(map(str, listed))


def as_files(data: Mapping[str, Data], folder: Path, *, taken: bool) -> dict[str, Path]:
    """Return splits as files that a run can name: what is in memory is written to a folder as span JSONL.

    Args:
        data: by split.
        folder: for what is in memory.
        taken: whether files that are there belong to something, so that they are not to change.

    Raises:
        ConfigError: a name that cannot be a split's, or other data than what is there.
        DataError: data that is none.
    """
    files = {}
    for split, one in data.items():
        if isinstance(one, str | Path):
            files[split] = Path(one)
            continue
        files[split] = place = split_path(folder, split)
        records = as_records(one)
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(place) as part:
            write_records(part, records)
            if taken and place.exists() and not filecmp.cmp(part, place, shallow=False):
                what = f"{place} is other data, and what was made of it is beside it"
                raise ConfigError(f"{what}: give another out, or the same data")
    return files


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


def _from_records(listed: list[Any], options: ReadOptions, log: ReadLog) -> Corpus:
    """Read records as a file of them would be read: with all checks, policies and accounts."""
    if all(isinstance(one, Document) for one in listed):
        count = sum(len(document.entities) for document in listed)
        return _mapped(Corpus(tuple(listed), Ledger(read=count, kept=count)), options.labels, log)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{IN_MEMORY}.jsonl"
        write_records(path, listed)
        try:
            corpus = read_corpus(path, options, log)
        except DataError as error:
            number = "" if error.line is None else f"record {error.line}: "
            raise DataError(f"{number}{error.message}", code=error.code, text=error.text) from None
    log.problems = [replace(problem, path=IN_MEMORY) for problem in log.problems]
    return corpus
