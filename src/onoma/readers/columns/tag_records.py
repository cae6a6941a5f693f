"""Records of a sentence each, with its words and their tags: ``{"tokens": [...], "ner_tags": [...]}``.

As Hugging Face's token classification data has them, in JSON or in tables. Tags are strings in any scheme, or
numbers, whose names come from the user or from the features of the data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from onoma.errors import DataError
from onoma.readers.columns.tagged import TaggedSentence, TagReader
from onoma.readers.json.lines import JsonObject, as_json
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source
from onoma.readers.tables.class_names import class_names, find_features
from onoma.readers.unique_ids import UniqueIds
from onoma.text import Document, document_from_sentences

WORD_KEYS = ("tokens", "words")
TAG_KEYS = ("ner_tags", "tags", "labels", "ner", "ner_labels", "label")
_SAMPLE_RECORDS = 2_000
_IGNORED = -100

Names = Sequence[str]
NamesOf = Callable[[str], Names]


def word_key(record: Mapping[str, Any], asked: str | None = None) -> str | None:
    """Return the key of the words of a record; None where it has none."""
    keys = (asked,) if asked is not None else WORD_KEYS
    return next((key for key in keys if isinstance(record.get(key), list)), None)


def tag_key(record: Mapping[str, Any]) -> str | None:
    """Return the key of the tags of a record; None where it has none."""
    return next((key for key in TAG_KEYS if isinstance(record.get(key), list)), None)


def are_tags(listed: Any) -> bool:
    """Whether a list holds only strings, or only whole numbers."""
    return isinstance(listed, list) and (
        all(isinstance(tag, str) for tag in listed) or all(type(tag) is int for tag in listed)
    )


def read_tag_records(
    records: Iterable[tuple[int, JsonObject]],
    source: Source,
    options: ReadOptions,
    log: ReadLog,
    names_of: NamesOf | None = None,
) -> Iterator[Document]:
    """Stream the documents of numbered records, a sentence each; the first 2,000 tell the scheme.

    Args:
        records: line, or number, and record.
        source: of the records.
        options: policies; ``label_names`` names tags that are numbers.
        log: gets problems and the fate of every entity.
        names_of: gives the names of the tags of a column, where the data itself knows them; by default those
            of a ``dataset_info.json`` beside the file.

    Raises:
        DataError: tags are numbers without names; under ``on_error="strict"`` any fault of a record.
    """
    rest = iter(records)
    first = list(islice(rest, _SAMPLE_RECORDS))
    names = _find_names(first, source, options, names_of or _names_beside(source))
    sentences = [_sentence(line, record, names, options, source.name) for line, record in first]
    tags = TagReader([one.tags for one in sentences if one.fault is None], None, source.name, options, log)
    ids = UniqueIds(source.stem)
    number = 0
    read = chain(
        zip(first, sentences, strict=True),
        ((item, _sentence(item[0], item[1], names, options, source.name)) for item in rest),
    )
    del first, sentences
    for (line, record), sentence in read:
        number += 1
        if sentence.starts_document:
            log.note("empty-sentence", source.name, line, "a record without words is left out")
            continue
        found = tags.read(sentence)
        if found is not None:
            log.lines = (line,)
            id = ids.take(record.get("id"), number)
            spans = [(0, start, end, label) for start, end, label in found]
            yield document_from_sentences(id, [_words(sentence)], spans)
    ids.tell(log, source.name)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


def _words(sentence: TaggedSentence) -> list[str]:
    """The words as `TagReader` counts them: those of white space are none."""
    return [word for word in sentence.words if not word.isspace()]


def _names_beside(source: Source) -> NamesOf:
    return lambda key: class_names(find_features(source.path), key)


def _find_names(
    first: Sequence[tuple[int, JsonObject]], source: Source, options: ReadOptions, names_of: NamesOf
) -> Names:
    """Return the names of tags that are numbers; none where tags are strings, or do not matter."""
    numbered = None
    highest, ignored = 0, False
    for line, record in first:
        key = tag_key(record)
        numbers = [] if key is None else as_numbers(record[key])
        if numbers and key is not None:
            numbered = numbered or (line, key)
            highest = max(highest, *numbers)
            ignored = ignored or _IGNORED in numbers
    if options.label_names or not options.gold or numbered is None:
        return options.label_names
    line, key = numbered
    names = names_of(key)
    if not names and not ignored:
        raise missing_names(source.name, line, highest)
    return names


def missing_names(path: str, line: int, highest: int) -> DataError:
    """Return the error for tags that are numbers without names."""
    return DataError(
        f"the tags are numbers, 0 to {highest} as far as seen: give their {highest + 1} or more names in "
        "order, --label-names O,B-PER,I-PER,...",
        code="label-names",
        path=path,
        line=line,
    )


def as_numbers(listed: Sequence[Any]) -> list[int]:
    """Return tags that are numbers, written as such or in quotes; none where one is none."""
    if not all(
        type(tag) is int or (isinstance(tag, str) and tag.isdecimal() and tag.isascii()) for tag in listed
    ):
        return []
    return [int(tag) for tag in listed] if all(len(str(tag)) < 10 for tag in listed) else []


def name_tags(listed: Sequence[Any], names: Names) -> list[str]:
    """Return tags as strings, those that are numbers by their names.

    Raises:
        DataError: without path and line: a number without a name, or what is no tag.
    """
    numbers = as_numbers(listed)
    if not numbers:
        if not all(isinstance(tag, str) for tag in listed):
            what = "tags must be all strings or all whole numbers"
            raise DataError(what, code="wrong-type", text=as_json(listed))
        return list(listed)
    if _IGNORED in numbers:
        raise DataError(
            "a tag of -100: this was made ready for a model, and words were cut into pieces; read the data "
            "set as it was before that",
            code="ignored-tag",
            text=as_json(listed),
        )
    unnamed = next((number for number in numbers if not 0 <= number < len(names)), None)
    if unnamed is not None:
        known = f"{len(names)} names are known, for 0 to {len(names) - 1}" if names else "no names are known"
        what = f"the tag {unnamed} has no name: {known}; give all names with --label-names"
        raise DataError(what, code="label-names", text=as_json(listed))
    return [names[number] for number in numbers]


def _sentence(line: int, record: JsonObject, names: Names, options: ReadOptions, path: str) -> TaggedSentence:
    words: list[str] = []
    tags: list[str] = []
    try:
        words = _read_words(record, options.text_column)
        tags = _read_tags(record, len(words), names, options)
        if len(words) != len(tags):
            what = (
                f"{len(words)} tokens and {len(tags)} tags; mend the record, or leave it out: --on-error skip"
            )
            raise DataError(what, code="length-mismatch", text=" ".join(words))
    except DataError as error:
        fault = DataError(error.message, code=error.code, path=path, line=line, text=error.text)
        return TaggedSentence((), words, tags, fault)
    return TaggedSentence([line] * len(words), words, tags, None)


def _read_words(record: JsonObject, asked: str | None) -> list[str]:
    key = word_key(record, asked)
    if key is None:
        shown = asked or "' or '".join(WORD_KEYS)
        raise DataError(f"no list '{shown}'", code="missing-key", text=as_json(record))
    words: list[str] = record[key]
    if not all(isinstance(word, str) for word in words):
        raise DataError(f"'{key}' must hold strings", code="wrong-type", text=as_json(words))
    return words


def _read_tags(record: JsonObject, count: int, names: Names, options: ReadOptions) -> list[str]:
    if not options.gold:
        return ["O"] * count
    key = tag_key(record)
    if key is None:
        what = f"no list of tags, called one of {', '.join(TAG_KEYS[:4])}"
        raise DataError(what, code="missing-key", text=as_json(record))
    return name_tags(record[key], names)
