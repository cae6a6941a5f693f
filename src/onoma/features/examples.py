"""Documents to training examples: token rows and targets, with every gold entity accounted for."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from onoma.features.context import Around, Spread, find_passages
from onoma.features.growing import GrowingRagged, RaggedAround
from onoma.features.labelling import Labelling
from onoma.features.passages import Cuts, Passages, cut_sentences, members
from onoma.features.protocol import Features
from onoma.features.windows import DEFAULT_WINDOW
from onoma.features.word_types import Batch, Rows
from onoma.tags import TokenSpan
from onoma.text import Document, Ledger
from onoma.tokenize import AlignedSpan, Alignment, align_spans, sentence_spans

Ids = npt.NDArray[np.int64]

CUT = "cut by a window"
"""The fate of an entity that is longer than the model can see: its parts are taught apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Sentences, or parts of very long ones, ready for training.

    Args:
        rows: each example's rows in the feature cache, [T] each.
        targets: each example's gold, as the labelling encodes it.
        owners: the document of each example. [N]
        lengths: tokens of each example. [N]
        sizes: units that the encoder reads for each, words or pieces: those of its passage. [N]
        labelling: pads and counts targets.
        ledger: what became of the gold entities on the way to targets.
        passages: which are read together, and with what around them; None where each is read alone.
    """

    rows: Sequence[Rows]
    targets: Sequence[Ids]
    owners: Ids
    lengths: Ids
    sizes: Ids
    labelling: Labelling
    ledger: Ledger
    passages: Passages | None = None

    @property
    def num_tokens(self) -> int:
        """Tokens over all examples."""
        return int(self.lengths.sum())

    @property
    def edges(self) -> Ids:
        """The first example of each passage, and the number of all. [G + 1]"""
        return np.arange(len(self.lengths) + 1) if self.passages is None else self.passages.edges

    def take(self, indices: Ids) -> Examples:
        """Some examples by themselves.

        Raises:
            ValueError: one comes without others of its passage.
        """
        return replace(
            self,
            rows=[self.rows[index] for index in indices],
            targets=[self.targets[index] for index in indices],
            owners=self.owners[indices],
            lengths=self.lengths[indices],
            sizes=self.sizes[indices],
            passages=None if self.passages is None else self.passages.take(indices),
        )

    def input_batch(self, features: Features, indices: Ids) -> tuple[Batch, Cuts | None]:
        """Inputs of some examples, and where these lie in them; None where every input is an example."""
        passages = self.passages
        if passages is None:
            return features.batch([self.rows[index] for index in indices]), None
        read, inputs = np.unique(passages.owners(indices), return_inverse=True)  # [G], [B]
        around = [passages.around[one] for one in read.tolist()]
        rows = [
            np.concatenate([before, *self.rows[slice(*passages.edges[one : one + 2])], after])
            for one, (before, after) in zip(read, around, strict=True)
        ]
        batch = features.batch(rows)
        inside = members(passages.edges, read)  # [M], ascending
        before = np.cumsum(self.lengths[inside]) - self.lengths[inside]
        firsts = before[np.searchsorted(inside, passages.edges[read])]  # [G]
        firsts -= np.array([len(one.before) for one in around], dtype=np.int64)
        starts = before[np.searchsorted(inside, indices)] - firsts[inputs]  # [B]
        return batch, cut_sentences(inputs, starts, self.lengths[indices], batch["words"].shape)

    def target_batch(self, indices: Ids) -> Ids:
        """Gold of some examples in one array."""
        return self.labelling.pad([self.targets[index] for index in indices], self.lengths[indices])


def prepare_examples(
    documents: Sequence[Document],
    features: Features,
    labelling: Labelling,
    *,
    on_misaligned: Literal["error", "expand", "shrink", "drop"] = "expand",
    window: int = 0,
    folder: Path | None = None,
) -> Examples:
    """Turn tokenised documents into examples.

    An entity whose label the labelling does not know (it occurs in dev or test only) is counted as
    unreachable. A sentence of more than ``window`` units is cut into several examples, between entities where
    it can be; of an entity that is longer by itself the parts are taught, and it counts as adjusted. 0 cuts
    nothing. What is read together, and around it, is of one document, and fits into the window.

    Args:
        documents: tokenised; gone through once.
        features: know their words.
        labelling: makes targets.
        on_misaligned: what becomes of entities that do not end at token edges.
        window: units of the longest example.
        folder: on whose disk rows and targets go, to be mapped; without one they are in memory.

    Raises:
        ValueError: the window has no room for anything.
        OutputError: the disk is full.
    """
    if window and window <= features.overhead:
        raise ValueError(f"a window of {window} units has no room for a word")
    maker = _Maker(features, labelling, window, folder)
    for index, document in enumerate(documents):
        maker.add(index, document, align_spans(document.tokens, document.entities, on_misaligned))
    rows = maker.rows.whole()
    return Examples(
        rows=rows,
        targets=maker.targets.whole(),
        owners=np.array(maker.owners, dtype=np.int64),
        lengths=rows.lengths,
        sizes=np.array(maker.sizes, dtype=np.int64),
        labelling=labelling,
        ledger=maker.ledger,
        passages=maker.passages() if features.context else None,
    )


def cut_sentence(sizes: Ids, spans: Sequence[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """Cut a sentence into token ranges of at most ``limit`` units, each as long as it can be.

    No cut is inside a span, but in one that is larger than the limit; a token that is larger has a range of
    its own.

    Args:
        sizes: units of each token. [T]
        spans: (first token, end token) that should stay whole; they may overlap.
        limit: at least 1.
    """
    before = np.concatenate([[0], np.cumsum(sizes)])  # [T+1]
    places = np.arange(len(before))  # [T+1]
    for start, end in spans:
        places[start + 1 : end] = 0
    places = np.maximum.accumulate(places)  # [T+1], the last place up to here where a cut may be
    edges = [0]
    while edges[-1] < len(sizes):
        start = edges[-1]
        furthest = int(np.searchsorted(before, before[start] + limit, side="right")) - 1
        between = int(places[furthest])
        edges.append(between if between > start else max(furthest, start + 1))
    return list(pairwise(edges))


class _Maker:
    """Collects examples document by document."""

    def __init__(
        self, features: Features, labelling: Labelling, window: int, folder: Path | None = None
    ) -> None:
        self._features = features
        self._labelling = labelling
        self._known = set(labelling.labels)
        self._limit = window - features.overhead if window else 0
        self._room = self._limit or DEFAULT_WINDOW - features.overhead
        self._places: list[tuple[int, int]] = []  # of the present document's examples, in its words
        self._around = [GrowingRagged(np.int32, folder) for _ in Around._fields]
        self._edges = array("q", [0])  # of passages, in examples
        self.rows = GrowingRagged(np.int32, folder)
        self.targets = GrowingRagged(np.int32, folder)
        self.owners = array("q")
        self.sizes = array("q")
        self.ledger = Ledger()

    def add(self, owner: int, document: Document, alignment: Alignment) -> None:
        """Make the examples of a document, and account for its entities."""
        grouped = sentence_spans(document, alignment)
        fates: Counter[str] = Counter()
        flattened: Counter[str] = Counter()
        unreachable = Counter(grouped.unreachable)
        self._places.clear()
        for (first, end), spans in zip(document.sentences, grouped.sentences, strict=True):
            if end == first:
                continue
            known = [span for span in spans if span.label in self._known]
            unreachable["label not in train"] += len(spans) - len(known)
            choice = self._labelling.choose([span[:3] for span in known])
            flattened += choice.flattened
            unreachable += choice.unreachable
            words = [token.text for token in document.tokens[first:end]]
            taught = [known[index] for index in choice.taught]
            fates.update(self._add_sentence((owner, first), words, taught))
        if self._features.context and self._places:
            self._find_passages(document)
        self.ledger += Ledger(
            read=len(document.entities),
            kept=fates.pop("kept", 0),
            adjusted=fates,
            dropped=alignment.dropped,
            flattened=+flattened,
            unreachable=+unreachable,
        )

    def _add_sentence(self, place: tuple[int, int], words: list[str], taught: list[AlignedSpan]) -> list[str]:
        """Return the fate of each span; the place is that of the sentence's document, and its first word."""
        owner, base = place
        rows = self._features.rows(words)
        sizes = self._features.sizes(rows)  # [T]
        parts = [(0, len(rows))]
        if self._limit and int(sizes.sum()) > self._limit:
            parts = cut_sentence(sizes, [span[:2] for span in taught], self._limit)
        for (start, end), inside in zip(parts, _spans_of_parts(parts, taught), strict=True):
            self.rows.append(rows[start:end])
            self.targets.append(self._labelling.encode(inside, end - start))
            self.owners.append(owner)
            self._places.append((base + start, base + end))
            self.sizes.append(int(sizes[start:end].sum()) + self._features.overhead)
        cuts = [start for start, _ in parts[1:]]
        return [
            span.fate if bisect_right(cuts, span.first) == bisect_left(cuts, span.end) else CUT
            for span in taught
        ]

    def passages(self) -> Passages:
        """Return which examples are read together."""
        edges = np.frombuffer(self._edges, dtype=np.int64)
        return Passages(edges, RaggedAround(*(side.whole() for side in self._around)))

    def _find_passages(self, document: Document) -> None:
        """Put the examples of the document together, with what is read around them."""
        features = self._features
        rows = features.rows(document.words)
        sizes = features.sizes(rows)  # [N]
        own = Spread(*np.array(self._places, dtype=np.int64).T)
        whole = Spread(np.zeros_like(own.starts), np.full_like(own.ends, len(rows)))
        edges, reach = find_passages(sizes, own, whole, features.context, self._room, features.together)
        first = len(self.rows) - len(self._places)
        for index, (start, end) in enumerate(pairwise(edges.tolist())):
            around = reach.around(rows, index, int(own.starts[start]), int(own.ends[end - 1]))
            for side, read in zip(self._around, around, strict=True):
                side.append(read)
            units = int(sizes[reach.starts[index] : reach.ends[index]].sum()) + features.overhead
            for example in range(first + start, first + end):
                self.sizes[example] = units
            self._edges.append(first + end)


def _spans_of_parts(parts: list[tuple[int, int]], spans: list[AlignedSpan]) -> list[list[TokenSpan]]:
    """For each part its spans, counted from its first token; a cut one is in several."""
    starts = [start for start, _ in parts]
    inside: list[list[TokenSpan]] = [[] for _ in parts]
    for span in spans:
        for index in range(bisect_right(starts, span.first) - 1, bisect_left(starts, span.end)):
            start, end = parts[index]
            inside[index].append((max(span.first, start) - start, min(span.end, end) - start, span.label))
    return inside
