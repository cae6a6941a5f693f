"""Rung ``joint``: one network for entities and document labels, or whatever else there are tasks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from onoma.errors import ConfigError
from onoma.models.base import Rung, TaggerConfig
from onoma.models.based import based_rung, extend_config
from onoma.models.rungs.charcnn_bilstm_crf import RUNG as DEFAULT
from onoma.tasks import Task, get_task
from onoma.tasks.documents import DocumentLabelOptions
from onoma.tasks.options import Weight

if TYPE_CHECKING:
    from onoma.nn.uncertainty import FixedWeights, UncertaintyWeights

_BOTH = "entities,documents"


class JointConfig(TaggerConfig, DocumentLabelOptions):
    """Options beside those of the model below."""

    BY_DOCUMENT = True  # one task alone is for comparison with both

    tasks: str = Field(
        "both", description="what to learn: both (entities,documents), or names of tasks between commas"
    )
    weighting: Literal["uncertainty", "fixed"] = Field(
        "uncertainty", description="the losses' weights: learned (Kendall et al. 2018), or those given"
    )
    entity_weight: Weight = Field(1.0, description="of the entities' loss, where weights are fixed")

    @field_validator("tasks")
    @classmethod
    def _check_tasks(cls, tasks: str) -> str:
        try:
            roles = ["entities" if name == "entities" else get_task(name).role for name in _names(tasks)]
        except ConfigError as error:
            raise ValueError(str(error)) from None
        if not roles or len(set(roles)) < len(roles):
            raise ValueError("each task once, and at least one")
        return "both" if ",".join(_names(tasks)) == _BOTH else ",".join(_names(tasks))

    def task_names(self) -> tuple[str, ...]:
        """Return the tasks of the network, in their order."""
        return tuple(self.entity_task if name == "entities" else name for name in _names(self.tasks))

    def weighting_of(self, tasks: Sequence[Task]) -> UncertaintyWeights | FixedWeights:
        """Make what puts the tasks' losses together: learned weights where there are several tasks."""
        from onoma.nn.uncertainty import FixedWeights, UncertaintyWeights

        if self.weighting == "uncertainty" and len(tasks) > 1:
            return UncertaintyWeights([task.role for task in tasks])
        weights = {task.role: task.weight for task in tasks}
        if "entities" in weights:
            weights["entities"] = self.entity_weight
        return FixedWeights(weights)


def _names(tasks: str) -> list[str]:
    return [name.strip() for name in (_BOTH if tasks == "both" else tasks).split(",") if name.strip()]


def _make(below: Rung, tasks: str) -> Rung:
    own = [get_task(name).Options for name in _names(tasks) if name != "entities"]
    extra = [options for options in own if options is not None and not issubclass(JointConfig, options)]
    return replace(
        below,
        name="joint",
        summary="entities and document labels by one network on any encoder (option base)",
        config=extend_config("JointConfig", below, JointConfig, *extra),
    )


RUNG = based_rung(DEFAULT, _make)
