"""The one prediction path: dev evaluation, the command line, services and tools all tag through `Tagger`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.decode.documents import DocumentDecoder
from onoma.decode.protocol import Decoder, DocumentsDecoder, Floats, Found, Pools
from onoma.decode.tags import TagDecoder
from onoma.errors import ConfigError
from onoma.features.protocol import Features
from onoma.features.windows import DEFAULT_WINDOW
from onoma.runtime.arguments import Text, as_document, as_stream
from onoma.runtime.choice import Choice
from onoma.runtime.confidence import Confidence
from onoma.runtime.recall import Promise, make_promise
from onoma.runtime.running import BATCH_UNITS, Backend, Runner
from onoma.runtime.sentence_parts import Part
from onoma.runtime.sentences import Sentences, divide, group_sentences
from onoma.tags import TokenSpan
from onoma.text import Document, Span
from onoma.tokenize import Tokenizer, get_tokenizer
from onoma.tokenize.registry import DEFAULT

CHUNK_TOKENS = 65_536
"""Tokens gathered before a stream is tagged: enough to fill buckets, little enough to stay small."""


class Tagger:
    """A model ready to tag; any number of threads may share it.

    Args:
        backend: runs the network.
        features: words to model inputs.
        decoder: emissions to entities; None for a model of document labels alone.
        of_documents: votes to what documents are given, such as labels; none for a model that gives nothing.
        window: units (words or pieces) that the model sees at once; 0 is `DEFAULT_WINDOW`. A longer sentence
            goes through the model in overlapping windows and is decoded as a whole.
        confidence: the temperature of the decoder's scores, and which of them give which precision.
        tokenizer: cuts texts and documents that come without tokens; the default one when not given.
        batch_units: units that go through the model at once, padding counted.

    Raises:
        ValueError: the window has no room for anything.
    """

    def __init__(
        self,
        backend: Backend,
        features: Features,
        decoder: Decoder | None,
        of_documents: Sequence[DocumentsDecoder] = (),
        *,
        window: int = 0,
        confidence: Confidence | None = None,
        tokenizer: Tokenizer | None = None,
        batch_units: int = BATCH_UNITS,
    ) -> None:
        self.backend = backend
        self._batch_units = batch_units
        self.tokenizer = tokenizer or get_tokenizer(DEFAULT)
        self.features = features
        self.confidence = confidence or Confidence()
        self._choice = Choice()  # replaced as a whole, since others may be tagging
        self.decoder = decoder
        if decoder is not None and self.confidence.temperature != 1:
            self.decoder = decoder.with_temperature(self.confidence.temperature)
        self.of_documents = tuple(of_documents)
        self.window = window or DEFAULT_WINDOW
        if self.window <= features.overhead:
            raise ValueError(f"a window of {window} units has no room for a word")

    @property
    def documents(self) -> DocumentDecoder | None:
        """What gives document labels; None for a model that gives none."""
        return next((one for one in self.of_documents if isinstance(one, DocumentDecoder)), None)

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity labels the model can give."""
        return self.decoder.labels if self.decoder else ()

    @property
    def min_score(self) -> float:
        """Entities with a lower score are left out."""
        return self._choice.min_score

    @property
    def promise(self) -> Promise | None:
        """Of recall; with one, candidates off the best path are given as well."""
        return self._choice.promise

    def leave_out(
        self,
        *,
        min_score: float | None = None,
        precision: float | None = None,
        recall: float | None = None,
        labels: Sequence[str] = (),
    ) -> None:
        """Give only entities that are sure enough from now on.

        Args:
            min_score: lowest score of an entity that is given, 0..1.
            precision: instead, what share of the given entities is to be right, going by dev.
            recall: instead, what share of a document's entities is to be covered by what is given, with a
                guarantee; see `onoma.runtime.recall`.
            labels: with a recall, the only ones that are given, and for each of which it is promised.

        Raises:
            ConfigError: see `Confidence.lowest_score` and `make_promise`; or the model gives no entities.
        """
        asked = [one for one in (min_score, precision, recall) if one is not None]
        given: list[Any] = asked
        for one in given:
            if isinstance(one, bool) or not isinstance(one, Real):
                raise ConfigError(f"scores, precision and recall are numbers, not {one!r}")
        if asked and self.decoder is None:
            raise ConfigError("the model gives document labels only: no entities to choose from by score")
        if recall is not None and len(asked) > 1:
            raise ConfigError("--min-recall excludes --min-score and --min-precision: give one of them")
        if labels and recall is None:
            raise ConfigError("labels are chosen together with a recall only")
        score = self.confidence.lowest_score(min_score, precision)
        promise = None if recall is None else make_promise(self.confidence.covering, recall, labels)
        self._choice = Choice(score or 0.0, promise)

    def __call__(self, text: Text) -> Document:
        """Tag one text; tokens and sentences of a tokenised document are respected.

        Args:
            text: a text, a document, or a list of words, which is one tokenised sentence.

        Raises:
            TypeError: it is something else.
            ValueError: a word is empty.
        """
        self.features.trim()
        return self.tag([text])[0]

    def pipe(self, items: Iterable[Text], *, chunk_tokens: int = CHUNK_TOKENS) -> Iterator[Document]:
        """Tag a stream in order, in memory that does not grow with its length; see `__call__` for an item.

        Raises:
            TypeError: it is one text, not many, or no stream at all; while iterating, an item is no text.
        """
        return self._pipe(as_stream(items, "pipe"), chunk_tokens)

    def _pipe(self, items: Iterable[Text], chunk_tokens: int) -> Iterator[Document]:
        chunk: list[Document] = []
        size = 0
        for number, item in enumerate(items):
            document = as_document(item, self.tokenizer, len(chunk), number)
            chunk.append(document)
            size += document.num_tokens + 1
            if size >= chunk_tokens:
                self.features.trim()
                yield from self._tag(chunk)
                chunk, size = [], 0
        if chunk:
            yield from self._tag(chunk)

    def tag(self, items: Iterable[Text], *, watch: Callable[[Part], None] | None = None) -> list[Document]:
        """Tag a list of texts, documents or lists of words at once.

        Args:
            items: the list, or a corpus.
            watch: is shown what the network put out for the sentences, those of all documents in a row.

        Raises:
            TypeError: it is one text, not many, or an item is no text.

        Returns:
            New documents whose entities and labels are the model's; gold of the input is not looked at.
        """
        stream = enumerate(as_stream(items, "tag"))
        return self._tag([as_document(item, self.tokenizer, index) for index, item in stream], watch)

    def _tag(
        self,
        documents: Sequence[Document],
        watch: Callable[[Part], None] | None = None,
        *,
        held: bool = False,
    ) -> list[Document]:
        entities, pools = self._run(documents, self.decoder, watch, held=held)
        tagged = [document.with_predicted(spans) for document, spans in zip(documents, entities, strict=True)]
        for decoder, pool in zip(self.of_documents, pools, strict=True):
            tagged = decoder.finish(tagged, pool)
        return tagged

    def document_probabilities(self, documents: Sequence[Document]) -> list[npt.NDArray[np.float64]]:
        """Return the probability of each document label, or what else a task about documents gives: an array
        [D, L] a task.

        Args:
            documents: tokenised.

        Raises:
            ValueError: the model gives no document labels.
        """
        if not self.of_documents:
            raise ValueError("the model gives no document labels")
        _, pools = self._run(documents, None)
        return [pool.probabilities() for pool in pools]

    def span_probabilities(
        self, documents: Sequence[Document], spans: Sequence[Sequence[TokenSpan]]
    ) -> list[npt.NDArray[np.float64]]:
        """Return how probable given entities are, right or wrong: a row [S] a document.

        Args:
            documents: tokenised.
            spans: of each document, in its tokens; each within a sentence.

        Raises:
            ValueError: the model gives no entities, or a span lies in no sentence.
        """
        if self.decoder is None:
            raise ValueError("the model gives no entities")
        asked = divide(documents, spans)
        found = [np.zeros(len(one)) for one in spans]
        for part in self._parts(documents):
            chosen = [
                (row, *one) for row, place in enumerate(part.places) for one in asked.get(place[:2], ())
            ]
            places = [(row, *span) for row, _, span in chosen]
            if places:
                for (row, number, _), value in zip(
                    chosen, part.probabilities(self.decoder, places).tolist(), strict=True
                ):
                    found[part.places[row].document][number] = value
            part.close()
        return found

    def candidates(
        self, documents: Sequence[Document], floor: float, temperature: float | None = None
    ) -> list[list[Span]]:
        """Return every entity of at least a probability, whether it would be decoded or not.

        Args:
            documents: tokenised.
            floor: that probability, above 0.
            temperature: in the place of the model's own.

        Returns:
            A list a document; they may overlap.

        Raises:
            ValueError: the model gives no entities.
        """
        entities: list[list[Span]] = [[] for _ in documents]
        for part, found in self._candidates(documents, floor, temperature):
            index, span = part.in_text(documents, found)
            entities[index].append(span)
        return entities

    def tag_with_candidates(
        self, documents: Sequence[Document], floor: float
    ) -> tuple[list[Document], list[list[Span]]]:
        """Do `tag` and `candidates` in one run of the network.

        A sentence that the model cannot see at once is held whole meanwhile.

        Raises:
            ValueError: the model gives no entities.
        """
        if self.decoder is None:
            raise ValueError("the model gives no entities")
        decoder = self.decoder
        candidates: list[list[Span]] = [[] for _ in documents]

        def look(part: Part) -> None:
            for found in part.candidates(decoder, floor):
                index, span = part.in_text(documents, found)
                candidates[index].append(span)

        return self._tag(documents, look, held=True), candidates

    def likely_spans(
        self, documents: Sequence[Document], floor: float
    ) -> list[list[tuple[int, int, str, float]]]:
        """Return the same as tokens of each document: (first, after the last, label, probability)."""
        spans: list[list[tuple[int, int, str, float]]] = [[] for _ in documents]
        for part, (row, start, end, label, score) in self._candidates(documents, floor):
            index, base, _ = part.places[row]
            spans[index].append((base + start, base + end, label, score or 0.0))
        return spans

    def _candidates(
        self, documents: Sequence[Document], floor: float, temperature: float | None = None
    ) -> Iterator[tuple[Part, Found]]:
        if self.decoder is None:
            raise ValueError("the model gives no entities")
        decoder = self.decoder if temperature is None else self.decoder.with_temperature(temperature)
        for part in self._parts(documents):
            for found in part.candidates(decoder, floor):
                yield part, found
            part.close()

    def scores_at(
        self, documents: Sequence[Document], temperatures: Sequence[float]
    ) -> tuple[list[Document], npt.NDArray[np.float64]]:
        """Tag, and return the scores of all entities at other temperatures, too.

        Args:
            documents: tokenised.
            temperatures: N of them.

        Returns:
            The documents with all entities, whatever `min_score` is, and a row a temperature of their scores,
            in the documents' order. [N, E]

        Raises:
            ValueError: the model gives no entities.
        """
        if self.decoder is None:
            raise ValueError("the model gives no entities")
        decoders = [self.decoder.with_temperature(temperature) for temperature in temperatures]
        entities: list[list[Span]] = [[] for _ in documents]
        scores: dict[tuple[int, tuple[int, int, str]], npt.NDArray[np.float64]] = {}  # [N] an entity
        for part in self._parts(documents):
            part = replace(part, windows=list(part.windows))
            found = list(part.decode(self.decoder))
            places = [(one.row, one.start, one.end, one.label) for one in found]
            columns = [part.probabilities(decoder, places) for decoder in decoders] if places else []
            for number, one in enumerate(found):
                index, span = part.in_text(documents, one)
                entities[index].append(span)
                scores[index, span.key] = np.array([column[number] for column in columns])
        tagged = [document.with_entities(spans) for document, spans in zip(documents, entities, strict=True)]
        ordered = [
            scores[index, span.key] for index, document in enumerate(tagged) for span in document.entities
        ]
        return tagged, np.array(ordered).reshape(-1, len(temperatures)).T

    def segments(self, documents: Sequence[Document]) -> list[Floats]:
        """Return how probable each part of each token in entities is: an array [T, 1 + 4L] a document.

        Args:
            documents: tokenised.

        Returns:
            See `onoma.decode.segments`; the labels are in the order of the decoder's tags.

        Raises:
            ValueError: the model gives no tags.
        """
        decoder = self.decoder
        if not isinstance(decoder, TagDecoder):
            raise ValueError("the model gives no tags")
        width = 1 + 4 * len(decoder.labels)
        found = [np.zeros((len(document.tokens), width), np.float32) for document in documents]
        for part in self._parts(documents):
            if part.emissions is not None:
                marginals = decoder.segments(part.emissions, part.lengths)
            else:
                marginals = decoder.window_segments(part.windows, int(part.lengths[0]))
            for row, (index, first, end) in enumerate(part.places):
                found[index][first:end] = marginals[row, : end - first]
            part.close()
        return found

    def sentences(self, documents: Sequence[Document]) -> Sentences:
        """Return the sentences of tokenised documents as the network reads them, with their context."""
        places = list(chain.from_iterable(group_sentences(documents)))
        return Sentences.of(documents, places, self.features, self.window - self.features.overhead)

    def _run(
        self,
        documents: Sequence[Document],
        decoder: Decoder | None,
        watch: Callable[[Part], None] | None = None,
        *,
        held: bool = False,
    ) -> tuple[list[list[Span]], list[Any]]:
        """Return the entities of each document, and what its words say about its labels.

        Args:
            documents: tokenised.
            decoder: of the entities.
            watch: see `tag`.
            held: keep the windows of a long sentence, since they are gone through twice.
        """
        choice = self._choice
        entities: list[list[Span]] = [[] for _ in documents]
        pools = [one.new_pools(len(documents)) for one in self.of_documents]
        for part in self._parts(documents, pools):
            if held:
                part = replace(part, windows=list(part.windows))
            if watch is not None:
                watch(part)
            for found in choice.of(part, decoder) if decoder else ():
                index, span = part.in_text(documents, found)
                entities[index].append(span)
            part.close()
        return entities, pools

    def _parts(self, documents: Sequence[Document], pools: Sequence[Pools] = ()) -> Iterator[Part]:
        """Run the sentences of documents; votes go to their pools."""
        return Runner(
            self.backend, self.features, self.window, documents, pools, batch_units=self._batch_units
        ).parts()
