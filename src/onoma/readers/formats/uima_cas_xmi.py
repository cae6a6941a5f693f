"""UIMA CAS in XMI, of INCEpTION, WebAnno or DKPro: each file a document, with ``TypeSystem.xml`` beside it.

A single ``.xmi`` file, a folder of them, or a zip archive with all of it. Needs dkpro-cassis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from onoma.errors import DataError
from onoma.readers.archives import list_members, open_archive, read_member
from onoma.readers.cas import CasTranslator, load_type_system, load_xmi
from onoma.readers.decoding import Decoder
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.folder_files import data_files, natural_key
from onoma.readers.json_lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, DocumentBuilder
from onoma.readers.registry import Format
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
    for record in _records(source, options):
        number += 1
        builder.path = record["path"]
        document = builder.read(record, translate, 1, number)
        if document is not None:
            yield document
    if number == 0:
        log.note("empty-file", source.name, None, "there is no .xmi file in it")


def _records(source: Source, options: ReadOptions) -> Iterator[JsonObject]:
    """Yield the id, path, text (when asked for) and type system of each file."""
    if source.path is None:
        raise _no_types(source.name)
    if list_members(source.path):
        yield from _in_archive(source.path, source.name, options)
    elif source.is_folder:
        files = {
            file.relative_to(source.path).as_posix(): file for file in data_files(source.path, [_SUFFIX])
        }
        for name in sorted(files, key=natural_key):
            types = _types_beside(files[name], source.path, options)
            one = Source(files[name], options.encoding)
            yield _record(str(PurePosixPath(name).with_suffix("")), one.name, one.text, types)
    else:
        types = _types_beside(source.path, source.path.parent, options)
        yield _record(source.stem, source.name, lambda: "\n".join(source.lines()), types)


def _record(id: str, path: str, text: Any, types: Any) -> JsonObject:
    return {"id": id, "path": path, "text": text, "types": types}


def _in_archive(path: Path, name: str, options: ReadOptions) -> Iterator[JsonObject]:
    with open_archive(path) as archive:
        members = list_members(path)
        chosen = next((one for one in members if _is_types(one)), None)
        if chosen is None:
            raise _no_types(name)

        def decode(member: str) -> str:
            place = f"{name}/{member}"
            return Decoder(options.encoding, place).decode(read_member(archive, member), last=True)

        types = load_type_system(decode(chosen), f"{name}/{chosen}")
        for member in sorted((one for one in members if _is_xmi(one)), key=natural_key):
            id = str(PurePosixPath(member).with_suffix(""))
            yield _record(id, f"{name}/{member}", lambda member=member: decode(member), types)


def _types_beside(file: Path, top: Path, options: ReadOptions) -> Any:
    """Return the type system beside a file, or above it in the folder that is read.

    Raises:
        DataError: there is none.
    """
    folder = file.parent
    while True:
        found = next((one for one in sorted(folder.iterdir()) if one.name.casefold() == _TYPES), None)
        if found is not None:
            return _load_types(found, options)
        if folder == top or folder == folder.parent:
            raise _no_types(str(file))
        folder = folder.parent


def _load_types(path: Path, options: ReadOptions) -> Any:
    return load_type_system(Source(path, options.encoding).text(), str(path))


def _no_types(name: str) -> DataError:
    what = "a CAS in XMI needs its type system: put the TypeSystem.xml of the export beside it"
    return DataError(what, code="no-type-system", path=name)


def _is_types(name: str) -> bool:
    return PurePosixPath(name).name.casefold() == _TYPES


def _is_xmi(name: str) -> bool:
    return PurePosixPath(name).suffix.casefold() == _SUFFIX and not PurePosixPath(name).name.startswith(".")


def _is_folder(path: Path) -> bool:
    return next(data_files(path, [_SUFFIX]), None) is not None


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
)
