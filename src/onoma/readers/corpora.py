"""Reading and writing whole files, whatever their format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from onoma.errors import ConfigError, DataError, OutputError
from onoma.files import atomic_folder, atomic_path, find_place, refuse_filled
from onoma.readers.detection import detect_source
from onoma.readers.log import ReadLog
from onoma.readers.opening import COMPRESSED_SUFFIXES
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format, get_format, list_formats
from onoma.readers.source import Source
from onoma.readers.target import open_target
from onoma.text import Corpus, Document, Ledger

_DEFAULT = ReadOptions()


def read_documents(
    path: str | Path, options: ReadOptions = _DEFAULT, log: ReadLog | None = None
) -> Iterator[Document]:
    """Stream the documents of a file (``-`` is standard input); memory stays flat.

    The format is settled at once, the documents are read while iterating.

    Args:
        path: a file in any known format, plain, ``.gz`` or ``.zip``; for some formats a folder.
        options: policies; by default everything is detected and the first fault stops.
        log: filled with problems and the fate of every entity.

    Raises:
        DataError: input that cannot be read as the options ask.
        ConfigError: no such format.
    """
    source = Source(path, options.encoding, options.max_document_mb)
    source.check_place()
    format = detect_source(source) if options.format is None else get_format(options.format)
    log = ReadLog() if log is None else log
    log.format, log.scheme = format.name, None
    return read_source(source, format, options, log)


def read_source(source: Source, format: Format, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream the documents of an input whose format is known; see `read_documents`.

    Raises:
        DataError: also where the file is not empty and holds no document, unless ``options.allow_empty``.
    """
    if idle := format.idle(options):
        names = ", ".join(name.replace("_", "-") for name in idle)
        log.note("option-ignored", source.name, None, f"read as {format.name}, which has no use for {names}")
    before = log.problem_counts.total()
    found = 0
    for found, document in enumerate(_bounded(source, format, options, log), 1):
        if found == 1 and source.line_end == "\r":
            log.note("cr-line-ends", source.name, None, "lines end in CR alone, and are read as lines")
        yield document
    if not found and not options.allow_empty and not source.was_blank:
        raise _nothing_read(source, format, log, before)


def _bounded(source: Source, format: Format, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Yield the documents; refuse one that is too large, if possible before it takes the memory."""
    found = 0
    source.bound.watch(lambda: found + log.lost)
    documents = format.documents(source, options, log)
    while True:
        # Not around the loop: what our caller runs out of memory with, or nests, is no fault of the input.
        try:
            document = next(documents, None)
        except MemoryError:
            raise source.bound.out_of_memory() from None
        except RecursionError:
            raise DataError("nested too deep to be read", code="too-deep", path=source.name) from None
        if document is None:
            return
        found += 1
        source.bound.check_document(len(document.text), log.lines[0] if log.lines else None)
        yield document


def _nothing_read(source: Source, format: Format, log: ReadLog, before: int) -> DataError:
    noted = log.problems[before : before + 1]
    cause = f": {noted[0].message}" if noted and noted[0].code != "empty-file" else ""
    return DataError(
        f"no document was read from it as {format.name}, and it is not empty{cause}; "
        "name another format with --from, or --allow-empty",
        code="nothing-read",
        path=source.name,
        line=noted[0].line if cause else None,
    )


def read_corpus(path: str | Path, options: ReadOptions = _DEFAULT, log: ReadLog | None = None) -> Corpus:
    """Read a file into memory, with the ledger of its entities; see `read_documents`.

    With a ``log`` that other files filled before, the ledger is that of all of them.
    """
    log = ReadLog() if log is None else log
    documents = tuple(read_documents(path, options, log))
    return Corpus(documents, log.ledger(), Source(path).stem)


def write_documents(
    target: Path | TextIO,
    documents: Iterable[Document],
    format: str = "spans-jsonl",
    scheme: str = "BIO",
) -> Ledger:
    """Write documents; a path holds either the whole result or what it held before.

    Args:
        target: a path (``.gz`` compresses; a new or empty folder for formats of many files), or an open text
            stream.
        documents: may be a stream, even one that reads the target.
        format: name of a format that can be written.
        scheme: tag scheme of column formats.

    Returns:
        What became of each entity on the way out.

    Raises:
        DataError: a document that the format cannot hold.
        ConfigError: no such format or scheme, or one that is only read.
        OutputError: the target cannot be written.
    """
    chosen = get_format(format)
    write = chosen.write
    if not chosen.written:
        known = ", ".join(item.name for item in list_formats() if item.written)
        raise ConfigError(f"the format '{format}' is only read; written are: {known}")
    try:
        if chosen.write_file is not None:
            return _write_file(target, documents, chosen)
        if write is None:
            return _write_folder(target, documents, chosen)
        if not isinstance(target, str | Path):
            return write(target, documents, scheme)
        with open_target(target) as stream:
            return write(stream, documents, scheme)
    except UnicodeEncodeError as error:
        shown = error.object[max(0, error.start - 20) : error.end + 20]
        raise DataError("a lone surrogate cannot be written", code="lone-surrogate", text=shown) from None


def _write_file(target: Path | TextIO, documents: Iterable[Document], format: Format) -> Ledger:
    if not isinstance(target, str | Path):
        raise ConfigError(f"{format.name} is binary and cannot go to standard output: name a file")
    path = Path(target)
    if path.suffix.lower() in COMPRESSED_SUFFIXES:
        raise OutputError(f"{target}: {format.name} is compressed by itself: leave off {path.suffix}")
    assert format.write_file is not None
    with atomic_path(path) as part:
        return format.write_file(part, documents)


def _write_folder(target: Path | TextIO, documents: Iterable[Document], format: Format) -> Ledger:
    if not isinstance(target, str | Path):
        raise ConfigError(f"{format.name} is a folder of files and cannot be a pipe: name a folder")
    folder = find_place(Path(target))
    refuse_filled(Path(target))
    assert format.write_folder is not None
    with atomic_folder(folder) as part:
        return format.write_folder(part, documents)
