"""UIMA CAS in XMI, of INCEpTION, WebAnno or DKPro: each file a document, with ``TypeSystem.xml`` beside it.

A single ``.xmi`` file, a folder of them, or a zip archive with all of it. Needs dkpro-cassis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from onoma.errors import DataError
from onoma.readers.bounds import Bound
from onoma.readers.decoding import Decoder
from onoma.readers.documents.archives import list_members, open_archive, read_member
from onoma.readers.documents.cas import CasTranslator, load_type_system, load_xmi
from onoma.readers.documents.folder_files import document_names, has_files, natural_key
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, DocumentBuilder, FileRecord
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_SUFFIX, _TYPES = ".xmi", "typesystem.xml"
_START = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*<xmi:XMI\b", re.DOTALL)


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, a file at a time.

    Raises:
        MissingExtraError: dkpro-cassis is not installed.
        DataError: no type system, or, under ``on_error="strict"``, a fault of a file.
    """
    translator = CasTranslator(gold=options.gold)
    builder = DocumentBuilder(source.name, source.stem, options, log)

    def translate(record: JsonObject, aside: Aside) -> JsonObject:
        cas = load_xmi(record["text"](), record["types"], record["path"])
        return {"id": record["id"], **translator.translate(cas, aside)}

    number = 0
    for document in builder.documents(((1, record) for record in _records(source, options)), translate):
        number += 1
        if document is not None:
            yield document
    if number == 0:
        log.note("empty-file", source.name, None, "there is no .xmi file in it")


def _records(source: Source, options: ReadOptions) -> Iterator[JsonObject]:
    """Yield the id, path, text (when asked for) and type system of each file."""
    if source.path is None:
        raise _no_types(source.name)
    types = _TypeSystems(options)
    if members := list_members(source.path):
        yield from _in_archive(source.path, members, source.name, options)
    elif source.is_folder:
        for id in document_names(source.path, [_SUFFIX]):
            path = source.path / f"{id}{_SUFFIX}"
            one = Source(path, options.encoding, options.max_document_mb)
            yield _record(id, one.name, one.text, types.beside(path, source.path))
    else:
        found = types.beside(source.path, source.path.parent)
        yield _record(source.stem, source.name, lambda: "\n".join(source.lines()), found)


def _record(id: str, path: str, text: Callable[[], str], types: Any) -> JsonObject:
    return FileRecord({"id": id, "path": path, "text": text, "types": types}, path)


def _in_archive(path: Path, members: Sequence[str], name: str, options: ReadOptions) -> Iterator[JsonObject]:
    chosen = next((one for one in members if _is_types(one)), None)
    if chosen is None:
        raise _no_types(name)

    with open_archive(path) as archive:

        def decode(member: str) -> str:
            bound = Bound(f"{name}/{member}", options.max_document_mb)
            content = read_member(archive, member, name, bound)
            text = Decoder(options.encoding, f"{name}/{member}").decode(content, last=True)
            bound.check_document(len(text))
            return text

        types = load_type_system(decode(chosen), f"{name}/{chosen}")
        for member in sorted((one for one in members if _is_xmi(one)), key=natural_key):
            id = str(PurePosixPath(member).with_suffix(""))
            yield _record(id, f"{name}/{member}", partial(decode, member), types)


class _TypeSystems:
    """The type systems of a folder, each loaded once."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._loaded: dict[Path, Any] = {}

    def beside(self, file: Path, top: Path) -> Any:
        """Return the type system beside a file, or above it in the folder that is read.

        Raises:
            DataError: there is none.
        """
        folder = file.parent
        while True:
            found = next((one for one in sorted(folder.iterdir()) if _is_types(one.name)), None)
            if found is not None:
                break
            if folder in (top, folder.parent):
                raise _no_types(str(file))
            folder = folder.parent
        if found not in self._loaded:
            self._loaded[found] = load_type_system(self._read(found), str(found))
        return self._loaded[found]

    def _read(self, path: Path) -> str:
        return Source(path, self._options.encoding, self._options.max_document_mb).text()


def _no_types(name: str) -> DataError:
    what = "a CAS in XMI needs its type system: put the TypeSystem.xml of the export beside it"
    return DataError(what, code="no-type-system", path=name)


def _is_types(name: str) -> bool:
    return PurePosixPath(name).name.casefold() == _TYPES


def _is_xmi(name: str) -> bool:
    return PurePosixPath(name).suffix.casefold() == _SUFFIX and not PurePosixPath(name).name.startswith(".")


def _is_folder(path: Path) -> bool:
    return has_files(path, (_SUFFIX,))


def _is_archive(members: Sequence[str]) -> bool:
    return any(map(_is_xmi, members)) and any(map(_is_types, members))


def _sniff(sample: Sample) -> Evidence:
    return Evidence(CERTAIN, "a CAS in XMI") if _START.match(sample.text) else NONE


FORMAT = Format(
    name="uima-cas-xmi",
    description="UIMA CAS in XMI with its TypeSystem.xml, or a folder or zip of them (needs dkpro-cassis)",
    suffixes=(_SUFFIX,),
    sniff=_sniff,
    read=read,
    is_folder=_is_folder,
    is_archive=_is_archive,
    options=OFFSETS,
)
