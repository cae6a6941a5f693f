"""Entities as spans that are scored one by one, so that they may lie in one another (Yu et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from onoma.decode.nested import SpanDecoder
from onoma.decode.protocol import EMISSIONS
from onoma.features.labelling import SpanLabelling
from onoma.features.soft_spans import SoftSpanLabelling
from onoma.tags import get_scheme, labels_of_tags
from onoma.tasks.base import Arrays, EntityTask
from onoma.tasks.options import Distance, Share, SpanWidth, Width
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.nn.heads import Head


class SpanOptions(BaseModel):
    """Options of the span head."""

    span_width: SpanWidth = Field(24, description="words of the widest entity that the span head can find")
    span_dim: Width = Field(150, description="width of the span head's projections")
    span_dropout: Share = Field(0.3, description="dropout on them")
    boundary_smoothing: Share = Field(
        0.0, description="probability of gold spans that those around them get in training"
    )
    boundary_distance: Distance = Field(
        1, description="words by which both edges of a span around gold are off, in all"
    )
    span_nesting: Literal["auto", "nested", "flat"] = Field(
        "auto", description="whether found entities may lie in one another; auto: as in train"
    )


@dataclass(frozen=True)
class SpanTask(EntityTask):
    """Scored spans.

    Args:
        options: of the model.
        tags: of the model's scheme, for the labels; classes are their labels, in that order.
        scheme: its name.
        nested: whether entities that come out may lie in one another.
    """

    name = "spans"
    Options = SpanOptions

    options: Any
    tags: tuple[str, ...]
    scheme: str
    nested: bool

    @classmethod
    def learn(cls, options: Any, train: Sequence[Document]) -> Self:
        """Take the labels of train."""
        labels = sorted({span.label for document in train for span in document.entities})
        tags = tuple(get_scheme(options.scheme).tags(labels))
        return cls(options, tags, options.scheme, options.span_nesting != "flat")

    @classmethod
    def taught_by(cls, options: Any) -> str:
        """Learn from probabilities of spans."""
        return "spans"

    @classmethod
    def restore(cls, options: Any, settings: Mapping[str, Any]) -> Self:
        """Take the labels that are stored."""
        nested = options.span_nesting != "flat"
        return cls(options, tuple(settings["tags"]), settings["scheme"], nested)

    @property
    def labels(self) -> tuple[str, ...]:  # type: ignore[override]
        """Entity labels, in the order of the classes."""
        return labels_of_tags(self.tags)

    @classmethod
    def names(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        """Return "none", and the labels."""
        return "", *labels_of_tags(settings["tags"])

    def settings(self) -> dict[str, Any]:
        """Return tags and scheme: bundles of all tasks name labels in the same way."""
        return {"tags": list(self.tags), "scheme": self.scheme}

    def settled_options(self) -> dict[str, Any]:
        """Return whether entities may nest, whatever ``auto`` came to."""
        return {"span_nesting": "nested" if self.nested else "flat"}

    def labelling(self, on_nested: str = "outermost") -> SpanLabelling:
        """Return how entities become classes of spans; all that are not too wide are taught."""
        return SpanLabelling(self.labels, self.options.span_width)

    def soft_labelling(self, labels: Sequence[str]) -> SoftSpanLabelling:
        """Return how probabilities of labels become those of classes."""
        classes = {label: number for number, label in enumerate(self.labels, 1)}
        found = np.array([classes.get(label, 0) for label in labels], np.int64)
        return SoftSpanLabelling(found, self.options.span_width)

    def settled(self, targets: Sequence[npt.NDArray[np.int64]]) -> Self:
        """Let entities nest if those of train do."""
        if self.options.span_nesting != "auto":
            return self
        return replace(self, nested=_overlap(targets))

    def head(self, input_dim: int, before: Sequence[Head]) -> Head:
        """Make a biaffine head."""
        from onoma.nn.biaffine import BiaffineHead
        from onoma.nn.boundary_smoothing import BoundarySmoothing

        options = self.options
        return BiaffineHead(
            input_dim,
            len(self.labels) + 1,
            options.span_width,
            options.span_dim,
            options.span_dropout,
            BoundarySmoothing(options.boundary_smoothing, options.boundary_distance),
        )

    def output_widths(self) -> dict[str, int]:
        """Return that of the emissions: "none" and the labels."""
        return {EMISSIONS: len(self.labels) + 1}

    def decoder(self, arrays: Arrays, *, with_scores: bool = True) -> SpanDecoder:
        """Return what takes the most probable spans that go together."""
        return SpanDecoder(self.labels, nested=self.nested)


def _overlap(targets: Sequence[npt.NDArray[np.int64]]) -> bool:
    """Whether two entities that are taught share a token."""
    for target in targets:
        starts, ends = target[:, 0], target[:, 0] + target[:, 1] + 1
        order = np.argsort(starts, kind="stable")
        if (np.maximum.accumulate(ends[order])[:-1] > starts[order][1:]).any():
            return True
    return False


TASK = SpanTask
