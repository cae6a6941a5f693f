"""A third task, as another package would add it: how many words a document has, one number a document.

All that it takes is in this file: options, gold, head and loss, decoder and what it needs, dev score, export.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import BaseModel, Field

from onoma.errors import DataError
from onoma.tasks import Arrays, DocumentTask
from onoma.tasks.options import Weight
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.nn.heads import Head

VOTES, SHIFT = "length_votes", "length.shift"


class LengthOptions(BaseModel):
    """Options of the number of words."""

    length_weight: Weight = Field(1.0, description="of the lengths' loss, where weights are fixed")


@dataclass(frozen=True)
class LengthTask(DocumentTask):
    """The number of words: every word says how much it adds.

    Args:
        options: of the model.
        scale: words of the mean document of train, the unit of the loss.
    """

    name = role = part = "length"
    Options = LengthOptions

    options: Any
    scale: float

    @classmethod
    def learn(cls, options: Any, train: Sequence[Document]) -> Self:
        if not any(document.tokens for document in train):
            raise DataError("train has no words to count")
        return cls(options, float(np.mean([len(document.tokens) for document in train])))

    @classmethod
    def restore(cls, options: Any, settings: Mapping[str, Any]) -> Self:
        return cls(options, float(settings["length"]["scale"]))

    def settings(self) -> dict[str, Any]:
        return {"length": {"scale": self.scale}}

    @property
    def weight(self) -> float:
        return float(self.options.length_weight)

    def head(self, input_dim: int, before: Sequence[Head]) -> Head:
        return _head_class()(input_dim, self.scale)

    def output_widths(self) -> dict[str, int]:
        return {VOTES: 1}

    def array_shapes(self) -> dict[str, tuple[int, ...]]:
        return {SHIFT: (1,)}

    def arrays(self, head: Head) -> Arrays:
        shift: Any = head.shift
        return {SHIFT: shift.detach().float().cpu().numpy().copy()}

    def targets(self, documents: Sequence[Document]) -> np.ndarray:
        return np.array([len(document.tokens) for document in documents], dtype=np.float32)

    def batch(self, targets: np.ndarray, documents: np.ndarray) -> tuple[np.ndarray, ...]:
        return (targets[documents],)

    def choose(self, head: Head, probabilities: np.ndarray, targets: np.ndarray) -> None:
        """Leave no mean error on dev."""
        shift: Any = head.shift
        shift += float((targets - probabilities[:, 0]).mean())

    def decoder(self, arrays: Arrays) -> LengthDecoder:
        return LengthDecoder(float(arrays[SHIFT][0]))

    def dev_score(
        self, gold: Sequence[Document], predicted: Sequence[Document], num_unread: int = 0
    ) -> float | None:
        """One less the mean error, in shares of the right number."""
        errors = [
            abs(length_of(found) - len(one.tokens)) / len(one.tokens)
            for one, found in zip(gold, predicted, strict=True)
            if one.tokens
        ]
        return 1 - min(1.0, float(np.mean(errors))) if errors else None


@dataclass(frozen=True)
class LengthDecoder:
    """Sums, and says the number as a label: ``length=12``."""

    shift: float

    def new_pools(self, num_documents: int) -> LengthPools:
        return LengthPools(num_documents, self.shift)

    def finish(self, documents: Sequence[Document], pools: LengthPools) -> list[Document]:
        numbers = np.rint(pools.probabilities()[:, 0]).astype(int).tolist()
        return [
            replace(one, labels=(*(one.labels or ()), f"length={number}"))
            for one, number in zip(documents, numbers, strict=True)
        ]


class LengthPools:
    """A sum for each document."""

    def __init__(self, num_documents: int, shift: float) -> None:
        self._sums = np.full((num_documents, 1), shift)

    def add(self, document: int, outputs: Mapping[str, np.ndarray]) -> None:
        self._sums[document] += outputs[VOTES].sum(axis=0)

    def probabilities(self) -> np.ndarray:
        return self._sums


def length_of(document: Document) -> int:
    """The number that a tagged document was given."""
    (number,) = (label for label in document.labels or () if label.startswith("length="))
    return int(number.partition("=")[2])


@functools.cache
def _head_class() -> type[Head]:
    """Define the head where it is needed: a list of tasks must not ask for torch."""
    import torch
    from torch import Tensor, nn

    from onoma.nn.heads import Head, Words

    class LengthHead(Head):
        """A linear unit for each word, summed over the document."""

        shift: Tensor

        def __init__(self, input_dim: int, scale: float) -> None:
            super().__init__()
            self.scale = scale
            self.votes = nn.Linear(input_dim, 1)
            self.register_buffer("shift", torch.zeros(1))

        def outputs(self, words: Words, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return {VOTES: self.votes(words.states)}

        def observe(
            self, words: Words, before: Mapping[str, Tensor], targets: tuple[Tensor], index: int
        ) -> tuple[dict[str, Tensor], tuple[Tensor, Tensor]]:
            assert words.owners is not None, "lengths are of whole documents"
            votes = self.votes(words.states[words.mask]).float()
            return {}, (votes[:, 0], words.owners.repeat_interleave(words.lengths))

        def loss(self, observed: Sequence[tuple[Tensor, Tensor]], targets: tuple[Tensor]) -> Tensor:
            votes, owners = (torch.cat(parts) for parts in zip(*observed, strict=True))
            (gold,) = targets
            found = gold.new_zeros(len(gold)).index_add(0, owners, votes) + self.shift
            return nn.functional.mse_loss(found / self.scale, gold / self.scale)

        def count(self, lengths: Sequence[Tensor], targets: tuple[Tensor]) -> float:
            return float(len(targets[0]))

    return LengthHead


def register_export() -> None:
    """Tell `onoma export` how this head looks in a graph."""
    from onoma.exports.heads import export_head
    from onoma.exports.layers import linear

    def export(head: Any, graph: Any, states: str, before: Mapping[str, str]) -> dict[str, str]:
        votes = linear(graph, states, head.votes)
        graph.output(VOTES, votes, ("B", "T", 1))
        return {VOTES: votes}

    export_head.register(_head_class(), export)


TASK = LengthTask
