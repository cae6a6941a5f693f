"""Sentences in the manner of CoNLL-U, and the documents they make: numbered words, ``# text``, ``# newdoc``.

Rows of multiword tokens (``3-4``) and empty nodes (``5.1``) are no words. ``# newdoc`` opens a document; else
every sentence is one. The text is that of ``# text`` where the words fit it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from onoma.errors import DataError
from onoma.readers.columns.conllu_misc import OUTSIDE, find_spaces, misc_values
from onoma.readers.columns.layers import DocumentParts, LayeredSentence, LayerReader
from onoma.readers.log import ReadLog
from onoma.readers.source import Source
from onoma.text import Document

ID, FORM = 0, 1
_NUMBER = re.compile(r"[0-9]{1,9}")
_NO_WORD = re.compile(r"[0-9]+-[0-9]+|[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """How rows look.

    Args:
        least: number of columns, or the least of them.
        most: the most there may be.
        tag: 0-based column of the tag.
        misc: 0-based column of ``KEY=VALUE`` pairs, where ``tag`` is one of them; None for a plain tag.
        key: the pair that holds the tag.
    """

    least: int
    most: int
    tag: int
    misc: int | None = None
    key: str = ""


class Sentence(LayeredSentence):
    """A sentence with what its comments and pairs say.

    ``newdoc`` is the id of the document that it opens, maybe empty; None where it opens none. ``text`` is
    that of ``# text``, ``misc`` the pairs of each word, ``has_range`` whether there are multiword tokens.
    """

    __slots__ = ("has_range", "misc", "newdoc", "text")

    def __init__(self) -> None:
        super().__init__(([],))
        self.newdoc: str | None = None
        self.text = ""
        self.misc: list[dict[str, str]] = []
        self.has_range = False

    def drop_word(self, index: int) -> None:
        """Take a word out, with its pairs."""
        super().drop_word(index)
        del self.misc[index]

    def read_comment(self, line: str) -> None:
        """Take up ``# newdoc id = X`` and ``# text = X``."""
        name, _, value = line[1:].strip().partition("=")
        name, value = name.strip(), value.strip()
        if name in ("newdoc id", "newdoc", "newdoc_id"):
            self.newdoc = value
        elif name == "text":
            self.text = value

    def read_row(self, number: int, line: str, columns: Columns, path: str) -> None:
        """Take up a word, or what is wrong with it."""
        fields = line.split("\t")
        while len(fields) > columns.most and not fields[-1].strip():
            fields.pop()
        id = fields[ID]
        if not columns.least <= len(fields) <= columns.most:
            self.fault = self.fault or _wrong_width(path, number, line, len(fields), columns)
        elif _NO_WORD.fullmatch(id):
            self.has_range = self.has_range or "-" in id
        elif not _NUMBER.fullmatch(id):
            what = "the first column numbers the words: 3, 3-4 or 3.1; mend the row"
            self.fault = self.fault or DataError(
                what, code="word-number", path=path, line=number, column=ID + 1, text=id
            )
        else:
            misc = {} if columns.misc is None else misc_values(fields[columns.misc])
            tag = fields[columns.tag] if columns.misc is None else misc.get(columns.key, "O")
            self.add(number, fields[FORM], ("O" if tag in OUTSIDE else tag,))
            self.misc.append(misc)

    def set_spaces(self, path: str, log: ReadLog) -> None:
        """Find the white space after each word: of ``# text`` where the words fit it, else of the pairs."""
        self.spaces, fits = find_spaces(self.words, self.misc, self.text)
        if not fits and self.has_range:
            if not log.problem_counts["multiword-token"]:
                what = "multiword tokens: their words stand in the text in place of what '# text' has there"
                log.note("multiword-token", path, self.lines[0], what)
        elif not fits:
            what = "'# text' does not hold the words in their order; they are joined by SpaceAfter instead"
            log.note("text-mismatch", path, self.lines[0], what)


def read_sentences(lines: Iterable[str], columns: Columns, path: str) -> Iterator[Sentence]:
    """Yield the sentences; one ends at a blank line, and where words are counted from 1 again."""
    sentence = Sentence()
    for number, line in enumerate(lines, 1):
        blank = not line or line.isspace()
        comment = line.startswith("#") and not columns.least <= line.count("\t") + 1 <= columns.most
        opens = comment and line.startswith("# newdoc")
        if not sentence.is_empty and (blank or opens or (sentence.words and line.startswith("1\t"))):
            yield sentence
            sentence = Sentence()
        if comment:
            sentence.read_comment(line)
        elif not blank:
            sentence.read_row(number, line, columns, path)
    if not sentence.is_empty:
        yield sentence


def gather_documents(
    sentences: Iterable[Sentence], layers: LayerReader, source: Source, log: ReadLog
) -> Iterator[Document]:
    """Yield the documents: the sentences since ``# newdoc``, or each sentence.

    Raises:
        DataError: a fault, under ``on_error="strict"``.
    """
    names = _Names(source.stem)
    parts = DocumentParts()
    grouped, name = False, ""
    for sentence in sentences:
        if sentence.newdoc is not None:
            if not parts.is_empty:
                yield parts.build(name, log)
            grouped, name = True, names.next(sentence.newdoc)
        elif not grouped:
            name = names.next("")
        found = layers.read(sentence)
        if found is None:
            continue
        sentence.set_spaces(source.name, log)
        parts.add(sentence, found)
        if not grouped:
            yield parts.build(name, log)
    if not parts.is_empty:
        yield parts.build(name, log)
    if names.count == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


class _Names:
    """Ids of documents, each once: those of the file, else by number."""

    def __init__(self, stem: str) -> None:
        self.count = 0
        self._stem = stem
        self._taken: set[str] = set()

    def next(self, given: str) -> str:
        """Return an id for the next document."""
        self.count += 1
        if not given:
            return f"{self._stem}:{self.count}"
        name = f"{given}:{self.count}" if given in self._taken else given
        self._taken.add(name)
        return name


def _wrong_width(path: str, number: int, line: str, found: int, columns: Columns) -> DataError:
    wanted = str(columns.least) if columns.least == columns.most else f"{columns.least} to {columns.most}"
    return DataError(
        f"{found} column{'s' * (found != 1)} between tabs, {wanted} are needed; mend the row",
        code="column-count",
        path=path,
        line=number,
        column=min(found, columns.most) + 1,
        text=line,
    )
