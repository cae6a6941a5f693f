"""Where the characters of one text stand in another that says the same, spaced or written a little otherwise.

White space is never looked at: texts that are the same without it correspond character by character, and so
do those that are the same in one normal form (`onoma.placing.forms`). Where characters differ, too (``-LRB-``
for a bracket, other quotation marks), words are compared as ``diff`` compares lines, by those that occur once
in both (Bram Cohen's patience diff), in nearly linear time. What stands between words that both texts have is
compared by character where half of it is common: a changed letter of a Chinese clause, which is one word
here, moves nothing else. The rest corresponds as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from onoma.placing.forms import Form, form_of

Difference = Literal["none", "spaces", "forms", "characters"]
"""Nothing; white space; that and how the same characters are encoded; other characters, too."""

_WORD = re.compile(r"\w+|[^\w\s]")
_ALIKE = 0.5
"""Share of characters that two ranges must have in common to be compared by character."""
_SMALL = 40_000
"""Pairs of words that are compared each with each where no word occurs once in both."""
_FEW = 1_600
"""The same of characters, which are more, and of few kinds."""


class Block(NamedTuple):
    """A range of the one text, ``[start, end)``, and the range of the other that it corresponds to."""

    start: int
    end: int
    other_start: int
    other_end: int


@dataclass(frozen=True, slots=True)
class TextAlignment:
    """How a text of n characters corresponds to another.

    Args:
        difference: what the texts differ in.
        starts: [n] where in the other text begins what corresponds to each character; -1 where nothing does.
        ends: [n] where that ends.
        changed: characters but for white space, of both texts in one normal form, that are not the same in
            the other.
        size: characters but for white space of both texts in that form.
    """

    difference: Difference
    starts: Sequence[int]
    ends: Sequence[int]
    changed: int
    size: int

    @property
    def likeness(self) -> float:
        """Share of all characters, but for white space, that both texts have in common."""
        return 1.0 - self.changed / self.size if self.size else 1.0

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where the characters from ``start`` to ``end`` stand in the other text; None: nowhere."""
        if self.difference == "none":
            return start, end
        there = [index for index in range(start, end) if self.starts[index] >= 0]
        return (self.starts[there[0]], self.ends[there[-1]]) if there else None


def squeeze(text: str) -> str:
    """Return a text without white space."""
    return "".join(text.split())


def align_texts(text: str, other: str) -> TextAlignment:
    """Return how the characters of a text correspond to those of another."""
    if text == other:
        size = 2 * len(squeeze(text))
        return TextAlignment("none", range(len(text)), range(1, len(text) + 1), 0, size)
    here, there = form_of(text), form_of(other)
    squeezed, other_squeezed = squeeze(here.text), squeeze(there.text)
    size = len(squeezed) + len(other_squeezed)
    starts, ends = [-1] * len(here.text), [-1] * len(here.text)
    if squeezed == other_squeezed:
        _pair(here.text, there.text, Block(0, len(here.text), 0, len(there.text)), starts, ends)
        changed, spaces = 0, squeeze(text) == squeeze(other)
        difference: Difference = "spaces" if spaces else "forms"
    else:
        blocks = _blocks(here.text, there.text)
        changed = sum(_pair(here.text, there.text, block, starts, ends) for block in blocks)
        difference = "characters"
    return TextAlignment(difference, *_as_written(len(text), here, there, starts, ends), changed, size)


def _as_written(
    length: int, here: Form, there: Form, starts: Sequence[int], ends: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the places of a text's characters: of those of its form, in the other's, as both are written."""
    first, last = [-1] * length, [-1] * length
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start >= 0:  # the first character of those that became one speaks for all
            place = here.starts[index]
            first[place] = there.starts[start] if first[place] < 0 else first[place]
            last[place] = there.ends[end - 1]
    for start, end in dict(zip(here.starts, here.ends, strict=True)).items():
        first[start:end] = [first[start]] * (end - start)
        last[start:end] = [last[start]] * (end - start)
    return first, last


def _pair(text: str, other: str, block: Block, starts: list[int], ends: list[int]) -> int:
    """Fill in a block, and return how many of its characters differ.

    As many characters on both sides correspond one by one, and so do those in common where there are many;
    else each corresponds to all of the other side.
    """
    here = [index for index in range(block.start, block.end) if not text[index].isspace()]
    there = [index for index in range(block.other_start, block.other_end) if not other[index].isspace()]
    if len(here) == len(there):
        return _pair_each(text, other, here, there, starts, ends)
    changed, done, other_done = 0, 0, 0
    for first, other_first, length in (
        *_common_characters(text, other, here, there),
        (len(here), len(there), 0),
    ):
        before, other_before = here[done:first], there[other_done:other_first]
        if len(before) == len(other_before):
            changed += _pair_each(text, other, before, other_before, starts, ends)
        else:
            changed += len(before) + len(other_before)
            for index in before if other_before else ():
                starts[index], ends[index] = other_before[0], other_before[-1] + 1
        done, other_done = first + length, other_first + length
        _pair_each(text, other, here[first:done], there[other_first:other_done], starts, ends)
    return changed


def _pair_each(
    text: str, other: str, here: Sequence[int], there: Sequence[int], starts: list[int], ends: list[int]
) -> int:
    """Let as many characters correspond one by one, and return how many of both sides differ."""
    for index, place in zip(here, there, strict=True):
        starts[index], ends[index] = place, place + 1
    return 2 * sum(text[index] != other[place] for index, place in zip(here, there, strict=True))


def _common_characters(
    text: str, other: str, here: Sequence[int], there: Sequence[int]
) -> list[tuple[int, int, int]]:
    """Return runs of the same characters, as `_common` does; none where the ranges have little in common."""
    found = _common([text[index] for index in here], [other[index] for index in there], _FEW)
    common = 2 * sum(length for *_, length in found)
    return found if common >= _ALIKE * (len(here) + len(there)) else []


def _blocks(text: str, other: str) -> Iterator[Block]:
    """Yield what corresponds: runs of the same words, and what stands between two of them."""
    here, there = list(_WORD.finditer(text)), list(_WORD.finditer(other))
    words, other_words = [one.group() for one in here], [one.group() for one in there]
    done, other_done = 0, 0
    for first, other_first, length in (*_common(words, other_words, _SMALL), (len(here), len(there), 0)):
        if done < first or other_done < other_first:
            yield Block(*_edges(here, done, first, text), *_edges(there, other_done, other_first, other))
        if length:
            last, other_last = first + length - 1, other_first + length - 1
            for index, place in zip(range(first, last + 1), range(other_first, other_last + 1), strict=True):
                yield Block(*here[index].span(), *there[place].span())
        done, other_done = first + length, other_first + length


def _edges(words: Sequence[re.Match[str]], first: int, end: int, text: str) -> tuple[int, int]:
    """Where the words from ``first`` to ``end`` stand; an empty range where there are none."""
    if first == end:
        return len(text), len(text)
    return words[first].start(), words[end - 1].end()


def _common(one: Sequence[str], other: Sequence[str], small: int) -> list[tuple[int, int, int]]:
    """Return runs of the same words, in order and not overlapping: (index, index in the other, length).

    Args:
        one: words, or characters.
        other: the same of the other text.
        small: pairs that are compared each with each where nothing occurs once in both.
    """
    found: list[tuple[int, int, int]] = []
    waiting = [(0, len(one), 0, len(other))]
    while waiting:
        first, end, other_first, other_end = waiting.pop()
        if first == end or other_first == other_end:
            continue
        length = _shared_prefix(one, other, first, end, other_first, other_end)
        if length:
            found.append((first, other_first, length))
            waiting.append((first + length, end, other_first + length, other_end))
            continue
        length = _shared_suffix(one, other, first, end, other_first, other_end)
        if length:
            found.append((end - length, other_end - length, length))
            waiting.append((first, end - length, other_first, other_end - length))
            continue
        anchors = _anchors(one, other, first, end, other_first, other_end)
        if not anchors and (end - first) * (other_end - other_first) <= small:
            matcher = SequenceMatcher(None, one[first:end], other[other_first:other_end], autojunk=False)
            found += [
                (first + a, other_first + b, size) for a, b, size in matcher.get_matching_blocks() if size
            ]
        for index, place in anchors:
            found.append((index, place, 1))
            waiting.append((first, index, other_first, place))
            first, other_first = index + 1, place + 1
        if anchors:
            waiting.append((first, end, other_first, other_end))
    return sorted(found)


def _shared_prefix(
    one: Sequence[str], other: Sequence[str], first: int, end: int, other_first: int, other_end: int
) -> int:
    length, most = 0, min(end - first, other_end - other_first)
    while length < most and one[first + length] == other[other_first + length]:
        length += 1
    return length


def _shared_suffix(
    one: Sequence[str], other: Sequence[str], first: int, end: int, other_first: int, other_end: int
) -> int:
    length, most = 0, min(end - first, other_end - other_first)
    while length < most and one[end - 1 - length] == other[other_end - 1 - length]:
        length += 1
    return length


def _anchors(
    one: Sequence[str], other: Sequence[str], first: int, end: int, other_first: int, other_end: int
) -> list[tuple[int, int]]:
    """Return the longest rising series of words that stand once in either range."""
    counts = Counter(one[first:end])
    other_counts = Counter(other[other_first:other_end])
    place = {other[index]: index for index in range(other_first, other_end)}
    pairs = [
        (index, place[one[index]])
        for index in range(first, end)
        if counts[one[index]] == 1 == other_counts.get(one[index], 0)
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest series of pairs whose second members rise (patience sorting), first ones rising."""
    tops: list[int] = []
    top_pairs: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(top_pairs[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(place)
            top_pairs.append(number)
        else:
            tops[pile], top_pairs[pile] = place, number
    series, number = [], top_pairs[-1] if top_pairs else -1
    while number >= 0:
        series.append(pairs[number])
        number = before[number]
    return series[::-1]
