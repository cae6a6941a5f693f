"""The proof: an exported model gives the results of the one it was made from.

It takes a bounded time. Of a model that is fast enough all is compared that there is, on any machine, and of
a slow one as much as the processor time allows, evenly drawn; the proof says how much that was.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.decode.protocol import EMISSIONS, Floats
from onoma.exports.agreement import dev_f1, labels_agreeing
from onoma.exports.graph import Precision
from onoma.runtime.cost import Cost
from onoma.runtime.sentences import Outputs, Sentences
from onoma.runtime.tagger import Tagger
from onoma.text import Document

BATCH_SIZES = (1, 7, 64)
INT8_AGREEMENT = 0.99
"""Share of tags that int8 has to leave as they are."""
INT8_LOSS = 0.01
"""Entity F1 on dev that it may cost."""

JUDGED_SECONDS = 60.0
"""Processor time after which no more sentences are compared; as much for F1, and for document labels."""
LEAST_SENTENCES = 320
"""Compared in any case."""

_MOST_UNITS = 16_384
"""Of a batch, padding included: sentences of a model that reads their documents take some gigabytes else."""

Entities = frozenset[tuple[int, int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An exported model beside its origin, one thread each.

    Args:
        precision: of the exported one.
        source: where the sentences are from, and how many were left out for lack of time.
        num_sentences: compared.
        num_tokens: in them.
        longest: tokens of the longest.
        batch_sizes: in each of which all sentences were compared.
        largest_difference: of any output, within the sentences.
        tags_agreeing: share of tokens whose entities are the same in every batch size.
        real_tags_agreeing: the same of sentences that somebody wrote; None where all were made.
        sentences_batch_dependent: whose entities differ between batch sizes.
        documents_agreeing: share of documents whose labels are the same; None for a model that gives none.
        real_labels_agreeing: share of document labels that both give, of all that either does, in documents
            that somebody wrote; None where all were made, or for a model that gives none.
        dev_f1: entity F1 on the run's dev data of origin and exported model; None without that data.
        dev_documents: how many documents that F1 is of, and how many the dev data has; None without it.
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
    real_labels_agreeing: float | None
    dev_f1: tuple[float, float] | None
    dev_documents: tuple[int, int] | None
    size_bytes: tuple[int, int]
    origin: Cost | None = None
    exported: Cost | None = None
    dev_ece: tuple[float, float] | None = None

    def faults(self) -> list[str]:
        """Return why the model is not to be shipped; nothing when it is.

        In fp32 all tags and document labels have to agree. In 8 bits those of real sentences and documents
        count, where there are some: of words in a row at random a model is unsure, and near ties fall one way
        or the other.
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
        if exact or self.real_labels_agreeing is None:
            if self.documents_agreeing is not None and self.documents_agreeing < needed:
                faults.append(f"the labels of {self.documents_agreeing:.4%} of the documents agree")
        elif self.real_labels_agreeing < needed:
            faults.append(f"{self.real_labels_agreeing:.4%} of the document labels agree")
        if self.dev_f1 is not None and self.dev_f1[1] < self.dev_f1[0] - INT8_LOSS:
            faults.append(f"dev F1 falls from {self.dev_f1[0]:.4f} to {self.dev_f1[1]:.4f}")
        return faults

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values."""
        return asdict(self)


@dataclass(slots=True)
class _Tally:
    """What comparing sentences has found so far; pairs are of all, and of those that somebody wrote."""

    sentences: list[int]
    tokens: list[int]
    wrong: list[int]
    longest: int = 0
    largest_difference: float = 0.0
    batch_dependent: int = 0

    def agreeing(self, kind: int) -> float | None:
        """Share of tokens whose entities are the same; None where there are none."""
        return 1 - self.wrong[kind] / self.tokens[kind] if self.tokens[kind] else None


class Both(NamedTuple):
    """Two models, each with the sentences as it reads them."""

    origin: tuple[Tagger, Sentences]
    exported: tuple[Tagger, Sentences]


_Passage = tuple[int, bool]
"""The place of what is read at once among all, a sentence or several, and whether somebody wrote it."""


def prove(
    origin: Tagger,
    exported: Tagger,
    *,
    real: Sequence[Document],
    made: Sequence[Document],
    dev: Sequence[Document] | None,
    precision: Precision,
    size_bytes: tuple[int, int],
    seconds: float = JUDGED_SECONDS,
) -> Proof:
    """Compare two models.

    Args:
        origin: the model that was exported.
        exported: what came out.
        real: tokenised documents to compare on, if there are any.
        made: more of them, of words in a row at random; at least a sentence in all.
        dev: labelled documents for F1, if there are any.
        precision: of the exported model.
        size_bytes: of both models' weights.
        seconds: of processor time, see `JUDGED_SECONDS`.
    """
    documents = [*real, *made]
    both = Both(*((tagger, tagger.sentences(documents)) for tagger in (origin, exported)))
    tally = _compare_sentences(both, _mixed(*_passages(both, len(real))), seconds)
    agreeing = tally.agreeing(0)
    assert agreeing is not None, "there are made sentences in any case"
    labels = labels_agreeing(origin, exported, documents, seconds)
    real_labels = labels_agreeing(origin, exported, real, seconds)
    f1, num_documents = dev_f1(origin, exported, dev or (), seconds)
    return Proof(
        precision=precision,
        source=_source(tally, len(both.origin[1].places)),
        num_sentences=tally.sentences[0],
        num_tokens=tally.tokens[0],
        longest=tally.longest,
        batch_sizes=BATCH_SIZES,
        largest_difference=tally.largest_difference,
        tags_agreeing=agreeing,
        real_tags_agreeing=tally.agreeing(1),
        sentences_batch_dependent=tally.batch_dependent,
        documents_agreeing=labels[0] if labels else None,
        real_labels_agreeing=real_labels[1] if real_labels else None,
        dev_f1=f1,
        dev_documents=(num_documents, len(dev)) if f1 is not None and dev is not None else None,
        size_bytes=size_bytes,
    )


def _passages(both: Both, num_real: int) -> tuple[list[_Passage], list[_Passage]]:
    """Return the passages of the first documents, which somebody wrote, and those of the others.

    What is read in windows is left out: these are sentences like others.
    """
    tagger, sentences = both.origin
    fits = (sentences.units() <= tagger.window - tagger.features.overhead).tolist()
    numbers = range(len(sentences.places)) if sentences.edges is None else sentences.edges[:-1].tolist()
    owners = [sentences.places[first].document for first in numbers]
    kinds = [(place, document < num_real) for place, document in enumerate(owners) if fits[place]]
    return [one for one in kinds if one[1]], [one for one in kinds if not one[1]]


def _mixed(*kinds: Sequence[_Passage]) -> list[_Passage]:
    """All passages, so that any first ones are of all kinds as the whole is, and from all places."""
    places = [
        ((rank + 0.5) / len(kind), one)
        for kind in kinds
        for one, rank in zip(kind, random.Random(0).sample(range(len(kind)), len(kind)), strict=True)
    ]
    return [one for _, one in sorted(places, key=lambda pair: pair[0])]


def _source(tally: _Tally, num_given: int) -> str:
    count, real = tally.sentences
    left = num_given - count
    cut = f"; {left} more left out, since this model is slow" if left else ""
    return f"{real} sentences of the run's dev data, {count - real} made of the vocabulary{cut}"


def _compare_sentences(both: Both, passages: Sequence[_Passage], seconds: float) -> _Tally:
    """Compare block after block, each in all batch sizes, until the time is up.

    The origin is asked once, as tagging asks it: it is what the exported model is to say in any batch.
    """
    tally = _Tally([0, 0], [0, 0], [0, 0])
    started = time.process_time()
    size = max(BATCH_SIZES)
    for first in range(0, len(passages), size):
        if tally.sentences[0] >= LEAST_SENTENCES and time.process_time() - started > seconds:
            break
        block = passages[first : first + size]
        places = [place for place, _ in block]
        theirs = _answers(both.origin, places, size)
        runs = [_answers(both.exported, places, batch_size) for batch_size in BATCH_SIZES]
        real_of = [real for place, real in block for _ in both.origin[1].of_passages([place])]
        for wanted, real, *found in zip(theirs, real_of, *runs, strict=True):
            wrong = {
                token
                for one in found
                for start, end, _ in wanted.entities ^ one.entities
                for token in range(start, end)
            }
            num_tokens = wanted.num_tokens
            tally.longest = max(tally.longest, num_tokens)
            tally.largest_difference = max(tally.largest_difference, *(wanted.far_from(one) for one in found))
            tally.batch_dependent += len({one.entities for one in found}) > 1
            for kind in (0, 1) if real else (0,):
                tally.sentences[kind] += 1
                tally.tokens[kind] += num_tokens
                tally.wrong[kind] += len(wrong)
    return tally


class _Answer(NamedTuple):
    """What a model says of a sentence of T words: its entities, and its outputs [T, ...] by name."""

    num_tokens: int
    entities: Entities
    outputs: dict[str, Floats]

    def far_from(self, other: _Answer) -> float:
        """The largest difference of any output; of spans [T, W, C] those that end in the sentence."""
        return max(_difference(values, other.outputs[name]) for name, values in self.outputs.items())


def _answers(model: tuple[Tagger, Sentences], places: Sequence[int], batch_size: int) -> list[_Answer]:
    """Return what a model says of the sentences of some passages, in batches of this size.

    The largest batches are of similar lengths, as those of tagging are; smaller ones are mixed as they come,
    so that short sentences stand beside long ones, too.
    """
    tagger, sentences = model
    units = sentences.units()
    order = list(range(len(places)))
    if batch_size == max(BATCH_SIZES):
        order.sort(key=lambda index: int(units[places[index]]))
    found: dict[int, _Answer] = {}
    for part in _batches([places[index] for index in order], units, batch_size):
        batch = sentences.batch(part)
        read = tagger.backend.outputs(batch)
        for own, outputs, lengths in sentences.apart(part, batch, read):
            for row, (sentence, entities) in enumerate(
                zip(own, _entities(tagger, outputs, lengths), strict=True)
            ):
                said = {name: values[row, : lengths[row]].copy() for name, values in outputs.items()}
                found[sentence] = _Answer(int(lengths[row]), entities, said)
    return [found[sentence] for place in places for sentence in sentences.of_passages([place])]


def _batches(places: Sequence[int], units: npt.NDArray[np.int64], batch_size: int) -> Iterator[Sequence[int]]:
    """Yield batches of so many passages; fewer where these were more than `_MOST_UNITS` with padding."""
    first = longest = 0
    for end, place in enumerate(places):
        longest = max(longest, int(units[place]))
        size = end - first
        if size and (size == batch_size or longest * (size + 1) > _MOST_UNITS):
            yield places[first:end]
            first, longest = end, int(units[place])
    yield places[first:]


def _difference(left: Floats, right: Floats) -> float:
    """The largest difference of outputs [T, ...]; of spans [T, W, C] those that end in the sentence."""
    width = min(left.shape[1], right.shape[1]) if left.ndim == 3 else 0
    gap = np.abs(left[:, :width] - right[:, :width]) if width else np.abs(left - right)
    if width:
        starts, widths = np.arange(gap.shape[0])[:, None], np.arange(width)
        gap = gap[starts + widths < gap.shape[0]]
    return float(gap.max(initial=0.0))


def _entities(tagger: Tagger, outputs: Outputs, lengths: npt.NDArray[np.integer]) -> list[Entities]:
    found: list[set[tuple[int, int, str]]] = [set() for _ in lengths]
    if tagger.decoder is not None:
        for entity in tagger.decoder.decode(outputs[EMISSIONS], lengths):
            found[entity.row].add((entity.start, entity.end, entity.label))
    return [frozenset(one) for one in found]
