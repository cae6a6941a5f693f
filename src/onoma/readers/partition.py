"""Dividing documents into train, dev and test: sizes as asked, labels balanced, copies on one side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from onoma.errors import ConfigError, DataError
from onoma.text import Document, Token


@dataclass(slots=True)
class _Group:
    """Units that must stay together."""

    units: list[int]
    labels: Counter[str]


def divide_documents(
    documents: Sequence[Document],
    shares: Mapping[str, float],
    seed: int,
    *,
    stratify: bool = True,
    group_duplicates: bool = True,
) -> dict[str, list[Document]]:
    """Return the documents of each part, in the old order; see `part_sizes` and `assign_parts`.

    Args:
        documents: what is divided, each kept whole.
        shares: share (0..1) of each part but train; a share of 0 leaves the part out.
        seed: the same seed gives the same division.
        stratify: whether each part gets its share of every entity label.
        group_duplicates: whether documents of equal text stay in one part.

    Raises:
        ConfigError: a share outside 0..1, or nothing left for train.
        DataError: fewer documents than parts.
    """
    sizes = part_sizes(len(documents), shares)
    labels = [Counter(span.label for span in document.entities) for document in documents]
    keys = [document.text for document in documents] if group_duplicates else None
    parts: dict[str, list[Document]] = {part: [] for part in sizes}
    for document, part in zip(
        documents, assign_parts(labels, sizes, seed, stratify=stratify, keys=keys), strict=True
    ):
        parts[part].append(document)
    return parts


def part_sizes(num_units: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Return how many units each part gets: within one of its share, at least one, the rest in train.

    Args:
        num_units: units to divide.
        shares: share (0..1) of each part but train; a share of 0 leaves the part out.

    Raises:
        ConfigError: a share outside 0..1, or nothing left for train.
        DataError: fewer units than parts.
    """
    asked = {part: share for part, share in shares.items() if share != 0}
    if any(not 0 < share < 1 for share in asked.values()) or sum(asked.values()) >= 1:
        shown = ", ".join(f"{part} {share:g}" for part, share in shares.items())
        raise ConfigError(f"shares must lie between 0 and 1 and leave something for train, not {shown}")
    sizes = {part: max(1, round(share * num_units)) for part, share in asked.items()}
    train = num_units - sum(sizes.values())
    if train < 1:
        raise DataError(
            f"{num_units} units are too few for {len(asked) + 1} parts: split by sentence, or fewer parts",
            code="too-few-units",
        )
    return {"train": train, **sizes}


def assign_parts(
    labels: Sequence[Mapping[str, int]],
    sizes: Mapping[str, int],
    seed: int,
    *,
    stratify: bool = True,
    keys: Sequence[Hashable] | None = None,
) -> list[str]:
    """Return the part of each unit.

    Stratified, this is iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the
    Stratification of Multi-Label Data"): labels are taken rarest first, and each unit that holds the label
    goes to the part that still wants most of it. Here a part wants its share of the *entities* of a label,
    and no part is filled beyond its size. What is left, or everything where it is not stratified, fills the
    parts at random. Groups of several units come first, while there is room, and are drawn: a part gets one
    with the probability of its share of what is still wanted, so that copies are as frequent in each part.

    Args:
        labels: entities by label, for each unit.
        sizes: units by part, as `part_sizes` gives them.
        seed: the same seed gives the same division.
        stratify: whether to balance the labels.
        keys: units of one key stay in one part; sizes may then be off by less than the largest such group.
    """
    groups = _group(labels, keys)
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(groups)).tolist()
    order = sorted(shuffled, key=lambda index: -len(groups[index].units))  # large ones, while there is room
    room = dict(sizes)
    taken: dict[int, str] = {}
    if stratify:
        _stratify(groups, order, room, taken, rng)
    for index in order:
        if index not in taken:
            _place(groups, index, _draw(groups[index], room, room, rng), room, taken)
    parts = [""] * len(labels)
    for index, part in taken.items():
        for unit in groups[index].units:
            parts[unit] = part
    return parts


def _group(labels: Sequence[Mapping[str, int]], keys: Sequence[Hashable] | None) -> list[_Group]:
    groups: dict[Hashable, _Group] = {}
    for unit, counts in enumerate(labels):
        group = groups.setdefault(unit if keys is None else keys[unit], _Group([], Counter()))
        group.units.append(unit)
        group.labels.update(counts)
    return list(groups.values())


def _stratify(
    groups: Sequence[_Group],
    order: Sequence[int],
    room: dict[str, int],
    taken: dict[int, str],
    rng: np.random.Generator,
) -> None:
    """Place every group that holds a label, rarest label first."""
    num_units = sum(room.values())
    holders: dict[str, list[int]] = {}
    totals: Counter[str] = Counter()
    for index in order:
        totals.update(groups[index].labels)
        for label in groups[index].labels:
            holders.setdefault(label, []).append(index)
    wanted = {
        label: {part: count * room[part] / num_units for part in room} for label, count in totals.items()
    }
    waiting = {label: len(indices) for label, indices in holders.items()}
    while waiting:
        rarest = min(waiting, key=lambda label: (waiting[label], label))
        for index in holders[rarest]:
            if index in taken:
                continue
            best = _draw(groups[index], wanted[rarest], room, rng)
            _place(groups, index, best, room, taken)
            for label, count in groups[index].labels.items():
                wanted[label][best] -= count
                waiting[label] -= 1
        waiting = {label: count for label, count in waiting.items() if count and label != rarest}


def _draw(
    group: _Group, wanted: Mapping[str, float], room: Mapping[str, int], rng: np.random.Generator
) -> str:
    """Return the part for a group, of those that can hold it, or else the one with the most room.

    A single unit goes where most is wanted; several are drawn by it, or those that come first would all go to
    the largest part.
    """
    size = len(group.units)
    parts = [part for part in room if room[part] >= size] or [max(room, key=lambda part: room[part])]
    weights = np.array([max(0.0, wanted[part]) for part in parts])
    if size > 1 and weights.any():
        return parts[int(rng.choice(len(parts), p=weights / weights.sum()))]
    return max(parts, key=lambda part: (wanted[part], room[part]))


def _place(
    groups: Sequence[_Group], index: int, part: str, room: dict[str, int], taken: dict[int, str]
) -> None:
    taken[index] = part
    room[part] -= len(groups[index].units)


def sentence_texts(document: Document) -> Iterator[str]:
    """Yield the text of each sentence; that of the whole document where it has none."""
    for first, last in document.sentences:
        yield document.text[document.tokens[first].start : document.tokens[last - 1].end]
    if not document.sentences:
        yield document.text


def sentence_documents(document: Document) -> Iterator[Document]:
    """Yield each sentence of a tokenised document as a document of its own, named ``ID/NUMBER``.

    Entities that no sentence holds whole are left out; document labels are not carried over.
    """
    spans = iter(document.entities)
    span = next(spans, None)
    for number, (first, last) in enumerate(document.sentences, 1):
        start, end = document.tokens[first].start, document.tokens[last - 1].end
        inside = []
        while span is not None and span.start < end:
            if span.start >= start and span.end <= end:
                inside.append(span.moved(-start))
            span = next(spans, None)
        yield replace(
            document.with_entities(inside),
            id=f"{document.id}/{number}",
            text=document.text[start:end],
            tokens=tuple(Token(t.text, t.start - start, t.end - start) for t in document.tokens[first:last]),
            sentences=((0, last - first),),
            labels=None,
        )
