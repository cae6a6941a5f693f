"""Labels of whole documents: each label looks at all words for what concerns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from onoma.decode.documents import DocumentDecoder, tune_threshold
from onoma.decode.protocol import ATTENTION, VALUES
from onoma.errors import DataError
from onoma.features.batches import Indices
from onoma.features.document_labels import (
    DocumentTargets,
    LabelWeights,
    document_targets,
    list_document_labels,
    positive_weights,
)
from onoma.metrics.documents import document_scores
from onoma.tasks.base import Arrays, DocumentTask
from onoma.tasks.options import Share, Weight, Width
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.nn.heads import Head

BIASES, THRESHOLDS = "documents.biases", "documents.thresholds"


class DocumentLabelOptions(BaseModel):
    """Options of document labels."""

    document_weight: Weight = Field(1.0, description="of the document labels' loss, where weights are fixed")
    document_dim: Width = Field(128, description="width that the document head's attention looks at")
    document_dropout: Share = Field(0.3, description="dropout under the document head")
    document_sees_entities: bool = Field(
        True, description="the document head sees the entity head's probabilities beside the words' states"
    )
    label_weights: LabelWeights = Field(
        "none", description="weigh a document label where it is on: by how rare it is, or the root of that"
    )


@dataclass(frozen=True)
class DocumentLabelTask(DocumentTask):
    """Several labels a document, or none.

    Args:
        options: of the model.
        labels: in the order of the votes.
    """

    name = role = part = "documents"
    Options = DocumentLabelOptions

    options: Any
    labels: tuple[str, ...]

    @classmethod
    def learn(cls, options: Any, train: Sequence[Document]) -> Self:
        """Take the labels of train's documents."""
        labels = list_document_labels(train)
        if not labels:
            raise DataError(
                "train has no document labels: choose where they come from with --document-labels, "
                "or --set tasks=entities",
                code="no-document-labels",
            )
        return cls(options, labels)

    @classmethod
    def restore(cls, options: Any, settings: Mapping[str, Any]) -> Self:
        """Take the labels that are stored."""
        if not settings["document_labels"]:
            raise ValueError("a model of document labels needs some")
        return cls(options, tuple(settings["document_labels"]))

    @classmethod
    def names(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        """Return the labels."""
        return tuple(settings.get("document_labels", ()))

    def settings(self) -> dict[str, Any]:
        """Return the labels."""
        return {"document_labels": list(self.labels)}

    @property
    def weight(self) -> float:
        """That of the options."""
        return float(self.options.document_weight)

    def head(self, input_dim: int, before: Sequence[Head]) -> Head:
        """Make a head that sees the entities of one before it, if there is one and it is to."""
        from onoma.nn.documents import DocumentHead
        from onoma.nn.heads import EntityHead

        options = self.options
        heads = (head for head in before if isinstance(head, EntityHead))
        seen = next(heads, None) if options.document_sees_entities else None
        width = input_dim + (0 if seen is None else seen.num_classes)
        return DocumentHead(
            width,
            len(self.labels),
            options.document_dim,
            options.document_dropout,
            sees_entities=seen is not None,
            entity_rank=3 if seen is None else seen.rank,
        )

    def output_widths(self) -> dict[str, int]:
        """Return those of both votes."""
        return dict.fromkeys((ATTENTION, VALUES), len(self.labels))

    def array_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return those of biases and thresholds."""
        return dict.fromkeys((BIASES, THRESHOLDS), (len(self.labels),))

    def arrays(self, head: Head) -> Arrays:
        """Return biases and thresholds."""
        parts: Any = (head.biases, head.thresholds)
        values = [part.detach().float().cpu().numpy().copy() for part in parts]
        return dict(zip((BIASES, THRESHOLDS), values, strict=True))

    def targets(self, documents: Sequence[Document]) -> DocumentTargets:
        """Look up the documents' labels; those that train has not are left out."""
        return document_targets(documents, self.labels)

    def batch(self, targets: DocumentTargets, documents: Indices) -> tuple[npt.NDArray[Any], ...]:
        """Return which labels are on, and which documents have labels at all."""
        return targets.on[documents], targets.annotated[documents]

    def tell(self, head: Head, targets: DocumentTargets) -> None:
        """Weigh rare labels."""
        import torch

        weights = torch.from_numpy(positive_weights(targets, self.options.label_weights))
        head.positive_weights = weights.to(next(head.parameters()).device)

    def choose(self, head: Head, probabilities: npt.NDArray[np.float64], targets: DocumentTargets) -> None:
        """Choose the threshold that is best on dev; it stays where no document of dev has labels."""
        kept = targets.annotated
        if kept.any():
            thresholds: Any = head.thresholds
            thresholds.fill_(tune_threshold(probabilities[kept], targets.on[kept]))

    def decoder(self, arrays: Arrays) -> DocumentDecoder:
        """Return what pools the votes and decides."""
        biases, thresholds = (arrays[name].astype(np.float64) for name in (BIASES, THRESHOLDS))
        return DocumentDecoder(self.labels, biases, thresholds)

    def dev_score(
        self, gold: Sequence[Document], predicted: Sequence[Document], num_unread: int = 0
    ) -> float | None:
        """Return micro F1 of the labels."""
        scores = document_scores(gold, predicted)
        return None if scores is None else scores.micro.f1

    def dev_gold(self, gold: Sequence[Document]) -> int:
        """Return the number of labels, over all documents."""
        return sum(len(document.labels or ()) for document in gold)


TASK = DocumentLabelTask
