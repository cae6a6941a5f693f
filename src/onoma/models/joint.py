"""Rung ``joint``: one network for entities and document labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from onoma.features.document_labels import LabelWeights
from onoma.features.protocol import Features
from onoma.models.base import Rung, Share, TaggerConfig, Width, build_head
from onoma.models.based import based_rung, extend_config
from onoma.models.charcnn_bilstm_crf import RUNG as DEFAULT
from onoma.tags import Scheme

if TYPE_CHECKING:
    from onoma.nn.joint import JointNetwork

Weight = Annotated[float, Field(gt=0, le=1e6)]


class JointConfig(TaggerConfig):
    """Options beside those of the model below."""

    tasks: Literal["both", "entities", "documents"] = Field(
        "both", description="what to learn; one task alone is for comparison"
    )
    weighting: Literal["uncertainty", "fixed"] = Field(
        "uncertainty", description="the two losses' weights: learned (Kendall et al. 2018), or those given"
    )
    entity_weight: Weight = Field(1.0, description="of the entities' loss, where weights are fixed")
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
class JointRung(Rung):
    """A rung with a document head."""

    def build(
        self,
        config: TaggerConfig,
        features: Features,
        tags: Sequence[str],
        scheme: Scheme,
        document_labels: Sequence[str] = (),
    ) -> JointNetwork:
        """Make the network with fresh weights (seed torch first); ValueError as in `Rung.build`."""
        from onoma.nn.documents import DocumentHead
        from onoma.nn.joint import DOCUMENTS, ENTITIES, JointNetwork
        from onoma.nn.tagger import state_dim
        from onoma.nn.uncertainty import FixedWeights, UncertaintyWeights

        if not isinstance(config, JointConfig):
            raise ValueError("the options are not those of a joint model")
        if config.tasks != "entities" and not document_labels:
            raise ValueError("a model of document labels needs some")
        body = self.build_body(config, features)
        width = state_dim(body)
        head = documents = None
        weights = {}
        if config.tasks != "documents":
            head = build_head(config, width, tags, scheme)
            weights[ENTITIES] = config.entity_weight
        if config.tasks != "entities":
            if head is not None and config.document_sees_entities:
                width += head.num_classes
            size = len(document_labels)
            documents = DocumentHead(width, size, config.document_dim, config.document_dropout)
            weights[DOCUMENTS] = config.document_weight
        learned = config.weighting == "uncertainty" and len(weights) > 1
        weighting = UncertaintyWeights(tuple(weights)) if learned else FixedWeights(weights)
        sees = config.document_sees_entities
        return JointNetwork(body, head, documents, weighting, sees_entities=sees)


def _make(below: Rung) -> Rung:
    parts = {field.name: getattr(below, field.name) for field in fields(Rung)}
    parts["name"] = "joint"
    parts["summary"] = "entities and document labels by one network on any encoder (option base)"
    parts["config"] = extend_config("JointConfig", below, JointConfig)
    return JointRung(**parts)


RUNG = based_rung(DEFAULT, _make)
