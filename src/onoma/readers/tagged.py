"""Sentences of words and tags, as every column format has them: scheme, legality, account of entities."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from onoma.errors import DataError
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source
from onoma.tags import (
    SCHEMES,
    Scheme,
    detect_scheme,
    find_illegal,
    get_scheme,
    repair_tags,
    split_tag,
    tags_to_spans,
)
from onoma.tags.convert import TokenSpan
from onoma.text import Document, document_from_sentences

_OUTSIDE = "O"
_PREFIXED = re.compile(r"[A-Za-z]-")
KNOWN_PREFIX = re.compile(r"[BIESLU]-")
"""How a tag of any scheme begins, ``O`` apart."""
_CLEAR_MAJORITY = 10


class TaggedSentence(NamedTuple):
    """One sentence as a file gives it, or the start of a document (then without words and fault).

    Args:
        lines: 1-based line of each word, for messages.
        words: the words.
        tags: the tags, one a word unless there is a fault.
        fault: what is wrong with the rows themselves; what could not be read is missing then.
    """

    lines: Sequence[int]
    words: list[str]
    tags: list[str]
    fault: DataError | None

    @property
    def starts_document(self) -> bool:
        """Whether this is no sentence but opens a document."""
        return not self.words and self.fault is None


def find_scheme(sample: Sequence[Sequence[str]], asked: str | None) -> tuple[Scheme, bool]:
    """Return the scheme, and whether the tags are bare labels (``PER``), which are read as IO.

    A few wrong ``B-`` in an IOB1 file (the CoNLL-2003 training file has two) must not make it BIO, so where
    hardly a sentence speaks for BIO and many for IOB1, it is IOB1.

    Args:
        sample: the tags of the first sentences.
        asked: the scheme that the user forces, or None.
    """
    names = {tag for tags in sample for tag in tags}
    labelled = names - {_OUTSIDE, ""}
    unprefixed = bool(labelled) and not any(_PREFIXED.match(tag) for tag in labelled)
    if asked is not None:
        scheme = get_scheme(asked)
        return scheme, scheme.name == "IO" and unprefixed
    if unprefixed and _OUTSIDE in names:
        return SCHEMES["IO"], True
    scheme = detect_scheme(sample)
    if scheme.name == "BIO":
        votes = Counter(detect_scheme([tags]).name for tags in sample if tags.count(_OUTSIDE) < len(tags))
        if votes["IOB1"] > _CLEAR_MAJORITY * votes["BIO"]:
            scheme = SCHEMES["IOB1"]
    return scheme, False


def read_one_sentence_documents(
    sentences: Iterable[TaggedSentence], tags: TagReader, source: Source, log: ReadLog
) -> Iterator[Document]:
    """Yield every sentence as a document of its own, named by the file and its number.

    Raises:
        DataError: a fault, under ``on_error="strict"``.
    """
    number = 0
    for number, sentence in enumerate(sentences, 1):
        found = tags.read(sentence)
        if found is not None:
            spans = [(0, first, end, label) for first, end, label in found]
            yield document_from_sentences(f"{source.stem}:{number}", [sentence.words], spans)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


class TagReader:
    """Tags of one sentence to token spans, by the policies asked for; keeps the account of entities.

    Args:
        sample: the tags of the first sentences, from which the scheme is told.
        columns: 0-based fields of the word and of the tag, for messages.
        path: what errors call the file.
        options: policies, and the scheme if it is forced.
        log: gets the scheme, the problems and the fate of every entity.
    """

    def __init__(
        self,
        sample: Sequence[Sequence[str]],
        columns: tuple[int, int],
        path: str,
        options: ReadOptions,
        log: ReadLog,
    ) -> None:
        self.scheme, self._bare = find_scheme(sample, options.scheme)
        log.scheme = self.scheme.name
        self._word_column, self._tag_column = columns
        self._path = path
        self._options = options
        self._log = log
        self._legal: set[tuple[str, str]] = set()  # neighbours known to be fine: most sentences need no more

    def read(self, sentence: TaggedSentence) -> list[TokenSpan] | None:
        """Return the spans of a sentence, None when it is left out.

        Raises:
            DataError: a fault, under ``on_error="strict"``.
        """
        tags = sentence.tags
        plain = sentence.fault is None and not _has_empty_word(sentence.words)
        if plain and tags.count(_OUTSIDE) == len(tags):
            return []
        if self._bare:
            tags = [f"I-{tag}" if tag and tag != _OUTSIDE else tag for tag in tags]
        fault = None if plain else sentence.fault or self._empty_word(sentence)
        if fault is None and not self._legal.issuperset(_neighbours(tags)):
            fault = self._check(sentence.lines, tags)
            if fault is not None and self._options.on_error == "repair":
                return self._mend(tags, fault)
        if fault is not None:
            self._leave_out(tags, fault)
            return None
        spans = tags_to_spans(tags, self.scheme)
        self._log.keep(len(spans))
        return spans

    def _leave_out(self, tags: Sequence[str], fault: DataError) -> None:
        if self._options.on_error == "strict":
            raise fault
        self._log.note_error(fault)
        self._log.drop(fault.code, self._count(tags))

    def _count(self, tags: Sequence[str]) -> int:
        """Entities in a faulty sentence, as far as its tags can be read."""
        return len(tags_to_spans([tag or _OUTSIDE for tag in tags], self.scheme))

    def _empty_word(self, sentence: TaggedSentence) -> DataError:
        index = next(i for i, word in enumerate(sentence.words) if not word.strip())
        what = "the word is empty or only white space; delete the row"
        return self._fault(
            what, "empty-word", sentence.lines[index], self._word_column, sentence.words[index]
        )

    def _check(self, lines: Sequence[int], tags: Sequence[str]) -> DataError | None:
        """Return the first fault of a sentence; learn the neighbours of a sentence without one."""
        unknown = next((i for i, tag in enumerate(tags) if not self._is_known(tag)), len(tags))
        illegal = next(iter(self._find_illegal(tags, lines)), len(tags))
        if unknown < len(tags) and unknown <= illegal:
            return self._unknown_tag(lines[unknown], tags[unknown])
        if illegal < len(tags):
            return self._illegal_tag(lines[illegal], tags, illegal)
        self._legal.update(pair for pair in _neighbours(tags) if self.scheme.may_follow(*pair))
        return None

    def _is_known(self, tag: str) -> bool:
        prefix, label = split_tag(tag)
        if prefix is None:
            return True
        if self._bare and label is not None and KNOWN_PREFIX.match(label):
            return False
        return bool(label) and prefix in self.scheme.prefixes

    def _find_illegal(self, tags: Sequence[str], lines: Sequence[int]) -> list[int]:
        """As `find_illegal`, but a needless ``B-`` in IOB1 is only noted: it says the same as ``I-``."""
        illegal = find_illegal(tags, self.scheme)
        if self.scheme.name != "IOB1":
            return illegal
        for index in illegal:
            message = f"'{tags[index]}' where IOB1 writes 'I-'; read as the start of an entity"
            self._log.note("needless-begin", self._path, lines[index], message)
        return []

    def _unknown_tag(self, line: int, tag: str) -> DataError:
        if not tag:
            return self._fault("the tag is empty; write O", "empty-tag", line, self._tag_column, tag)
        shown = tag.removeprefix("I-") if self._bare else tag
        prefixes = ", ".join(f"{prefix}-" for prefix in self.scheme.prefixes)
        message = (
            f"not a tag of {self.scheme.name} (O, or a label after {prefixes}); "
            "mend it, or name the scheme: --scheme, or the column: --tag-column"
        )
        return self._fault(message, "unknown-tag", line, self._tag_column, shown)

    def _illegal_tag(self, line: int, tags: Sequence[str], index: int) -> DataError:
        tag, before = tags[index], tags[index - 1] if index else "the sentence start"
        if self.scheme.may_follow(tags[index - 1] if index else _OUTSIDE, tag):
            what = f"'{tag}' may not end a sentence in {self.scheme.name}"
        else:
            what = f"'{tag}' may not follow {before!r} in {self.scheme.name}"
        fix = "mend it, force another --scheme, or --on-error repair"
        return self._fault(f"{what}; {fix}", "illegal-tag", line, self._tag_column, tag)

    def _fault(self, message: str, code: str, line: int, index: int, text: str) -> DataError:
        return DataError(message, code=code, path=self._path, line=line, column=index + 1, text=text)

    def _mend(self, tags: list[str], fault: DataError) -> list[TokenSpan]:
        """Return the spans after repair; those whose tags had to change count as adjusted or dropped."""
        self._log.note_error(fault)
        known = [tag if self._is_known(tag) else self._nearest_tag(tag) for tag in tags]
        mended = repair_tags(known, self.scheme, self._options.repair)
        spans = tags_to_spans(mended, self.scheme)
        unchanged = sum(tags[first:end] == mended[first:end] for first, end, _ in spans)
        self._log.keep(unchanged)
        self._log.adjust(fault.code, len(spans) - unchanged)
        self._log.drop(fault.code, self._count(tags) - len(spans))
        return spans

    def _nearest_tag(self, tag: str) -> str:
        """An unknown prefix says that the word is inside an entity, as conlleval sees it, and no more."""
        label = split_tag(tag)[1]
        return f"{self.scheme.inside}-{label}" if label and self._options.repair == "conlleval" else _OUTSIDE


def _has_empty_word(words: list[str]) -> bool:
    return "" in words or any(map(str.isspace, words))


def _neighbours(tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each tag with the one after it, the sentence's edges being outside."""
    return zip(chain((_OUTSIDE,), tags), chain(tags, (_OUTSIDE,)), strict=True)
