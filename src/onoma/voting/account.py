"""How sources relate to each other, and to what came of all their votes: coverage, conflicts, reliability."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onoma.decode.transitions import Floats
from onoma.voting.votes import PARTS, Ballot, Ids, Votes, decided, label_numbers, named_parts, sentence_starts

EXAMPLES = 2
"""Texts that are kept of a kind of conflict."""
MOST_KINDS = 20
"""Kinds of conflict that are told, the most frequent ones."""
_AROUND = 8
"""Words that are shown on each side of a conflict."""

_NOBODY = "nothing"


@dataclass(frozen=True, slots=True)
class Reliability:
    """A source and one of its labels, in tokens.

    Args:
        source: its name.
        label: that it speaks of.
        tokens: of which it says the label is theirs more than anything else.
        coverage: their share of all tokens.
        overlap: of them, the share of which another source names something.
        conflict: of them, the share of which another source names another label or part of an entity.
        precision: how much of its votes for the label the merged votes confirm; None without votes.
        recall: how much of the label in the merged votes it says; None where there is none.
    """

    source: str
    label: str
    tokens: int
    coverage: float
    overlap: float
    conflict: float
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class ConflictExample:
    """Where two sources contradict each other.

    Args:
        before: words before the token that they disagree about.
        word: the token.
        after: words after it.
        merged: the label that came of it, ``nothing`` for none.
    """

    before: str
    word: str
    after: str
    merged: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources that name one token otherwise; with equal labels, they differ in where the entity ends.

    Args:
        sources: their names.
        labels: what each says.
        tokens: how many.
        examples: some, in their order in the texts.
    """

    sources: tuple[str, str]
    labels: tuple[str, str]
    tokens: int
    examples: tuple[ConflictExample, ...]


class Account:
    """Counts over all votes, part by part.

    Args:
        ballot: who votes about what.
    """

    def __init__(self, ballot: Ballot) -> None:
        self._ballot = ballot
        shape = (len(ballot.sources), len(ballot.labels))
        self._tokens = 0
        self._named, self._overlap, self._conflict = (np.zeros(shape, np.int64) for _ in range(3))
        self._votes, self._confirmed = np.zeros(shape), np.zeros(shape)
        self._merged = np.zeros(len(ballot.labels))
        self._kinds: Counter[tuple[int, int, int, int]] = Counter()
        self._examples: defaultdict[tuple[int, int, int, int], list[ConflictExample]] = defaultdict(list)

    def add(self, votes: Votes, merged: Floats, sentences: Sequence[Sequence[str]]) -> None:
        """Count some votes.

        Args:
            votes: of some sentences.
            merged: what came of them. [N, 1 + 4L]
            sentences: their words.
        """
        votes = decided(votes)
        parts = named_parts(votes, self._ballot)  # [J, N]
        named, labels = parts > 0, label_numbers(parts)  # [J, N]
        of_labels = _by_label(merged)  # [N, L]
        self._tokens += votes.num_tokens
        self._merged += of_labels.sum(axis=0)
        least, most = np.where(named, parts, self._ballot.width).min(axis=0), parts.max(axis=0)
        shared, contrary = named.sum(axis=0) > 1, least < most  # [N]
        for source, rows in enumerate(votes.of):
            own = named[source]
            for counts, mask in (
                (self._named, own),
                (self._overlap, own & shared),
                (self._conflict, own & contrary),
            ):
                counts[source] += np.bincount(labels[source][mask], minlength=counts.shape[1])
            spoken = [self._ballot.labels.index(label) for label in self._ballot.spoken[source]]
            given = _by_label(rows)  # [N, S]
            self._votes[source, spoken] += given.sum(axis=0)
            self._confirmed[source, spoken] += (given * of_labels[:, spoken]).sum(axis=0)
        self._add_conflicts(parts, contrary, of_labels, merged[:, 0], votes.lengths, sentences)

    def _add_conflicts(
        self,
        parts: Ids,
        contrary: NDArray[np.bool_],
        of_labels: NDArray[np.float64],
        nothing: Floats,
        lengths: Ids,
        sentences: Sequence[Sequence[str]],
    ) -> None:
        places = np.flatnonzero(contrary)
        if not len(places):
            return
        starts = sentence_starts(lengths)
        for left, right in combinations(range(len(parts)), 2):
            one, other = parts[left, places], parts[right, places]
            for index in np.flatnonzero((one > 0) & (other > 0) & (one != other)).tolist():
                kind = (left, int(one[index] - 1) // PARTS, right, int(other[index] - 1) // PARTS)
                self._kinds[kind] += 1
                if len(self._examples[kind]) < EXAMPLES:
                    place = int(places[index])
                    sentence = int(np.searchsorted(starts, place, side="right")) - 1
                    best = int(of_labels[place].argmax())
                    found = of_labels[place, best] > nothing[place]
                    said = self._ballot.labels[best] if found else _NOBODY
                    self._examples[kind].append(
                        _example(sentences[sentence], place - int(starts[sentence]), said)
                    )

    def reliabilities(self) -> list[Reliability]:
        """Return a row for each source and each of its labels."""
        ballot, found = self._ballot, []
        for source, name in enumerate(ballot.sources):
            for label in ballot.spoken[source]:
                place = source, ballot.labels.index(label)
                tokens = int(self._named[place])
                found.append(
                    Reliability(
                        name,
                        label,
                        tokens,
                        tokens / max(1, self._tokens),
                        int(self._overlap[place]) / max(1, tokens),
                        int(self._conflict[place]) / max(1, tokens),
                        _share(self._confirmed[place], self._votes[place]),
                        _share(self._confirmed[place], self._merged[place[1]]),
                    )
                )
        return found

    def conflicts(self) -> list[Conflict]:
        """Return the most frequent kinds of conflict."""
        names, labels = self._ballot.sources, self._ballot.labels
        return [
            Conflict(
                (names[left], names[right]),
                (labels[one], labels[other]),
                count,
                tuple(self._examples[left, one, right, other]),
            )
            for (left, one, right, other), count in self._kinds.most_common(MOST_KINDS)
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return {
            "sources": [asdict(one) for one in self.reliabilities()],
            "conflicts": [asdict(one) for one in self.conflicts()],
        }


def _by_label(rows: Floats) -> NDArray[np.float64]:
    """Return the probability of each label, whatever the part. [N, L]"""
    found: NDArray[np.float64] = rows[:, 1:].reshape(len(rows), -1, PARTS).sum(axis=2, dtype=np.float64)
    return found


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def _example(words: Sequence[str], place: int, merged: str) -> ConflictExample:
    before, after = words[max(0, place - _AROUND) : place], words[place + 1 : place + 1 + _AROUND]
    return ConflictExample(" ".join(before), words[place], " ".join(after), merged)
