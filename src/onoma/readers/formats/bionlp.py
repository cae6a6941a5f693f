"""Folders of the BioNLP Shared Tasks: ``NAME.txt``, what is given in ``NAME.a1``, what is asked in ``.a2``.

They hold lines of standoff annotation, as brat's files do. Entities are the ``T`` lines of both, the triggers
of events among them; events themselves are noted. Normalisations are links.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.documents.folder_files import document_names, has_files
from onoma.readers.documents.standoff import ANNOTATION_LINE, translate_standoff
from onoma.readers.encodings import find_bom
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import DocumentBuilder, FileRecord
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_GIVEN, _ASKED = ".a1", ".a2"
_SECOND = 1_000_000_000
"""Where the numbers of the lines of a document's second file begin."""
_BY_NAME = 0.1
"""What the name adds to lines that are brat's as well."""


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream the documents of a folder, or of the one ``.a1``, ``.a2`` or ``.txt`` file named.

    Raises:
        DataError: a fault of a file; under ``on_error="strict"`` of any line, and a text without
            annotation or the other way round.
    """
    path = source.path
    if path is None:
        what = "data of BioNLP is a folder and cannot be a pipe"
        raise DataError(what, code="not-a-folder", path=source.name)
    folder, names = path.parent, [path.stem]
    if path.is_dir():
        folder, names = path, document_names(path, (".txt", _GIVEN, _ASKED))
    builder = DocumentBuilder(source.name, source.stem, options, log)
    records = ((1, record) for record in _records(folder, names, options, log))
    documents = builder.documents(records, translate_standoff)
    while True:
        before = len(log.problems)
        try:
            document = next(documents)
        except StopIteration:
            break
        except DataError as error:
            place, line = _place(error.path or "", error.line)
            raise DataError(error.message, code=error.code, path=place, line=line, text=error.text) from None
        finally:
            for index, problem in enumerate(log.problems[before:], before):
                place, line = _place(problem.path, problem.line)
                log.problems[index] = replace(problem, path=place, line=line)
        if document is not None:
            yield document
    if not names:
        log.note("empty-file", source.name, None, "the folder holds no document")


def _records(folder: Path, names: list[str], options: ReadOptions, log: ReadLog) -> Iterator[JsonObject]:
    """Yield the text and the lines of each document's files; those of a second file count from `_SECOND`."""
    for name in names:
        text, given, asked = (folder / f"{name}{suffix}" for suffix in (".txt", _GIVEN, _ASKED))
        there = [file for file in (given, asked) if file.is_file()]
        if not there or not text.is_file():
            _leave_out(text, there, options, log)
            continue
        content = Source(text, options.encoding, options.max_document_mb)
        record = {"id": name, "marked": find_bom(content.start()) is not None, "text": content.text()}
        record["lines"] = [
            (at, line)
            for number, file in enumerate(there)
            for at, line in enumerate(
                Source(file, options.encoding, options.max_document_mb).lines(), 1 + number * _SECOND
            )
            if line.strip()
        ]
        yield FileRecord(record, str(there[0]))


def _place(path: str, line: int | None) -> tuple[str, int | None]:
    """Return the file and line that are meant: a document has one path, but two files."""
    if line is None or line <= _SECOND:
        return path, line
    return str(Path(path).with_suffix(_ASKED)), line - _SECOND


def _leave_out(text: Path, annotations: list[Path], options: ReadOptions, log: ReadLog) -> None:
    if not annotations and not text.is_file():
        raise DataError("no such file", code="no-file", path=text.with_suffix(_GIVEN))
    there, missing = (text, f"{text.stem}.a1") if text.is_file() else (annotations[0], text.name)
    what = f"{missing} is not there: a document is a .txt file and .a1 or .a2; add it, or take this away"
    error = DataError(what, code="missing-pair", path=there)
    log.leave_out(error, options.on_error)
    for file in annotations:
        log.drop(
            error.code,
            sum(
                line.startswith("T")
                for line in Source(file, options.encoding, options.max_document_mb).lines()
            ),
        )


def _is_folder(path: Path) -> bool:
    """Whether there are such files, and none of brat's, which has its own way to hold the same."""
    return has_files(path, (_GIVEN, _ASKED)) and not has_files(path, (".ann",))


def _sniff(sample: Sample) -> Evidence:
    if sample.suffix not in (_GIVEN, _ASKED):
        return NONE  # the lines are those of brat: only the name tells
    fits = bool(sample.filled) and all(map(ANNOTATION_LINE.match, sample.filled))
    return Evidence(CERTAIN + _BY_NAME, "lines of standoff annotation in .a1 or .a2") if fits else NONE


FORMAT = Format(
    name="bionlp",
    description="A folder of the BioNLP Shared Tasks: NAME.txt with NAME.a1 and NAME.a2 (standoff)",
    suffixes=(_GIVEN, _ASKED),
    sniff=_sniff,
    read=read,
    relations=True,
    is_folder=_is_folder,
    options=OFFSETS,
)
