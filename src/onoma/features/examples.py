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

from onoma.features.context import Spread, spread
from onoma.features.growing import GrowingRagged, RaggedAround
from onoma.features.labelling import Labelling
from onoma.features.protocol import Features
from onoma.features.windows import DEFAULT_WINDOW
from onoma.features.word_types import Around, Batch, Rows
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
        around: what is read around each; None where nothing is.
        targets: each example's gold, as the labelling encodes it.
        owners: the document of each example. [N]
        lengths: tokens of each example. [N]
        sizes: units of each that the encoder reads, words or pieces, with what is around. [N]
        labelling: pads and counts targets.
        ledger: what became of the gold entities on the way to targets.
    """

    rows: Sequence[Rows]
    targets: Sequence[Ids]
    owners: Ids
    lengths: Ids
    sizes: Ids
    labelling: Labelling
    ledger: Ledger
    around: Sequence[Around] | None = None

    @property
    def num_tokens(self) -> int:
        """Tokens over all examples."""
        return int(self.lengths.sum())

    def take(self, indices: Ids) -> Examples:
        """Some examples by themselves."""
        around = None if self.around is None else [self.around[index] for index in indices]
        return replace(
            self,
            rows=[self.rows[index] for index in indices],
            targets=[self.targets[index] for index in indices],
            owners=self.owners[indices],
            lengths=self.lengths[indices],
            sizes=self.sizes[indices],
            around=around,
        )

    def input_batch(self, features: Features, indices: Ids) -> Batch:
        """Inputs of some examples."""
        around = None if self.around is None else [self.around[index] for index in indices]
        return features.batch([self.rows[index] for index in indices], around)

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
    nothing. What the features read around a sentence is from its document, and fits into the window.

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
    sides = [side.whole() for side in maker.around] if features.context else []
    return Examples(
        rows=rows,
        targets=maker.targets.whole(),
        owners=np.array(maker.owners, dtype=np.int64),
        lengths=rows.lengths,
        sizes=np.array(maker.sizes, dtype=np.int64),
        labelling=labelling,
        ledger=maker.ledger,
        around=RaggedAround(*sides) if sides else None,
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
        self.around = [GrowingRagged(np.int32, folder) for _ in Around._fields]
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
            self._read_around(document)
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

    def _read_around(self, document: Document) -> None:
        """Give the examples of the document what is read around them."""
        rows = self._features.rows(document.words)
        sizes = self._features.sizes(rows)  # [N]
        own = Spread(*np.array(self._places, dtype=np.int64).T)
        whole = Spread(np.zeros_like(own.starts), np.full_like(own.ends, len(rows)))
        reach = spread(sizes, own, whole, self._features.context, self._room)
        first = len(self.rows) - len(self._places)
        for index, (start, end) in enumerate(self._places):
            around = reach.around(rows, index, start, end)
            for side, read in zip(self.around, around, strict=True):
                side.append(read)
            self.sizes[first + index] += sum(int(self._features.sizes(side).sum()) for side in around)


def _spans_of_parts(parts: list[tuple[int, int]], spans: list[AlignedSpan]) -> list[list[TokenSpan]]:
    """For each part its spans, counted from its first token; a cut one is in several."""
    starts = [start for start, _ in parts]
    inside: list[list[TokenSpan]] = [[] for _ in parts]
    for span in spans:
        for index in range(bisect_right(starts, span.first) - 1, bisect_left(starts, span.end)):
            start, end = parts[index]
            inside[index].append((max(span.first, start) - start, min(span.end, end) - start, span.label))
    return inside
