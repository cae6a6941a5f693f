"""What a rung is, and the options that every tagger has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, Field

from onoma.features.protocol import Features
from onoma.tasks import EntityTask, Task, get_task
from onoma.tasks.options import Units
from onoma.tasks.spans import SpanOptions
from onoma.tasks.tags import TagOptions
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.nn.heads import Head
    from onoma.nn.network import Body, Network
    from onoma.nn.uncertainty import FixedWeights, UncertaintyWeights


class TaggerConfig(TagOptions, SpanOptions):
    """Options of every tagger."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    OUTSIDE: ClassVar[tuple[str, ...]] = ()
    """Options that name a file or folder outside the run."""
    BY_DOCUMENT: ClassVar[bool] = False
    """Whether whole documents are learned from also where no task needs them."""

    max_length: Units = Field(
        1024, description="longest input in words or pieces; longer sentences go through in windows"
    )

    @property
    def entity_task(self) -> str:
        """Name of the task that finds entities with this head."""
        return "spans" if self.head == "span" else "tags"

    def task_names(self) -> tuple[str, ...]:
        """Return the tasks of the network, in their order."""
        return (self.entity_task,)

    def weighting_of(self, tasks: Sequence[Task]) -> UncertaintyWeights | FixedWeights:
        """Make what puts the tasks' losses together."""
        from onoma.nn.uncertainty import FixedWeights

        return FixedWeights({task.role: task.weight for task in tasks})

    def outside_files(self) -> dict[str, str]:
        """Return the existing files and folders that the options name, by option."""
        named = {name: getattr(self, name) for name in self.OUTSIDE}
        return {name: path for name, path in named.items() if path and Path(path).exists()}

    def portable_options(self) -> dict[str, Any]:
        """Return the options for a bundle: of outside files their names, not the paths on this machine."""
        return self.model_dump() | {name: Path(path).name for name, path in self.outside_files().items()}


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: a name, one line about it, its options with defaults, and its parts.

    Args:
        name: its id.
        summary: a line for `onoma models`.
        config: its options.
        fit_features: (options, sentences of train) to features: collects the vocabularies, loads vectors.
            It may go through the sentences several times, and holds none of them: they may be too many.
            Raises DataError or ConfigError when a file it names cannot be used.
        build_body: (options, features) to embedder and encoder with fresh weights. Raises ValueError when
            features and options do not fit each other.
        extras: optional dependencies that it needs beside those of training (`onoma.extras`).
        training: settings of the training that differ from the defaults.
        taught: options that differ from the defaults for a student of ``onoma distill``.
        load_pretrained: (options, network): replaces fresh weights by those of a pretrained encoder, before
            training, and says what it read; None where there are none.
        specialise: options, as given, to the rung that they speak of, for a rung that stands on another one;
            raises ConfigError when they name none.
    """

    name: str
    summary: str
    config: type[TaggerConfig]
    fit_features: Callable[[Any, Iterable[Sequence[str]]], Features]
    build_body: Callable[[Any, Any], Body]
    extras: tuple[str, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    taught: Mapping[str, Any] = field(default_factory=dict)
    load_pretrained: Callable[[Any, Network], str] | None = None
    specialise: Callable[[Mapping[str, Any]], Rung] | None = None

    def for_options(self, options: Mapping[str, Any]) -> Rung:
        """Return the rung whose ``config`` takes these options; itself, unless it stands on another one."""
        return self.specialise(options) if self.specialise else self

    def build(self, config: TaggerConfig, features: Features, tasks: Sequence[Task]) -> Network:
        """Make the network with fresh weights (seed torch first).

        Args:
            config: its options.
            features: its inputs.
            tasks: what it is to find.

        Raises:
            ValueError: features and configuration do not fit each other.
        """
        from onoma.nn.network import Network, state_dim

        body = self.build_body(config, features)
        heads: dict[str, Head] = {}
        for task in tasks:
            heads[task.role] = task.head(state_dim(body), tuple(heads.values()))
        parts = {task.role: task.part for task in tasks}
        return Network(body, heads, parts, config.weighting_of(tasks))


def learn_tasks(config: TaggerConfig, train: Sequence[Document]) -> tuple[Task, ...]:
    """Return the tasks of a model that is to be trained.

    Raises:
        DataError: train lacks what one of them is to learn.
    """
    return tuple(get_task(name).learn(config, train) for name in config.task_names())


def learn_entities(config: TaggerConfig, train: Sequence[Document]) -> EntityTask:
    """Return the task of entities that a model has, or would have."""
    task = get_task(config.entity_task).learn(config, train)
    assert isinstance(task, EntityTask), "heads of entities are of tasks of entities"
    return task


def restore_tasks(config: TaggerConfig, settings: Mapping[str, Any]) -> tuple[Task, ...]:
    """Return the tasks of a stored model.

    Raises:
        ValueError: the settings do not hold what a task needs.
    """
    return tuple(get_task(name).restore(config, settings) for name in config.task_names())
