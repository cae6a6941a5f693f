"""Tables that pyarrow reads, of any origin: which columns hold what, and rows as documents, batch by batch.

Columns of tokens and tags hold a sentence a row; a column of text, with a column of spans or without, holds a
document a row.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from onoma.errors import DataError, MissingExtraError
from onoma.readers.columns.tag_records import TAG_KEYS, WORD_KEYS, read_tag_records
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import read_records
from onoma.readers.source import Source
from onoma.readers.tables.class_names import class_names, features_of_metadata, find_features
from onoma.readers.tables.text_rows import (
    LABEL_FIELDS,
    START_FIELDS,
    RowTranslator,
    TextColumns,
    find_entities,
    find_id,
    find_labels,
    find_text,
)
from onoma.text import Document

EXTRA = "tables"
ROWS = 500
"""So many rows are turned into Python objects at once."""


class Table(NamedTuple):
    """A table whose rows come in batches.

    Args:
        schema: pyarrow's.
        batches: yields record batches with the columns named, and perhaps others.
        features: Hugging Face's, where the table comes with such.
    """

    schema: Any
    batches: Callable[[Sequence[str]], Iterator[Any]]
    features: Any = None


def import_pyarrow(module: str, needed_for: str) -> Any:
    """Return a module of pyarrow.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(f"pyarrow to read or write {needed_for}", EXTRA) from None


@contextmanager
def arrow_faults(path: str, kind: str) -> Iterator[None]:
    """Turn what pyarrow raises on a damaged file into an error that names it.

    Raises:
        DataError: code ``bad-table``.
    """
    pyarrow = import_pyarrow("pyarrow", kind)
    try:
        yield
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError, EOFError) as error:
        reason = " ".join(str(error).split())[:120]
        what = f"{kind} that cannot be read: it is damaged, or cut short; get it whole ({reason})"
        raise DataError(what, code="bad-table", path=path) from None


def read_table(
    table: Table, source: Source, options: ReadOptions, log: ReadLog, kind: str
) -> Iterator[Document]:
    """Stream the documents of a table.

    Args:
        table: opened.
        source: it comes from.
        options: policies; ``text_column`` names the column of text, or of tokens.
        log: gets problems and the fate of every entity.
        kind: what errors call the file: "a parquet file".

    Raises:
        DataError: no known columns, damage, or under ``on_error="strict"`` any fault of a row.
    """
    with arrow_faults(source.name, kind):
        features = table.features or features_of_metadata(table.schema.metadata) or find_features(source.path)
        kinds = {field.name: _kind(field.type) for field in table.schema}
    words = _first(kinds, (options.text_column,) if options.text_column else WORD_KEYS, ("strings",))
    tags = _first(kinds, TAG_KEYS, ("strings", "numbers"))
    if words is not None and (tags is not None or not options.gold):
        columns = [name for name in (words, tags, "id") if name is not None and name in kinds]
        rows = _rows(table, columns, source.name, kind)
        yield from read_tag_records(rows, source, options, log, lambda key: class_names(features, key))
        return
    found = _text_columns(kinds, options, source.name)
    names: Sequence[str] = options.label_names
    if not names and found.entities is not None:
        names = next((n for one in LABEL_FIELDS if (n := class_names(features, found.entities, one))), ())
    _note_ignored(kinds, found, log, source.name)
    translate = RowTranslator(found, source.stem, names)
    rows = _rows(table, found.names, source.name, kind)
    yield from read_records(rows, source, options, log, translate)
    translate.ids.tell(log, source.name)


def _rows(table: Table, columns: Sequence[str], path: str, kind: str) -> Iterator[tuple[int, JsonObject]]:
    """Yield (number, row); numbers stand for lines, which there are none of."""
    number = 0
    batches = table.batches(columns)
    while True:
        with arrow_faults(path, kind):
            batch = next(batches, None)
            if batch is None:
                return
            batch = batch.select([name for name in columns if name in batch.schema.names])
            batch.validate(full=True)  # offsets that point outside would end the process
        for first in range(0, batch.num_rows, ROWS):
            with arrow_faults(path, kind):
                rows = batch.slice(first, ROWS).to_pylist()
            for row in rows:
                number += 1
                yield number, row


def _text_columns(kinds: dict[str, str], options: ReadOptions, path: str) -> TextColumns:
    texts = [name for name, kind in kinds.items() if kind == "string"]
    try:
        text = find_text(texts, options.text_column, path)
    except DataError as error:
        if len(texts) == len(kinds):
            raise
        raise DataError(
            f"{error.message}; other columns are {', '.join(sorted(kinds.keys() - set(texts)))} (tokens need "
            "ner_tags beside them)",
            code=error.code,
            path=path,
        ) from None
    others = [name for name in kinds if name != text]
    entities = find_entities(others, lambda name: kinds[name] == "spans" or name == "entities")
    others = [name for name in others if name != entities]
    return TextColumns(
        text, find_id(others), entities, find_labels(others, lambda name: kinds[name] == "strings")
    )


def _note_ignored(kinds: dict[str, str], found: TextColumns, log: ReadLog, path: str) -> None:
    ignored = [name for name in kinds if name not in found.names]
    if ignored:
        log.note("column-ignored", path, None, f"columns that are not read: {', '.join(ignored)}")


def _first(kinds: dict[str, str], names: Sequence[str], wanted: Sequence[str]) -> str | None:
    return next((name for name in names if kinds.get(name) in wanted), None)


def _kind(type: Any) -> str:
    """What a column may be: ``string``, ``strings`` or ``numbers`` (lists of them), ``spans``, ``other``."""
    types = import_pyarrow("pyarrow.types", "tables")
    if types.is_dictionary(type):
        return _kind(type.value_type)
    if _is_string(type, types):
        return "string"
    if types.is_struct(type):  # older versions of datasets store a list of structs as a struct of lists
        lists = all(_is_list(type.field(at).type, types) for at in range(type.num_fields))
        return "spans" if lists and _has_starts(type) else "other"
    if not _is_list(type, types):
        return "other"
    value = type.value_type
    if types.is_dictionary(value):
        value = value.value_type
    if types.is_struct(value):
        return "spans" if _has_starts(value) else "other"
    if types.is_null(value):
        return "spans"  # every list is empty
    return "strings" if _is_string(value, types) else "numbers" if types.is_integer(value) else "other"


def _has_starts(struct: Any) -> bool:
    return any(struct.field(at).name in START_FIELDS for at in range(struct.num_fields))


def _is_string(type: Any, types: Any) -> bool:
    return bool(types.is_string(type) or types.is_large_string(type) or types.is_string_view(type))


def _is_list(type: Any, types: Any) -> bool:
    return bool(
        types.is_list(type)
        or types.is_large_list(type)
        or types.is_fixed_size_list(type)
        or types.is_list_view(type)
    )
