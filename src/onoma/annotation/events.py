"""What an annotation tells of itself while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from onoma.annotation.folders import Place
from onoma.annotation.ledger import Totals


@dataclass(frozen=True, slots=True)
class Planned:
    """What is there to do: files, shards, and how many of these were done before."""

    files: int
    shards: int
    done: int


@dataclass(frozen=True, slots=True)
class ShardDone:
    """One more shard is done.

    Args:
        done: shards, with those of before.
        shards: in all.
        share: of the inputs' bytes, 0..1.
        documents: of all shards done.
        refused: of all shards done.
        tokens_per_second: of this process's time.
    """

    done: int
    shards: int
    share: float
    documents: int
    refused: int
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class AnnotationEnded:
    """All is done.

    Args:
        folder: with everything.
        totals: of all shards, whenever they were done.
        seconds: that this process took.
        new_tokens: that were annotated in this time.
    """

    folder: Place
    totals: Totals
    seconds: float
    new_tokens: int

    @property
    def tokens_per_second(self) -> float:
        """Of this process; 0 if there was nothing to do."""
        return self.new_tokens / self.seconds if self.new_tokens else 0.0
