"""Documents through the network: in batches of sentences of like length, and long sentences in windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from onoma.decode.protocol import EMISSIONS, Floats, Pools
from onoma.features.protocol import Features
from onoma.features.windows import OVERLAP, Window, stream_windows
from onoma.features.word_types import Batch, Rows, WordTypes
from onoma.runtime.sentence_parts import Part
from onoma.runtime.sentences import Outputs, Place, Sentences, group_sentences
from onoma.text import Document

_BATCH_SENTENCES = 64
BATCH_UNITS = 4_096
_KEPT_TYPES = 200_000  # words that one table may have before the next group gets a new one


class Backend(Protocol):
    """What runs the network."""

    def outputs(self, batch: Batch) -> Outputs:
        """Return its outputs [B, T, ...] by name for a batch of features; padding may hold anything."""
        ...


class Runner:
    """Runs the sentences of some documents, in memory that does not grow with their number nor their length.

    Args:
        backend: runs the network.
        features: words to model inputs.
        window: units that the model sees at once.
        documents: tokenised.
        pools: of the documents; votes go there.
        batch_units: units that go through the model at once, padding counted.
    """

    def __init__(
        self,
        backend: Backend,
        features: Features,
        window: int,
        documents: Sequence[Document],
        pools: Sequence[Pools] = (),
        *,
        batch_units: int = BATCH_UNITS,
    ) -> None:
        self._backend = backend
        self._features = features
        self._window = window
        self._documents = documents
        self._pools = pools
        self._batch_units = batch_units
        self._types = features.types
        self._known = len(self._types)

    def parts(self) -> Iterator[Part]:
        """Run sentences group by group: bucket by bucket, then the long ones."""
        before = 0  # sentences of earlier groups
        for places in group_sentences(self._documents):
            yield from self._parts_of(places, before)
            before += len(places)

    def windows(self, place: Place) -> Iterator[tuple[Window, Floats]]:
        """Run one sentence that the model cannot see at once; yields windows with their emissions."""
        limit = self._window - self._features.overhead
        at_once = max(1, self._batch_units // self._window)
        sentence = _LongSentence(self._documents[place.document], place, self._table)
        group: list[tuple[Window, Rows]] = []
        table = self._types
        for window, rows, types in sentence.windows(limit, min(OVERLAP, limit // 4)):
            if group and (len(group) == at_once or types is not table):
                yield from self._run(group, table, place.document)
                group = []
            group.append((window, rows))
            table = types
        yield from self._run(group, table, place.document)

    def _parts_of(self, places: Sequence[Place], before: int) -> Iterator[Part]:
        long: Sequence[int] = [0]
        if len(places) > 1 or places[0].end - places[0].first <= self._window:
            room = self._window - self._features.overhead
            sentences = Sentences.of(self._documents, places, self._features, room, self._table())
            buckets, long = sentences.buckets(
                self._window,
                self._features.overhead,
                max_sentences=_BATCH_SENTENCES,
                max_tokens=self._batch_units,
                even=True,
            )
            for passages in buckets:
                yield from self._bucket(sentences, passages, before)
            long = sentences.of_passages(long)
        for index in long:
            place = places[index]
            yield Part(
                [before + index], [place], np.array([place.end - place.first]), None, self.windows(place)
            )

    def _bucket(self, sentences: Sentences, passages: list[int], before: int) -> Iterator[Part]:
        batch = sentences.batch(passages)
        read = self._backend.outputs(batch)
        for indices, outputs, lengths in sentences.apart(passages, batch, read):
            own = [sentences.places[index] for index in indices]
            if self._pools:
                for row, (place, length) in enumerate(zip(own, lengths.tolist(), strict=True)):
                    self._vote(place.document, outputs, row, slice(0, length))
            yield Part([before + index for index in indices], own, lengths, outputs.get(EMISSIONS))

    def _run(
        self, group: Sequence[tuple[Window, Rows]], types: WordTypes, document: int
    ) -> Iterator[tuple[Window, Floats]]:
        outputs = self._backend.outputs(types.batch([rows for _, rows in group]))
        for row, (window, _) in enumerate(group):
            if self._pools:
                kept = slice(window.keep_start - window.start, window.keep_end - window.start)
                self._vote(document, outputs, row, kept)
            if EMISSIONS in outputs:
                yield window, outputs[EMISSIONS][row]

    def _vote(self, document: int, outputs: Outputs, row: int, words: slice) -> None:
        said = {name: values[row, words] for name, values in outputs.items()}
        for pool in self._pools:
            pool.add(document, said)

    def _table(self) -> WordTypes:
        """Return the table to look words up in. A full one is left, not trimmed: others may hold its rows."""
        if len(self._types) > _KEPT_TYPES + self._known:
            self._types, self._known = self._features.new_types(), 0
        return self._types


class _LongSentence:
    """A sentence whose words are looked up section by section."""

    def __init__(self, document: Document, place: Place, table: Callable[[], WordTypes]) -> None:
        self._document = document
        self._place = place
        self._table = table
        self._start = 0
        self._rows: Rows = np.zeros(0, np.int32)
        self._types = table()

    def windows(self, limit: int, overlap: int) -> Iterator[tuple[Window, Rows, WordTypes]]:
        """Yield its windows, each with the rows of its words and their table."""
        length = self._place.end - self._place.first
        for window in stream_windows(self._sizes, length, limit, overlap):
            own = self._rows[window.start - self._start : window.end - self._start]
            yield window, own, self._types

    def _sizes(self, start: int, end: int) -> npt.NDArray[np.int64]:
        """Look up a section and return the units of its words. [n]"""
        first = self._place.first
        self._start, self._types = start, self._table()
        self._rows = self._types.rows(self._document.words_of(first + start, first + end))
        return self._types.sizes(self._rows)
