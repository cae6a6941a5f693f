"""Entities as one tag a token, each token by itself (softmax) or the sequence as a whole (CRF)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from onoma.decode.protocol import EMISSIONS
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.features.class_weights import ClassWeights, class_weights, count_tags
from onoma.features.labelling import TagLabelling
from onoma.features.soft_targets import SoftTagLabelling, check_scheme, tag_columns
from onoma.tags import Scheme, get_scheme, labels_of_tags
from onoma.tasks.base import Arrays, EntityTask
from onoma.tasks.options import HeadName, SchemeName
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.nn.heads import Head

TRANSITIONS = ("transitions.start", "transitions.matrix", "transitions.end")
"""Learned scores of a CRF; the scheme's constraints follow from its tags."""


class TagOptions(BaseModel):
    """Options of tagging."""

    head: HeadName = Field(
        "softmax", description="softmax: tags apart; crf: tags as a sequence; span: nested entities"
    )
    scheme: SchemeName = Field("BIOES", description="tag scheme the model is trained in")
    class_weights: ClassWeights = Field(
        "none", description="weigh tags in the softmax loss: inverse (frequency) or effective (number)"
    )
    loss_mean: Literal["tokens", "sentences"] = Field(
        "tokens", description="what the softmax loss is a mean of: all tokens, or the sentences' own means"
    )
    constrained: bool = Field(True, description="never output tag sequences that the scheme forbids")

    @field_validator("class_weights")
    @classmethod
    def _check_class_weights(cls, kind: ClassWeights, info: ValidationInfo) -> ClassWeights:
        if kind != "none" and info.data.get("head") != "softmax":
            raise ValueError("class weights are of the softmax head alone")
        return kind

    @field_validator("loss_mean")
    @classmethod
    def _check_loss_mean(cls, kind: str, info: ValidationInfo) -> str:
        if kind != "tokens" and info.data.get("head") != "softmax":
            raise ValueError("a mean over sentences is of the softmax head alone")
        return kind


@dataclass(frozen=True)
class TagTask(EntityTask):
    """Tags of a scheme.

    Args:
        options: of the model.
        tags: all tags of the scheme for the labels, in the order of the emissions.
        scheme: of the tags.
    """

    name = "tags"
    Options = TagOptions

    options: Any
    tags: tuple[str, ...]
    scheme: Scheme

    @classmethod
    def learn(cls, options: Any, train: Sequence[Document]) -> Self:
        """Take the labels of train."""
        scheme = get_scheme(options.scheme)
        labels = sorted({span.label for document in train for span in document.entities})
        return cls(options, tuple(scheme.tags(labels)), scheme)

    @classmethod
    def taught_by(cls, options: Any) -> str:
        """Learn from probabilities of tokens' parts, of which tags are sums."""
        check_scheme(get_scheme(options.scheme))
        return "parts"

    @classmethod
    def restore(cls, options: Any, settings: Mapping[str, Any]) -> Self:
        """Take the tags that are stored."""
        return cls(options, tuple(settings["tags"]), get_scheme(settings["scheme"]))

    @property
    def labels(self) -> tuple[str, ...]:  # type: ignore[override]
        """Entity labels, in the order of the tags."""
        return labels_of_tags(self.tags)

    @classmethod
    def names(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        """Return the tags."""
        return tuple(settings["tags"])

    def settings(self) -> dict[str, Any]:
        """Return tags and scheme."""
        return {"tags": list(self.tags), "scheme": self.scheme.name}

    def labelling(self, on_nested: str = "outermost") -> TagLabelling:
        """Return how entities become tags; of nested ones one is taught."""
        return TagLabelling(self.tags, self.scheme, on_nested)

    def soft_labelling(self, labels: Sequence[str]) -> SoftTagLabelling:
        """Return how parts become tags."""
        return SoftTagLabelling(tag_columns(self.tags, self.scheme, labels))

    def tell(self, head: Head, targets: Sequence[npt.NDArray[np.int64]]) -> None:
        """Weigh the classes of a softmax head."""
        if self.options.class_weights != "none":
            import torch

            counts = count_tags(targets, len(self.tags))
            weights = torch.from_numpy(class_weights(counts, self.options.class_weights))
            head.class_weights = weights.to(next(head.parameters()).device)

    def head(self, input_dim: int, before: Sequence[Head]) -> Head:
        """Make a softmax or CRF head."""
        from onoma.nn.heads import CRFHead, SoftmaxHead

        if self.options.head == "crf":
            return CRFHead(input_dim, len(self.tags), self._constraints())
        return SoftmaxHead(input_dim, len(self.tags), by_sentence=self.options.loss_mean == "sentences")

    def output_widths(self) -> dict[str, int]:
        """Return that of the emissions."""
        return {EMISSIONS: len(self.tags)}

    def array_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return those of a CRF's scores."""
        size = len(self.tags)
        shapes = ((size,), (size, size), (size,))
        return dict(zip(TRANSITIONS, shapes, strict=True)) if self.options.head == "crf" else {}

    def arrays(self, head: Head) -> Arrays:
        """Return a CRF's scores."""
        if self.options.head != "crf":
            return {}
        crf: Any = head.crf
        parts = (crf.start_transitions, crf.transitions, crf.end_transitions)
        values = [part.detach().float().cpu().numpy().copy() for part in parts]
        return dict(zip(TRANSITIONS, values, strict=True))

    def decoder(self, arrays: Arrays, *, with_scores: bool = True) -> TagDecoder:
        """Return what finds the best sequence of tags; a softmax has zero scores between tags."""
        transitions = zero_transitions(len(self.tags))
        if self.options.head == "crf":
            transitions = Transitions(*(arrays[name] for name in TRANSITIONS))
        if (constraints := self._constraints()) is not None:
            transitions = add_transitions(transitions, constraints)
        return TagDecoder(self.tags, self.scheme, transitions, with_scores=with_scores)

    def _constraints(self) -> Transitions | None:
        return scheme_transitions(self.tags, self.scheme) if self.options.constrained else None


TASK = TagTask
