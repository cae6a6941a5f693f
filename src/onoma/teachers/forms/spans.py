"""Form ``spans``: of each span of tokens, how probable it is to be an entity of each label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from onoma.features.soft_spans import SoftSpanLabelling, SpanAnswers, left_over, span_numbers
from onoma.teachers.base import Teacher
from onoma.teachers.form import Form
from onoma.teachers.spans import TaughtSpan, average_spans, entities_of_spans
from onoma.teachers.tables import FLOOR, Ids, SpanTable
from onoma.text import Document

_LIKELY = 0.5


class Spans(Form):
    """Spans by their first token; entities that lie in one another are taught as they are."""

    name = "spans"
    teaches = "spans"
    heads = "--head span"
    kept = {"floor": FLOOR}  # noqa: RUF012
    table = SpanTable

    def width(self, labels: Sequence[str]) -> int:
        """Return the number of labels."""
        return len(labels)

    def ask(
        self, teachers: Sequence[Teacher], documents: Sequence[Document], labels: Sequence[str]
    ) -> SpanTable:
        """Return the mean of the teachers' probabilities."""
        answers = [teacher.teach_spans(documents) for teacher in teachers]
        tables = [
            SpanTable.of(average_spans(of_one), document.num_tokens, labels)
            for document, *of_one in zip(documents, *answers, strict=True)
        ]
        return SpanTable.join(tables)

    def sureness(self, table: SpanTable, lengths: Ids) -> npt.NDArray[np.float64]:
        """Return the least probability of a span's best class, a label or none. [S]

        Spans that nobody names are none for sure.
        """
        words, found = table.words(), np.ones(len(lengths))
        numbers = span_numbers(words, table.less)
        best = left_over(table.values, numbers)  # [G]
        np.maximum.at(best, numbers, table.values)
        sentences = np.repeat(np.arange(len(lengths)), lengths)
        np.minimum.at(found, sentences[words], best[numbers])
        return found

    def entities(
        self, table: SpanTable, lengths: Ids, labels: Sequence[str], *, nested: bool
    ) -> Iterator[list[TaughtSpan]]:
        """Yield spans that are more probably entities than not, as far as they go together."""
        words, values = table.words(), table.values.astype(np.float64)
        ends = np.cumsum(lengths)
        edges = table.offsets[np.concatenate([[0], ends])].tolist()
        for sentence, (end, length) in enumerate(zip(ends.tolist(), lengths.tolist(), strict=True)):
            own = slice(edges[sentence], edges[sentence + 1])
            firsts = words[own] - (end - length)
            columns = (firsts, firsts + table.less[own] + 1, table.labels[own], values[own])
            spans = [
                (first, last, labels[label], value)
                for first, last, label, value in zip(*(one.tolist() for one in columns), strict=True)
            ]
            yield entities_of_spans(spans, nested=nested)

    def learned(self, table: SpanTable, labelling: SoftSpanLabelling) -> tuple[SpanTable, str]:
        """Return the spans that the student sees, and has labels for; count those that are too wide."""
        narrow = table.less < labelling.max_width
        kept = table.keep(narrow & (labelling.classes[table.labels] > 0))
        if narrow.all():
            return kept, ""
        wide = table.values[~narrow]
        return kept, (
            f"{len(wide):,} spans are wider than the {labelling.max_width} tokens that the model sees, left "
            f"out ({int((wide > _LIKELY).sum()):,} of them entities more probably than not)"
        )

    def batch(self, table: SpanTable, lengths: Ids, labels: Sequence[str]) -> SpanAnswers:
        """Return the spans by sentence and token."""
        words = table.words()
        sentences = np.repeat(np.arange(len(lengths)), lengths)
        starts = np.arange(len(sentences)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return SpanAnswers(
            sentences[words],
            starts[words],
            table.less.astype(np.int64),
            table.labels.astype(np.int64),
            table.values.astype(np.float32),
        )


FORM = Spans()
