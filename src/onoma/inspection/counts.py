"""The streaming tally of one split: every document is looked at once and let go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence

from onoma.inspection.characters import OddCharacterTally
from onoma.inspection.document_labels import DocumentLabelTally
from onoma.inspection.duplicates import SentenceTable
from onoma.inspection.mentions import MentionTally
from onoma.inspection.nesting import NestingTally
from onoma.inspection.normal_forms import NormalFormTally
from onoma.inspection.report import Longest
from onoma.inspection.words import WordTally
from onoma.readers.plausible import GoldTally
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

_MAX_LABELS = 100_000

LineOf = Callable[[Document, int], int]
"""The line on which a sentence (by its index) of a document begins."""


class SplitTally:
    """Counts the documents of one file.

    Args:
        number: the split's number in ``sentence_table``.
        path: the file's name, for messages.
        sentence_table: shared by all splits.
    """

    def __init__(self, number: int, path: str, sentence_table: SentenceTable) -> None:
        self.documents = self.sentences = self.tokens = self.entities = 0
        self.tokenised = self.discontinuous = self.crosses_sentences = 0
        self.entity_tokens = self.entity_sentences = 0
        self.upper_sentences = self.lower_sentences = 0
        self.labels: Counter[str] = Counter()
        self.label_lines: dict[str, int] = {}
        self.relations: Counter[str] = Counter()
        self.sentence_lengths: Counter[int] = Counter()
        self.document_lengths: Counter[int] = Counter()
        self.mention_lengths: Counter[int] = Counter()
        self.longest: Longest | None = None
        self.words, self.mentions, self.nesting = WordTally(), MentionTally(), NestingTally()
        self.document_labels, self.odd_characters = DocumentLabelTally(), OddCharacterTally()
        self.gold, self.normal_forms = GoldTally(), NormalFormTally()
        self._number, self._path, self._sentence_table = number, path, sentence_table

    def add(self, document: Document, line_of: LineOf) -> None:
        """Count one document."""
        self.gold.add(document)
        given = document
        if not given.tokens:
            document = tokenize_document(given)
            self.tokenised += bool(document.tokens)
        self.documents += 1
        self.sentences += len(document.sentences)
        self.tokens += len(document.tokens)
        self.entities += len(document.entities)
        self.document_lengths[len(document.tokens)] += 1
        self.document_labels.add(document.labels)
        for relation in document.relations:
            if relation.label in self.relations or len(self.relations) < _MAX_LABELS:
                self.relations[relation.label] += 1
        self.words.add(document.tokens)
        if document.entities:
            self._add_entities(document)
        self._add_sentences(document, given, line_of)

    def settle(self) -> None:
        """Bring all figures up to date; to be called after the last document."""
        self.words.settle()
        self.mentions.settle()

    def _add_entities(self, document: Document) -> None:
        spans = document.entities
        self.mentions.add(spans)
        self.nesting.add(spans)
        starts = [token.start for token in document.tokens]
        ends = [token.end for token in document.tokens]
        covered = 0  # tokens before this are counted
        for span in spans:
            first, end = bisect_right(ends, span.start), bisect_left(starts, span.end)
            self.mention_lengths[end - first] += 1
            self.entity_tokens += max(0, end - max(first, covered))
            covered = max(covered, end)
            self.discontinuous += len(span.fragments) > 1

    def _add_sentences(self, document: Document, given: Document, line_of: LineOf) -> None:
        tokens, text = document.tokens, document.text
        spans = iter(document.entities)
        span = next(spans, None)
        for index, (first, last) in enumerate(document.sentences):
            start, end = tokens[first].start, tokens[last - 1].end
            inside: list[Span] = []
            while span is not None and (span.start < end or index + 1 == len(document.sentences)):
                inside.append(span)
                span = next(spans, None)
            line = line_of(given, index)
            self._add_sentence(text[start:end], last - first, line)
            if inside:
                self._add_inside(inside, end, line)
            tagging = tuple((item.start - start, item.end - start, item.label) for item in inside)
            self._sentence_table.add(self._number, text[start:end], tagging, line)

    def _add_sentence(self, text: str, length: int, line: int) -> None:
        self.sentence_lengths[length] += 1
        if self.longest is None or length > self.longest.tokens:
            self.longest = Longest(self._path, line, length, text[:200])
        self.upper_sentences += text.isupper()
        self.lower_sentences += text.islower()
        self.odd_characters.add(text, line)
        self.normal_forms.add(text)

    def _add_inside(self, spans: Sequence[Span], end: int, line: int) -> None:
        """Count the entities that begin in a sentence."""
        self.entity_sentences += 1
        for span in spans:
            self.crosses_sentences += span.end > end
            if span.label in self.labels:
                self.labels[span.label] += 1
            elif len(self.labels) < _MAX_LABELS:
                self.labels[span.label] = 1
                self.label_lines[span.label] = line
