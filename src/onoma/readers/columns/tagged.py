"""Sentences of words and tags, as every column format has them: scheme, legality, account of entities."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
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
    find_spelling,
    get_scheme,
    repair_tags,
    split_tag,
    tags_to_spans,
)
from onoma.tags.convert import TokenSpan
from onoma.text import Document, document_from_sentences
from onoma.text.ledger import UNWANTED

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
    for number, given in enumerate(sentences, 1):
        sentence = tags.without_blanks(given)
        found = tags.read(sentence)
        if found is not None:
            spans = [(0, first, end, label) for first, end, label in found]
            log.lines = sentence.lines[:1]
            yield document_from_sentences(f"{source.stem}:{number}", [sentence.words], spans)
    if number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


class TagReader:
    """Tags of one sentence to token spans, by the policies asked for; keeps the account of entities.

    Args:
        sample: the tags of the first sentences, from which the scheme is told.
        columns: 0-based fields of the word and of the tag, for messages; None where there are no fields.
        path: what errors call the file.
        options: policies, and the scheme if it is forced.
        log: gets the scheme, the problems and the fate of every entity.
    """

    def __init__(
        self,
        sample: Sequence[Sequence[str]],
        columns: tuple[int, int] | None,
        path: str,
        options: ReadOptions,
        log: ReadLog,
    ) -> None:
        self._spelling = find_spelling(Counter(chain.from_iterable(sample)))
        if not self._spelling.plain:
            sample = [[self._spelling(tag) for tag in tags] for tags in sample]
            if options.gold:
                what = f"tags are spelled as in '{self._spelling.name}', and read as B-PER is"
                log.note("tag-spelling", path, None, what)
        self.scheme, self._bare = find_scheme(sample, options.scheme)
        log.scheme = self.scheme.name
        self._word_column: int | None = None if columns is None else columns[0]
        self._tag_column: int | None = None if columns is None else columns[1]
        self._path = path
        self._options = options
        self._log = log
        self._legal: set[tuple[str, str]] = set()  # neighbours known to be fine: most sentences need no more

    def read(self, sentence: TaggedSentence) -> list[TokenSpan] | None:
        """Return the spans of a sentence, None when it is left out; see `without_blanks`.

        Raises:
            DataError: a fault, under ``on_error="strict"``.
        """
        self._log.units += 1
        if not self._options.gold:
            return self._without_gold(sentence)
        tags = sentence.tags
        plain = sentence.fault is None and "" not in sentence.words
        if plain and tags.count(_OUTSIDE) == len(tags):
            return []
        if not self._spelling.plain:
            tags = [self._spelling(tag) for tag in tags]
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
        return self._account(tags_to_spans(tags, self.scheme))

    def _without_gold(self, sentence: TaggedSentence) -> list[TokenSpan] | None:
        """Nothing is found in a sentence whose tags do not matter; None where its rows are faulty."""
        fault = sentence.fault or (self._empty_word(sentence) if "" in sentence.words else None)
        if fault is None:
            return []
        self._leave_out([], fault)
        return None

    def _account(
        self, spans: list[TokenSpan], changed: Collection[TokenSpan] = (), reason: str = ""
    ) -> list[TokenSpan]:
        """Count a sentence's spans, those ``changed`` as adjusted; return them with mapped labels."""
        labels, log = self._options.labels, self._log
        if not labels and not changed:
            log.keep(len(spans))
            return spans
        taken = []
        for span in spans:
            new = labels(span[2])
            log.rename(span[2], new)
            if new is None:
                log.drop(UNWANTED)
                continue
            if span in changed:
                log.adjust(reason)
            else:
                log.keep()
            taken.append((span[0], span[1], new))
        return taken

    def without_blanks(self, sentence: TaggedSentence) -> TaggedSentence:
        """Leave out rows whose word is only white space, as spaCy has them; an entity goes on over them."""
        words = sentence.words
        if not any(map(str.isspace, words)) or len(words) != len(sentence.tags):
            return sentence
        kept = [index for index, word in enumerate(words) if not word.isspace()]
        tags = list(sentence.tags)
        for index, word in enumerate(words):
            if word.isspace():
                self._log.note(
                    "blank-word", self._path, sentence.lines[index], "a word of white space is no word"
                )
                tag, after = tags[index], index + 1
                begun = tag[:2] in ("B-", "B_", "B:") and after < len(tags)
                if begun and tags[after][1:] == tag[1:] and tags[after][:1] == "I":
                    tags[after] = tag
        lines = [sentence.lines[index] for index in kept]
        return TaggedSentence(lines, [words[i] for i in kept], [tags[i] for i in kept], sentence.fault)

    def _leave_out(self, tags: Sequence[str], fault: DataError) -> None:
        self._log.leave_out(fault, self._options.on_error, self._count(tags), counted=True)

    def _count(self, tags: Sequence[str]) -> int:
        """Entities in a faulty sentence, as far as its tags can be read."""
        return len(tags_to_spans([tag or _OUTSIDE for tag in tags], self.scheme))

    def _empty_word(self, sentence: TaggedSentence) -> DataError:
        index = sentence.words.index("")
        what = "the word is empty; delete the row"
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

    def _fault(self, message: str, code: str, line: int, index: int | None, text: str) -> DataError:
        column = None if index is None else index + 1
        return DataError(message, code=code, path=self._path, line=line, column=column, text=text)

    def _mend(self, tags: list[str], fault: DataError) -> list[TokenSpan]:
        """Return the spans after repair; those whose tags had to change count as adjusted or dropped."""
        self._log.note_error(fault)
        known = [tag if self._is_known(tag) else self._nearest_tag(tag) for tag in tags]
        mended = repair_tags(known, self.scheme, self._options.repair)
        spans = tags_to_spans(mended, self.scheme)
        before = tags_to_spans([tag or _OUTSIDE for tag in tags], self.scheme)
        whole = {span for span in before if tags[span[0] : span[1]] == mended[span[0] : span[1]]}
        self._log.drop(fault.code, max(0, len(before) - len(spans)))
        return self._account(spans, [span for span in spans if span not in whole], fault.code)

    def _nearest_tag(self, tag: str) -> str:
        """An unknown prefix says that the word is inside an entity, as conlleval sees it, and no more."""
        label = split_tag(tag)[1]
        return f"{self.scheme.inside}-{label}" if label and self._options.repair == "conlleval" else _OUTSIDE


def _neighbours(tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each tag with the one after it, the sentence's edges being outside."""
    return zip(chain((_OUTSIDE,), tags), chain(tags, (_OUTSIDE,)), strict=True)
