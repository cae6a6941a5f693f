"""Sentences with layers of tags, and the documents they make: nested entities, spaces, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from onoma.errors import DataError
from onoma.readers.columns.tagged import TaggedSentence, TagReader
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.tags.convert import TokenSpan
from onoma.text import DUPLICATE, Document, Link, document_from_sentences

SAMPLE_LINES = 50_000
"""So many first lines tell the scheme and the columns of a file."""
_OUTSIDE = frozenset(("O", "_", ""))


@dataclass(slots=True)
class LayeredSentence:
    """One sentence as a file gives it.

    Args:
        layers: for each layer of tags one tag a word; the outer layer comes first.
        lines: 1-based line of each word.
        words: the words.
        spaces: white space after each word; left empty where the format does not tell it.
        links: what the entity that begins at a word is elsewhere, empty for nothing; may be left out.
        fault: what is wrong with the rows themselves; the row concerned is missing then.
    """

    layers: tuple[list[str], ...]
    lines: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fault: DataError | None = None

    def add(self, line: int, word: str, tags: Sequence[str]) -> None:
        """Add a word with a tag for each layer."""
        self.lines.append(line)
        self.words.append(word)
        for layer, tag in zip(self.layers, tags, strict=True):
            layer.append(tag)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read yet, not even a fault."""
        return not self.words and self.fault is None

    def drop_word(self, index: int) -> None:
        """Take a word out; the white space around it goes with the word before."""
        if self.spaces:
            space = self.spaces.pop(index)
            if index:
                self.spaces[index - 1] = max(self.spaces[index - 1], space, key=len)
        del self.lines[index]
        del self.words[index]
        for tags in (*self.layers, self.links):
            if tags:
                del tags[index]


class _PendingLog(ReadLog):
    """Keeps what the layers of a sentence brought until all are read; a problem of several is noted once."""

    def __init__(self, log: ReadLog) -> None:
        super().__init__(max_problems=0)
        self._log = log
        self._noted: set[tuple[str, int | None, str]] = set()

    def note(self, code: str, path: str, line: int | None, message: str) -> None:
        if (code, line, message) not in self._noted:
            self._noted.add((code, line, message))
            self._log.note(code, path, line, message)

    def hand_over(self, copies: int) -> None:
        """Pass the counts on; ``copies`` of what was kept are entities that another layer holds, too."""
        log = self._log
        if copies:
            log.drop(DUPLICATE, copies)
            plain = min(copies, self._kept)
            self._kept -= plain
            for reason in list(self._adjusted)[: copies - plain]:
                self._adjusted[reason] -= 1
        log.keep(self._kept)
        for count, counts in (
            (log.adjust, self._adjusted),
            (log.drop, self._dropped),
            (log.flatten, self._flattened),
        ):
            for reason, number in counts.items():
                count(reason, number)
            counts.clear()
        log.renamed.update(self.renamed)
        self.renamed.clear()
        self._kept = 0
        self._noted.clear()


class LayerReader:
    """Layers of tags to token spans, by the policies asked for; a sentence has one fate in all layers.

    Args:
        sample: the tags of the first sentences, of all layers, from which the scheme is told.
        columns: 0-based fields of the word and of the tag in each layer, for messages.
        path: what errors call the file.
        options: policies, and the scheme if it is forced.
        log: gets the scheme, the problems and the fate of every entity.
    """

    def __init__(
        self,
        sample: Sequence[Sequence[str]],
        columns: Sequence[tuple[int, int]],
        path: str,
        options: ReadOptions,
        log: ReadLog,
    ) -> None:
        self._log = log
        self._pending = _PendingLog(log)
        self._path = path
        self._options = options
        self._word_column = columns[0][0]
        self._readers = [TagReader(sample, column, path, options, self._pending) for column in columns]
        self._checks: list[TagReader] = []
        if options.on_error == "skip" and len(columns) > 1:
            strict = replace(options, on_error="strict")
            aside = ReadLog(max_problems=0)
            self._checks = [TagReader(sample, column, path, strict, aside) for column in columns]
        log.scheme = self._pending.scheme

    def read(self, sentence: LayeredSentence) -> list[list[TokenSpan]] | None:
        """Return the spans of each layer, None where the sentence is left out; takes out words that are none.

        Raises:
            DataError: a fault, under ``on_error="strict"``.
        """
        self._log.units += 1
        fault = sentence.fault or self._drop_blanks(sentence) or self._find_fault(sentence)
        found = [
            reader.read(TaggedSentence(sentence.lines, sentence.words, tags, fault))
            for reader, tags in zip(self._readers, sentence.layers, strict=False)
        ]
        spans = [layer for layer in found if layer is not None]
        lost = len(spans) < len(found) or not sentence.words
        layers, copies = self._without_copies(spans, sentence.lines)
        self._pending.hand_over(copies)
        self._log.lost += len(spans) < len(found)
        return None if lost else layers

    def _drop_blanks(self, sentence: LayeredSentence) -> DataError | None:
        """Take out words of white space outside of entities; empty ones only where that mends the file."""
        for index in reversed(range(len(sentence.words))):
            word = sentence.words[index]
            if word and not word.isspace():
                continue
            outside = all(layer[index] in _OUTSIDE for layer in sentence.layers)
            line = sentence.lines[index]
            what = "a word of white space" if word else "the word is empty"
            fault = DataError(
                f"{what}; delete the row, or --on-error repair does if its tags are O",
                code="empty-word",
                path=self._path,
                line=line,
                column=self._word_column + 1,
                text=word,
            )
            if not outside or not (word or self._options.on_error == "repair"):
                return fault
            self._log.note("blank-word" if word else fault.code, self._path, line, f"{what} is no word")
            sentence.drop_word(index)
        return None

    def _find_fault(self, sentence: LayeredSentence) -> DataError | None:
        """Return a fault of the tags of any layer where it must leave the sentence out in all."""
        for check, tags in zip(self._checks, sentence.layers, strict=False):
            try:
                check.read(TaggedSentence(sentence.lines, sentence.words, tags, None))
            except DataError as error:
                return error
        return None

    def _without_copies(
        self, layers: list[list[TokenSpan]], lines: Sequence[int]
    ) -> tuple[list[list[TokenSpan]], int]:
        seen: set[TokenSpan] = set()
        kept: list[list[TokenSpan]] = []
        copies = 0
        for spans in layers:
            kept.append([])
            for span in spans:
                if span in seen:
                    copies += 1
                    what = f"the same words are {span[2]} in an outer layer, too; dropped"
                    self._pending.note(DUPLICATE, self._path, lines[span[0]], what)
                else:
                    seen.add(span)
                    kept[-1].append(span)
        return kept, copies


class DocumentParts:
    """Gathers sentences and their entities until a document is whole."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.lines: list[int] = []
        self._sentences: list[list[str]] = []
        self._spaces: list[list[str]] = []
        self._spans: list[tuple[int, int, int, str]] = []
        self._links: list[tuple[int, int, int, str, str]] = []

    @property
    def is_empty(self) -> bool:
        """Whether no sentence was added."""
        return not self._sentences

    def add(self, sentence: LayeredSentence, layers: Sequence[Sequence[TokenSpan]]) -> None:
        """Add a sentence with the spans that `LayerReader.read` found; links are those of the outer layer."""
        number = len(self._sentences)
        for span in layers[0] if sentence.links else ():
            if target := sentence.links[span[0]]:
                self._links.append((number, *span, target))
        self._spans += [(number, *span) for span in chain.from_iterable(layers)]
        self._sentences.append(sentence.words)
        self._spaces.append(sentence.spaces)
        self.lines.append(sentence.lines[0])

    def build(self, id: str, log: ReadLog) -> Document:
        """Return the document, tell the log where it stands, and begin another."""
        spaces = self._spaces if all(self._spaces) else None
        document = document_from_sentences(id, self._sentences, self._spans, spaces=spaces)
        if self._links:
            document = self._with_links(document)
        log.lines = self.lines
        self._clear()
        return document

    def _with_links(self, document: Document) -> Document:
        targets: dict[tuple[int, int, str], str] = {}
        for sentence, first, end, label, target in self._links:
            base = document.sentences[sentence][0]
            start, stop = document.tokens[base + first].start, document.tokens[base + end - 1].end
            targets[start, stop, label] = target
        names = {key: f"T{number}" for number, key in enumerate(targets, 1)}
        entities = tuple(span._replace(id=names.get(span.key)) for span in document.entities)
        links = tuple(Link(names[key], target) for key, target in targets.items())
        return replace(document, entities=entities, links=links)
