"""Folders of brat: a text ``NAME.txt`` and its annotation ``NAME.ann`` for each document.

Subfolders belong to it. Ids are the names, with the subfolder. Documents come in the order of their names,
numbers in them by size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from onoma.errors import DataError
from onoma.readers.documents.folder_files import document_names, has_files
from onoma.readers.documents.standoff import ANNOTATION_LINE, standoff_lines, translate_standoff
from onoma.readers.encodings import find_bom
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.offsets import STANDOFF
from onoma.readers.options import ReadOptions
from onoma.readers.records import DocumentBuilder, FileRecord
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document, Ledger

_UNSAFE = re.compile(r"[%/\\\x00-\x1f:*?\"<>|]|^[.]|[. ]$")
_ESCAPED = re.compile(r"%([0-7][0-9A-F])")
_BOM = "\ufeff"
_MAX_NAME_BYTES = 251


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream the documents of a folder, or of the one ``.ann`` file named.

    Raises:
        DataError: a fault of a file; under ``on_error="strict"`` of any line, and a text without
            annotation or the other way round.
    """
    if source.path is None:
        raise DataError("brat's data is a folder and cannot be a pipe", code="not-a-folder", path=source.name)
    builder = DocumentBuilder(source.name, source.stem, options, log)
    pairs = _pairs(source.path)
    records = ((1, record) for record in _records(pairs, options, log))
    documents = builder.documents(records, translate_standoff)
    yield from (document for document in documents if document is not None)
    if not pairs:
        log.note("empty-file", source.name, None, "the folder holds no document")


def _records(
    pairs: Iterable[tuple[str, Path, Path]], options: ReadOptions, log: ReadLog
) -> Iterator[JsonObject]:
    """Yield the text and the lines of each pair of files."""
    for id, text_path, ann_path in pairs:
        if not (text_path.is_file() and ann_path.is_file()):
            _leave_out(text_path, ann_path, options, log)
            continue
        text = Source(text_path, options.encoding, options.max_document_mb)
        marked = find_bom(text.start()) is not None
        lines = enumerate(Source(ann_path, options.encoding, options.max_document_mb).lines(), 1)
        filled = [(at, line) for at, line in lines if line.strip()]
        record = {"id": id, "text": text.text(), "lines": filled, "marked": marked}
        yield FileRecord(record, str(ann_path))


def _pairs(path: Path) -> list[tuple[str, Path, Path]]:
    """Return (id, text, annotation) of each document."""
    if not path.is_dir():
        return [(_unescape(path.stem), path.with_suffix(".txt"), path.with_suffix(".ann"))]
    names = document_names(path, (".txt", ".ann"))
    return [(_unescape(name), path / f"{name}.txt", path / f"{name}.ann") for name in names]


def _leave_out(text: Path, ann: Path, options: ReadOptions, log: ReadLog) -> None:
    there, missing = (text, ann) if text.is_file() else (ann, text)
    what = (
        f"{missing.name} is not there: a document is a .txt file and an .ann file; add it, or take this away"
    )
    error = DataError(what, code="missing-pair", path=there)
    log.leave_out(error, options.on_error)
    if there is ann:
        lines = Source(ann, options.encoding, options.max_document_mb).lines()
        log.drop(error.code, sum(line.startswith("T") for line in lines))


def write(folder: Path, documents: Iterable[Document]) -> Ledger:
    """Write two files a document into a fresh folder; memory stays flat.

    Raises:
        DataError: a label with white space, an entity that is not the text there, two documents of one id.
    """
    log = ReadLog()
    for document in documents:
        name = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", document.id)
        if len(name.encode()) > _MAX_NAME_BYTES:
            raise DataError("an id is too long for the name of a file", code="not-writable", text=document.id)
        lines = "".join(f"{line}\n" for _, line in standoff_lines(document, log, STANDOFF))
        # A mark at the start is taken for that of the encoding: it takes a second one to keep it.
        text = _BOM + document.text if document.text.startswith(_BOM) else document.text
        try:
            for suffix, content in ((".txt", text), (".ann", lines)):
                with (folder / f"{name}{suffix}").open("x", encoding="utf-8", newline="") as file:
                    file.write(content)
        except FileExistsError:
            what = "two documents have the same id, and brat's files are named by it"
            raise DataError(what, code="duplicate-id", text=document.id) from None
    return log.ledger()


def _unescape(name: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name)


def _is_folder(path: Path) -> bool:
    return has_files(path, (".ann",))


def _sniff(sample: Sample) -> Evidence:
    fits = bool(sample.filled) and all(map(ANNOTATION_LINE.match, sample.filled))
    return Evidence(CERTAIN, "lines of standoff annotation") if fits else NONE


FORMAT = Format(
    name="brat",
    description="A folder of brat: NAME.txt and NAME.ann (standoff: T, R and N lines) for each document",
    suffixes=(".ann",),
    sniff=_sniff,
    read=read,
    relations=True,
    is_folder=_is_folder,
    write_folder=write,
    options=OFFSETS,
    links=True,
)
