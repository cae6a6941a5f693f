"""Finding many phrases at once: whole tokens, the longest phrase first, from left to right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from onoma.text.forms import folded, normal_form
from onoma.voting.stems import stem

Key = Callable[[str], str]


class Match(NamedTuple):
    """Tokens ``first`` to ``end`` (half-open) are a phrase of these labels, sorted."""

    first: int
    end: int
    labels: tuple[str, ...]


def key_of_words(*, ignore_case: bool, lemma: bool) -> Key:
    """Return what two words have in common that count as one; normal form and width never part them."""
    fold = folded if ignore_case else normal_form
    return (lambda word: fold(stem(normal_form(word)))) if lemma else fold


class Phrases:
    """Phrases with their labels.

    Args:
        phrases: words and label of each; one may come with several labels.
        key: what equal words have in common.
    """

    def __init__(self, phrases: Iterable[tuple[Sequence[str], str]], key: Key) -> None:
        labels: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for words, label in phrases:
            labels[tuple(map(key, words))].add(label)
        labels.pop((), None)
        self._labels = {words: tuple(sorted(found)) for words, found in labels.items()}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for words in self._labels:
            lengths[words[0]].add(len(words))
        self._lengths = {word: tuple(sorted(found, reverse=True)) for word, found in lengths.items()}
        self._key = key

    def __len__(self) -> int:
        return len(self._labels)

    def find(self, words: Sequence[str]) -> Iterator[Match]:
        """Yield what is found among the words of a sentence; no two share a word."""
        keys = tuple(map(self._key, words))
        place = 0
        while place < len(keys):
            match = self._longest(keys, place)
            if match is not None:
                yield match
            place = place + 1 if match is None else match.end

    def _longest(self, keys: tuple[str, ...], place: int) -> Match | None:
        for length in self._lengths.get(keys[place], ()):
            end = place + length
            labels = self._labels.get(keys[place:end]) if end <= len(keys) else None
            if labels:
                return Match(place, end, labels)
        return None
