"""The proof: an exported model gives the results of the one it was made from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from onoma.decode.protocol import EMISSIONS, Floats
from onoma.export.graph import Precision
from onoma.features.words import Rows
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.runtime.tagger import Outputs, Tagger
from onoma.text import Document, document_from_sentences

BATCH_SIZES = (1, 7, 64)
INT8_AGREEMENT = 0.99
"""Share of tags that int8 has to leave as they are."""
INT8_LOSS = 0.01
"""Entity F1 on dev that it may cost."""

_TIMED_SENTENCES = 300

Entities = frozenset[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Speed:
    """Args:
    latency_p50_ms: median time for one sentence, from words to entities with their probabilities.
    tokens_per_second: in bulk.
    """

    latency_p50_ms: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Proof:
    """An exported model beside its origin, one thread each.

    Args:
        precision: of the exported one.
        source: where the sentences are from.
        num_sentences: compared.
        num_tokens: in them.
        longest: tokens of the longest.
        batch_sizes: in each of which all sentences were compared.
        largest_difference: of any output, within the sentences.
        tags_agreeing: share of tokens whose entities are the same in every batch size.
        sentences_batch_dependent: whose entities differ between batch sizes.
        documents_agreeing: share of documents whose labels are the same; None for a model that gives none.
        dev_f1: entity F1 on the run's dev data of origin and exported model; None without that data.
        size_bytes: of the weights: of the origin and of the exported model.
        origin: speed of the model that was exported.
        exported: speed of the exported one.
    """

    precision: Precision
    source: str
    num_sentences: int
    num_tokens: int
    longest: int
    batch_sizes: tuple[int, ...]
    largest_difference: float
    tags_agreeing: float
    sentences_batch_dependent: int
    documents_agreeing: float | None
    dev_f1: tuple[float, float] | None
    size_bytes: tuple[int, int]
    origin: Speed
    exported: Speed

    def faults(self) -> list[str]:
        """Return why the model is not to be shipped; nothing when it is."""
        needed = 1.0 if self.precision == "fp32" else INT8_AGREEMENT
        faults = []
        if self.tags_agreeing < needed:
            faults.append(f"{self.tags_agreeing:.4%} of the tags agree, {needed:.0%} are needed")
        if self.sentences_batch_dependent:
            faults.append(f"{self.sentences_batch_dependent} sentences depend on their batch")
        if self.documents_agreeing is not None and self.documents_agreeing < needed:
            faults.append(f"the labels of {self.documents_agreeing:.4%} of the documents agree")
        if self.dev_f1 is not None and self.dev_f1[1] < self.dev_f1[0] - INT8_LOSS:
            faults.append(f"dev F1 falls from {self.dev_f1[0]:.4f} to {self.dev_f1[1]:.4f}")
        return faults

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values."""
        return asdict(self)


def prove(
    origin: Tagger,
    exported: Tagger,
    documents: Sequence[Document],
    dev: Sequence[Document] | None,
    precision: Precision,
    source: str,
    size_bytes: tuple[int, int],
) -> Proof:
    """Compare two models.

    Args:
        origin: the model that was exported.
        exported: what came out.
        documents: tokenised, at least a sentence; to compare on.
        dev: labelled documents for F1, if there are any.
        precision: of the exported model.
        source: where the documents are from, for the reader.
        size_bytes: of both models' weights.
    """
    sentences = [doc.words[first:end] for doc in documents for first, end in doc.sentences if end > first]
    runs = [_compare(origin, exported, sentences, size) for size in BATCH_SIZES]
    wrong = [set[int]() for _ in sentences]
    for theirs, ours, _ in runs:
        for places, left, right in zip(wrong, theirs, ours, strict=True):
            for start, end, _ in left ^ right:
                places.update(range(start, end))
    num_tokens = sum(map(len, sentences))
    return Proof(
        precision,
        source,
        len(sentences),
        num_tokens,
        max(map(len, sentences)),
        BATCH_SIZES,
        max(difference for _, _, difference in runs),
        1 - sum(map(len, wrong)) / num_tokens,
        sum(len({run[1][i] for run in runs}) > 1 for i in range(len(sentences))),
        _labels_agreeing(origin, exported, documents),
        None if dev is None or not origin.decoder else (_entity_f1(origin, dev), _entity_f1(exported, dev)),
        size_bytes,
        measure_speed(origin, sentences),
        measure_speed(exported, sentences),
    )


def _compare(
    origin: Tagger, exported: Tagger, sentences: Sequence[Sequence[str]], batch_size: int
) -> tuple[list[Entities], list[Entities], float]:
    """Return each sentence's entities by both models, and the largest difference of their outputs."""
    theirs: list[Entities] = []
    ours: list[Entities] = []
    largest = 0.0
    for first in range(0, len(sentences), batch_size):
        part = sentences[first : first + batch_size]
        outputs = []
        for tagger, found in ((origin, theirs), (exported, ours)):
            rows: list[Rows] = [tagger.features.rows(words) for words in part]
            batch = tagger.features.batch(rows)
            outputs.append(tagger.backend.outputs(batch))
            found.extend(_entities(tagger, outputs[-1], batch["lengths"]))
        for name, values in outputs[0].items():
            for row, words in enumerate(part):
                left, right = values[row, : len(words)], outputs[1][name][row, : len(words)]
                largest = max(largest, _difference(left, right, spans=values.ndim == 4))
    return theirs, ours, largest


def _difference(left: Floats, right: Floats, *, spans: bool) -> float:
    """The largest difference of outputs [T, ...]; of spans [T, W, C] those that end in the sentence."""
    gap = np.abs(left - right)
    if spans:
        starts, widths = np.arange(gap.shape[0])[:, None], np.arange(gap.shape[1])
        gap = gap[starts + widths < gap.shape[0]]
    return float(gap.max(initial=0.0))


def _entities(tagger: Tagger, outputs: Outputs, lengths: npt.NDArray[np.integer]) -> list[Entities]:
    found: list[set[tuple[int, int, str]]] = [set() for _ in lengths]
    if tagger.decoder is not None:
        for entity in tagger.decoder.decode(outputs[EMISSIONS], lengths):
            found[entity.row].add((entity.start, entity.end, entity.label))
    return [frozenset(one) for one in found]


def _labels_agreeing(origin: Tagger, exported: Tagger, documents: Sequence[Document]) -> float | None:
    if origin.documents is None:
        return None
    pairs = zip(origin.tag(documents), exported.tag(documents), strict=True)
    return float(np.mean([left.labels == right.labels for left, right in pairs]))


def _entity_f1(tagger: Tagger, gold: Sequence[Document]) -> float:
    predicted = tagger.tag(gold)
    return entity_scores(match_exact(spans_from_documents(gold), spans_from_documents(predicted))).micro.f1


def measure_speed(tagger: Tagger, sentences: Sequence[Sequence[str]]) -> Speed:
    """Time single sentences after a round to warm up, and then all of them in bulk."""
    documents = [document_from_sentences("", [list(words)], []) for words in sentences]
    milliseconds = []
    for round_number in range(2):
        for document in documents[:_TIMED_SENTENCES]:
            started = time.perf_counter()
            tagger(document)
            if round_number:
                milliseconds.append(1000 * (time.perf_counter() - started))
    started = time.perf_counter()
    tagger.tag(documents)
    seconds = time.perf_counter() - started
    return Speed(float(np.median(milliseconds)), sum(map(len, sentences)) / max(seconds, 1e-9))
