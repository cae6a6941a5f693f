"""What a task is: everything that depends on *what* a network is to find, and on nothing else.

A network is a body under the heads of its tasks (`onoma.nn.network`). Training, bundles, prediction and
export ask the tasks; none of them knows which there are. No task imports torch before it makes a head.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from onoma.decode.protocol import Decoder, DocumentsDecoder
from onoma.errors import ConfigError
from onoma.features.batches import Indices
from onoma.features.labelling import Labelling
from onoma.features.soft_targets import SoftLabelling
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.nn.heads import Head

Arrays = dict[str, npt.NDArray[Any]]


class Task(ABC):
    """One thing that a network is to find.

    An instance knows the options and what was learned of the labels from train; it is never changed.

    Class attributes:
        name: its id, by which options name it.
        role: its name in a network, in losses and histories; tasks of one role exclude each other.
        part: under which name its head, and the head's weights, stand in a network.
        Options: fields that are about this task alone: a model that can have the task has them.
    """

    name: ClassVar[str]
    role: ClassVar[str]
    part: ClassVar[str]
    Options: ClassVar[type[BaseModel] | None] = None

    @classmethod
    @abstractmethod
    def learn(cls, options: Any, train: Sequence[Document]) -> Self:
        """Return the task for a model that is to be trained.

        Raises:
            DataError: train lacks what it is to learn.
        """

    @classmethod
    def taught_by(cls, options: Any) -> str:
        """Return the form of teachers' answers that it learns from; see `onoma.teachers.form`.

        Raises:
            ConfigError: it learns from gold alone, by these options or ever.
        """
        raise ConfigError(f"no teacher can teach the task {cls.name}: it learns from gold alone")

    @classmethod
    @abstractmethod
    def restore(cls, options: Any, settings: Mapping[str, Any]) -> Self:
        """Return the task of a stored model, from its options and `settings`.

        Raises:
            ValueError: the settings do not hold what the task needs.
        """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Return what a bundle's configuration must hold for `restore`, beside the options."""

    @classmethod
    def names(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        """Return what the head's outputs stand for, in their order; nothing where they have no names.

        Args:
            settings: of a model that has the task, as `restore` takes them.
        """
        return ()

    def settled_options(self) -> dict[str, Any]:
        """Return options that came to a value only in training, for the bundle."""
        return {}

    @property
    def weight(self) -> float:
        """What its loss counts by, where weights are fixed."""
        return 1.0

    @abstractmethod
    def head(self, input_dim: int, before: Sequence[Head]) -> Head:
        """Make the head with fresh weights.

        Args:
            input_dim: width of the encoder's states.
            before: heads of the tasks before this one, whose outputs it may look at.
        """

    @abstractmethod
    def output_widths(self) -> dict[str, int]:
        """Return the head's outputs, each with the size of its last dimension."""

    def array_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the float32 arrays that `decoder` needs, with their shapes."""
        return {}

    def arrays(self, head: Head) -> Arrays:
        """Return these arrays with the present weights of a head."""
        return {}

    @abstractmethod
    def dev_score(
        self, gold: Sequence[Document], predicted: Sequence[Document], num_unread: int = 0
    ) -> float | None:
        """Return the figure, 0..1, that epochs are chosen by; None where there is no gold for it.

        Args:
            gold: documents as read.
            predicted: the same as tagged.
            num_unread: gold entities that were lost on reading, to count as missed.
        """

    def dev_gold(self, gold: Sequence[Document]) -> int:
        """Return of how many things that figure is a share, which says how sure it is: of documents."""
        return len(gold)


class EntityTask(Task):
    """A task that finds entities in sentences."""

    role = "entities"
    part = "head"

    labels: tuple[str, ...]
    """Entity labels, in the order of the tags."""
    nested: bool = False
    """Whether an entity that comes out may lie within another."""

    @abstractmethod
    def labelling(self, on_nested: str = "outermost") -> Labelling:
        """Return how entities become targets."""

    def soft_labelling(self, labels: Sequence[str]) -> SoftLabelling:
        """Return how teachers' answers, in the form of `taught_by`, become what the head's soft loss takes.

        Args:
            labels: of the answers; one that the task does not have is no entity.

        Raises:
            ConfigError: see `taught_by`.
        """
        raise ConfigError(f"no teacher can teach the task {self.name}: it learns from gold alone")

    def settled(self, targets: Sequence[npt.NDArray[np.int64]]) -> Self:
        """Return the task once the targets of train are known."""
        return self

    def tell(self, head: Head, targets: Sequence[npt.NDArray[np.int64]]) -> None:
        """Tell a head what the targets of train say about it."""

    def dev_score(
        self, gold: Sequence[Document], predicted: Sequence[Document], num_unread: int = 0
    ) -> float | None:
        """Return entity F1."""
        matches = match_exact(spans_from_documents(gold), spans_from_documents(predicted))
        return entity_scores(matches, num_unread).micro.f1

    def dev_gold(self, gold: Sequence[Document]) -> int:
        """Return the number of entities."""
        return sum(len(document.entities) for document in gold)

    @abstractmethod
    def decoder(self, arrays: Arrays, *, with_scores: bool = True) -> Decoder:
        """Return what turns outputs into entities.

        Args:
            arrays: those of `array_shapes`.
            with_scores: compute each entity's probability.
        """


class DocumentTask(Task):
    """A task about whole documents: learned from them, by the votes of their words."""

    @abstractmethod
    def targets(self, documents: Sequence[Document]) -> Any:
        """Return the gold of a split, as the other methods take it."""

    @abstractmethod
    def batch(self, targets: Any, documents: Indices) -> tuple[npt.NDArray[Any], ...]:
        """Return the gold of some documents as arrays, which the head's loss gets as tensors."""

    def tell(self, head: Head, targets: Any) -> None:
        """Tell a head what the targets of train say about it."""

    def choose(self, head: Head, probabilities: npt.NDArray[np.float64], targets: Any) -> None:
        """Choose, after training, what the decoder decides by, from what dev's documents got."""

    @abstractmethod
    def decoder(self, arrays: Arrays) -> DocumentsDecoder:
        """Return what turns votes into what documents are given."""
