"""The proof: an exported model gives the results of the one it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from onoma.decode.protocol import EMISSIONS, Floats
from onoma.exports.graph import Precision
from onoma.features.word_types import Rows
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.runtime.cost import Cost
from onoma.runtime.tagger import Outputs, Tagger
from onoma.text import Document

BATCH_SIZES = (1, 7, 64)
INT8_AGREEMENT = 0.99
"""Share of tags that int8 has to leave as they are."""
INT8_LOSS = 0.01
"""Entity F1 on dev that it may cost."""

Entities = frozenset[tuple[int, int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
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
        real_tags_agreeing: the same of sentences that somebody wrote; None where all were made.
        sentences_batch_dependent: whose entities differ between batch sizes.
        documents_agreeing: share of documents whose labels are the same; None for a model that gives none.
        dev_f1: entity F1 on the run's dev data of origin and exported model; None without that data.
        size_bytes: of the weights: of the origin and of the exported model.
        origin: what the model that was exported costs; None where the comparison was not passed.
        exported: what the exported one costs.
        dev_ece: calibration error on dev of the exported model, by the origin's temperature and by its own;
            None where that was not fitted anew: in fp32, and without that data.
    """

    precision: Precision
    source: str
    num_sentences: int
    num_tokens: int
    longest: int
    batch_sizes: tuple[int, ...]
    largest_difference: float
    tags_agreeing: float
    real_tags_agreeing: float | None
    sentences_batch_dependent: int
    documents_agreeing: float | None
    dev_f1: tuple[float, float] | None
    size_bytes: tuple[int, int]
    origin: Cost | None = None
    exported: Cost | None = None
    dev_ece: tuple[float, float] | None = None

    def faults(self) -> list[str]:
        """Return why the model is not to be shipped; nothing when it is.

        In fp32 all tags have to agree. In 8 bits those of real sentences count, where there are some: of
        words in a row at random a model is unsure, and near ties fall one way or the other.
        """
        exact = self.precision == "fp32"
        needed = 1.0 if exact else INT8_AGREEMENT
        of_real = None if exact else self.real_tags_agreeing
        agreeing = self.tags_agreeing if of_real is None else of_real
        faults = []
        if agreeing < needed:
            faults.append(f"{agreeing:.4%} of the tags agree, {needed:.0%} are needed")
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
    *,
    real: Sequence[Document],
    made: Sequence[Document],
    dev: Sequence[Document] | None,
    precision: Precision,
    source: str,
    size_bytes: tuple[int, int],
) -> Proof:
    """Compare two models.

    Args:
        origin: the model that was exported.
        exported: what came out.
        real: tokenised documents to compare on, if there are any.
        made: more of them, of words in a row at random; at least a sentence in all.
        dev: labelled documents for F1, if there are any.
        precision: of the exported model.
        source: where the documents are from, for the reader.
        size_bytes: of both models' weights.
    """
    parts = [
        [doc.words[first:end] for doc in documents for first, end in doc.sentences if end > first]
        for documents in (real, made)
    ]
    sentences = [*parts[0], *parts[1]]
    runs = [_compare(origin, exported, sentences, size) for size in BATCH_SIZES]
    wrong = [set[int]() for _ in sentences]
    for theirs, ours, _ in runs:
        for places, left, right in zip(wrong, theirs, ours, strict=True):
            for start, end, _ in left ^ right:
                places.update(range(start, end))
    num_tokens, num_real = sum(map(len, sentences)), sum(map(len, parts[0]))
    num_wrong = list(map(len, wrong))
    return Proof(
        precision=precision,
        source=source,
        num_sentences=len(sentences),
        num_tokens=num_tokens,
        longest=max(map(len, sentences)),
        batch_sizes=BATCH_SIZES,
        largest_difference=max(difference for _, _, difference in runs),
        tags_agreeing=1 - sum(num_wrong) / num_tokens,
        real_tags_agreeing=1 - sum(num_wrong[: len(parts[0])]) / num_real if num_real else None,
        sentences_batch_dependent=sum(len({run[1][i] for run in runs}) > 1 for i in range(len(sentences))),
        documents_agreeing=_labels_agreeing(origin, exported, [*real, *made]),
        dev_f1=None
        if dev is None or not origin.decoder
        else (_entity_f1(origin, dev), _entity_f1(exported, dev)),
        size_bytes=size_bytes,
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
