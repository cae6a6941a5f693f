"""A model under its name: loaded, probed, served, and replaced while it is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onoma.errors import ConfigError, ModelError, OnomaError
from onoma.runtime.bundle import manifest_hash
from onoma.runtime.hub import PREFIX
from onoma.runtime.loading import Compute, find_bundle, load
from onoma.runtime.tagger import Tagger
from onoma.runtime.trial import try_bundle
from onoma.service.batching import Batcher, Tag
from onoma.service.limits import Limits
from onoma.service.metrics import Metrics
from onoma.service.schemas import ModelDescription
from onoma.text import Document

PROBE = "Anna Smith of the United Nations met Иван Петров in New York on 5 May 2021."

_WORD_TYPES = 20_000
"""Words that are remembered before that begins anew: a service meets new ones for ever (10 MB)."""

Stamp = tuple[tuple[str, int, int, int], ...]
"""Name, inode, time of change and size of each file of a bundle: changes whenever the bundle does."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the user asked to serve: a name, and the run or bundle it stands for."""

    name: str
    model: str

    @classmethod
    def parse(cls, argument: str) -> Source:
        """Read ``NAME=FOLDER`` or ``FOLDER``, whose own name is then the model's.

        Raises:
            ConfigError: the name cannot stand in a request or a metric.
        """
        name, equals, model = argument.partition("=")
        if not equals or "/" in name:
            name, model = Path(argument).resolve().name, argument
        if not name or not model or not name.isprintable() or len(name) > 100:
            raise ConfigError(f"'{argument}' names no model: write NAME=FOLDER")
        return cls(name, model)

    def settled(self) -> Source:
        """Return the source by its place, which stays: a name could lead elsewhere at a later look.

        A folder that is away for a moment must not be taken for a model of that name that comes with Onoma.

        Raises:
            OnomaError: there is no such model.
        """
        if self.model.startswith(PREFIX):
            return self
        named, found = Path(self.model), find_bundle(self.model)
        place = named if found in (named, named / "bundle") else found
        return replace(self, model=str(place.absolute()))

    def stamp(self) -> Stamp | None:
        """Return what changes when the bundle does; None where there is none now, or it is on the Hub."""
        if self.model.startswith(PREFIX):
            return None  # the Hub is asked when someone says so, not every few seconds
        try:
            files = sorted(find_bundle(self.model).iterdir())
            states = [(file.name, file.stat()) for file in files]
        except (OSError, ModelError):
            return None
        return tuple((name, state.st_ino, state.st_mtime_ns, state.st_size) for name, state in states)


@dataclass(frozen=True, slots=True)
class Loading:
    """How each model is loaded; see `onoma.load`."""

    threads: int = 1
    min_score: float | None = None
    min_precision: float | None = None
    precision: Compute = "fp32"
    min_recall: float | None = None


class ServedModel:
    """A model that can be asked, with its queue.

    Args:
        source: its name and place.
        limits: of its queue.
        metrics: counts for it.
        loading: threads, and from which score on entities are given.

    Raises:
        OnomaError: it cannot be loaded, or does not tag.
    """

    def __init__(self, source: Source, limits: Limits, metrics: Metrics, loading: Loading) -> None:
        self.source = source
        self.loading = loading
        self.stamp = source.stamp()
        # Nobody is served yet: no need to try it first.
        tagger, self.description = self._load(find_bundle(source.model))
        self.batcher = Batcher(
            _tag_with(tagger),
            max_waiting=limits.max_waiting,
            max_waiting_characters=limits.max_waiting_characters,
            batch_tokens=limits.batch_tokens,
            observer=metrics.observer(source.name),
            name=f"onoma-{source.name}",
            tokenizer=tagger.tokenizer,
        )

    def take(self, source: Source) -> None:
        """Load what a source leads to now, probe it and swap; requests in work are finished by the old one.

        Args:
            source: the model's own, to load it again, or another one of the same name.

        Raises:
            OnomaError: it cannot be loaded, or does not tag; the old one stays, and is watched as before.
        """
        stamp = source.stamp()
        if source == self.source:
            self.stamp = stamp  # tried once, whatever comes of it
        folder = find_bundle(source.model)
        # Whatever the bundle does in a process of its own, others are served on.
        tried = try_bundle(folder, PROBE, self.loading.precision)
        tagger, description = self._load(folder, tried)
        self.batcher.replace(_tag_with(tagger), tagger.tokenizer)
        self.source, self.stamp, self.description = source, stamp, description

    def _load(self, folder: Path, tried: str | None = None) -> tuple[Tagger, ModelDescription]:
        """Load and probe the bundle, which must be the one that was ``tried``: its manifest has that hash."""
        how = self.loading
        try:
            version = manifest_hash(folder)
            if tried not in (None, version):
                raise ModelError(f"{folder}: has changed since it was tried; reload it again")
            tagger = load(
                folder,
                threads=how.threads,
                min_score=how.min_score,
                min_precision=how.min_precision,
                min_recall=how.min_recall,
                precision=how.precision,
            )
            tagger.tag([PROBE, ""])
        except OnomaError:
            raise
        except Exception as error:
            raise ModelError(
                f"{self.source.model}: fails on a probe: {type(error).__name__}: {error}"
            ) from None
        return tagger, ModelDescription(
            name=self.source.name,
            version=version[:12],
            entity_labels=sorted(tagger.labels),
            document_labels=sorted(tagger.documents.labels) if tagger.documents else [],
            tokenizer=tagger.tokenizer.id,
            threshold=tagger.promise.floor if tagger.promise else tagger.min_score,
            min_recall=tagger.promise.recall if tagger.promise else None,
        )


def _tag_with(tagger: Tagger) -> Tag:
    def tag(documents: Sequence[Document]) -> list[Document]:
        tagger.features.trim(_WORD_TYPES)
        return tagger.tag(documents)

    return tag
