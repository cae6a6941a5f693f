"""What merges votes to probabilities, what it may learn before, and which ways there are."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onoma.decode.transitions import Floats
from onoma.plugins import find_all, pick
from onoma.voting.votes import Ballot, Votes

ENTRY_POINT_GROUP = "onoma.mergers"

State = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Round:
    """A pass of learning over all votes is done.

    Args:
        number: from 1.
        objective: what is made larger, a token; it never falls.
        gain: since the round before; None after the first.
        ended: whether nothing more is to be learned.
    """

    number: int
    objective: float
    gain: float | None
    ended: bool


class Merger(ABC):
    """Merges votes. A merger between two rounds is its state, and nothing else.

    Args:
        ballot: who votes about what.
    """

    def __init__(self, ballot: Ballot) -> None:
        self.ballot = ballot

    def learn(self, shards: Callable[[], Iterable[Votes]]) -> Iterator[Round]:
        """Learn from all votes, in passes over them; yields each pass.

        Args:
            shards: yields all votes from the first on, part by part, each time that it is called.
        """
        return iter(())

    def state(self) -> State:
        """Return what was learned, as arrays by name."""
        return {}

    def restore(self, state: Mapping[str, NDArray[np.float64]]) -> None:  # noqa: B027 - most learn nothing
        """Go on from a state.

        Raises:
            ValueError: it is none of this ballot.
        """

    @abstractmethod
    def merge(self, votes: Votes) -> Floats:
        """Return the probability of each part at each token, rows with sum 1. [N, 1 + 4L]"""


@dataclass(frozen=True, slots=True)
class MergerKind:
    """A way to merge votes. A module of `onoma.voting.mergers` that has one as ``MERGER`` is found by itself;
    others register under the entry point group ``onoma.mergers``.

    Args:
        name: as users write it.
        summary: a line about it, with its source.
        make: makes the merger of a ballot.
    """

    name: str
    summary: str
    make: Callable[[Ballot], Merger]


@functools.cache
def mergers() -> dict[str, MergerKind]:
    """Return all kinds by name."""
    return find_all("onoma.voting.mergers", "MERGER", ENTRY_POINT_GROUP, MergerKind)


def get_merger(name: str) -> MergerKind:
    """Return the kind of a name.

    Raises:
        ConfigError: there is none.
    """
    return pick(mergers(), name, "way to merge")
