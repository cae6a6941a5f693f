"""Names that are put together here: what each split may draw, of people, places, organisations and the rest.

Half of what dev and test draw is in no other split. All kinds are made of the same stems, so that an unseen
name is told by its ending, as it is in life, and some names are of a person, a place and a firm at once, so
that only what stands around them tells.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

SPLITS = ("train", "dev", "test")
_OWN = 0.5
"""Share of what dev and test draw that train has not."""

_LISTS = {
    name: [" ".join(part.split()) for part in text.split(",")]
    for name, text in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}

Maker = Callable[["Names"], str]


@dataclass(frozen=True, slots=True)
class _Pool:
    """Names of one kind: those of train, which all draw from, and those that dev and test have alone."""

    parts: dict[str, list[str]]

    def draw(self, split: str, random: Random) -> str:
        own = split != "train" and random.random() < _OWN
        return random.choice(self.parts[split if own else "train"])


def divide(items: Sequence[str], random: Random) -> dict[str, list[str]]:
    """Return what each split has of its own: two thirds train, an eighth dev, the rest test."""
    shuffled = sorted(set(items))
    random.shuffle(shuffled)
    first, second = len(shuffled) * 16 // 24, len(shuffled) * 19 // 24
    return dict(zip(SPLITS, (shuffled[:first], shuffled[first:second], shuffled[second:]), strict=True))


def _joined(endings: Sequence[str]) -> list[str]:
    return [stem + ending for stem in _LISTS["stem"] for ending in endings if stem[-1] != ending[0]]


_POOLS = {
    name: _joined(items) if name in ("surname", "town", "firm") else items
    for name, items in _LISTS.items()
    if name != "stem"
}


class Names:
    """Draws names for one split.

    Args:
        split: train, dev or test.
        seed: divides each pool, the same for all splits.
        random: what draws.
    """

    def __init__(self, split: str, seed: int, random: Random) -> None:
        self._split, self._random = split, random
        self._pools = {name: _Pool(divide(items, Random(f"{seed} {name}"))) for name, items in _POOLS.items()}

    def part(self, name: str) -> str:
        """Draw a part of a name from the pool of that name."""
        return self._pools[name].draw(self._split, self._random)

    def of(self, kind: str) -> str:
        """Draw a name of a kind of `KINDS`."""
        makers, weights = zip(*KINDS[kind], strict=True)
        maker: Maker = self._random.choices(makers, weights)[0]
        return maker(self)

    def initials(self) -> str:
        """Three or four capitals."""
        return "".join(self._random.choices("ABCDEFGILMNOPRSTUVW", k=self._random.choice((3, 3, 4))))

    def one_of(self, *items: str) -> str:
        """Draw from a list that all splits have."""
        return self._random.choice(items)


def _titled_work(names: Names) -> str:
    first, second = names.part("noun"), names.part("noun")
    return names.one_of(
        f"The {first}", f"The {first} and the {second}", f"{first} of the {second}", f"A {first} in {second}"
    )


KINDS: dict[str, list[tuple[Maker, float]]] = {
    "SURNAME": [(lambda n: n.part("surname"), 3), (lambda n: n.part("any"), 2)],
    "PER": [
        (lambda n: f"{n.part('first')} {n.of('SURNAME')}", 8),
        (lambda n: f"{n.part('first')[0]}. {n.of('SURNAME')}", 1),
        (lambda n: f"{n.part('first')} {n.one_of('de', 'van', 'von', 'al')} {n.of('SURNAME')}", 0.7),
        (lambda n: f"{n.part('first')} {n.part('first')[0]}. {n.of('SURNAME')}", 0.7),
        (lambda n: f"{n.part('first')} {n.part('surname')}-{n.part('surname')}", 0.5),
    ],
    "TOWN": [
        (lambda n: n.part("town"), 5),
        (lambda n: n.part("any"), 2),
        (lambda n: f"{n.one_of('New', 'Port', 'North', 'Saint', 'Upper')} {n.part('town')}", 1),
    ],
    "LOC": [
        (lambda n: n.of("TOWN"), 6),
        (lambda n: n.part("country"), 4),
        (
            lambda n: f"{n.of('TOWN')} {n.one_of('Bay', 'Valley', 'Island', 'Bridge', 'Airport', 'Street')}",
            1.2,
        ),
        (lambda n: f"{n.one_of('Lake', 'Mount', 'Cape')} {n.part('surname')}", 0.6),
        (lambda n: f"{n.one_of('Gulf', 'Strait', 'Isle')} of {n.of('TOWN')}", 0.5),
    ],
    "FIRM": [
        (lambda n: n.part("firm"), 4),
        (lambda n: f"{n.part('firm')} {n.one_of('Inc', 'Ltd', 'Group', 'Holdings', 'Partners')}", 2),
        (lambda n: f"{n.part('any')} {n.one_of('Group', 'Holdings', 'Motors', 'Foods', 'Airlines')}", 1),
        (lambda n: f"{n.of('SURNAME')} and {n.one_of('Sons', 'Partners', 'Company')}", 1),
        (lambda n: f"{n.part('surname')} & {n.part('surname')}", 0.5),
        (lambda n: f"Bank of {n.of('LOC')}", 1),
        (lambda n: f"{n.part('word')} {n.one_of('Systems', 'Energy', 'Insurance', 'Media')}", 1),
    ],
    "BODY": [
        (lambda n: f"Ministry of {n.part('field')}", 1.5),
        (lambda n: f"University of {n.of('TOWN')}", 1.5),
        (lambda n: f"{n.of('TOWN')} City Council", 1),
        (lambda n: f"{n.of('TOWN')} Institute of {n.part('field')}", 1),
        (lambda n: f"{n.of('SURNAME')} Foundation for {n.part('field')}", 1),
        (lambda n: f"{n.one_of('National', 'General')} Union of {n.part('worker')}", 1),
        (Names.initials, 1.5),
    ],
    "TEAM": [
        (lambda n: f"{n.part('town')} {n.part('team')}", 3),
        (lambda n: f"{n.part('any')} {n.part('team')}", 1),
        (lambda n: n.part("any"), 2),
        (lambda n: n.part("town"), 2),
    ],
    "ANY": [(lambda n: n.part("any"), 1)],
    "WORD": [(lambda n: n.part("word"), 1)],
    "ADJ": [(lambda n: n.part("adjective"), 1)],
    "MISC": [
        (lambda n: f"{n.of('TOWN')} {n.one_of('Open', 'Grand Prix', 'Marathon', 'Film Festival')}", 1),
        (lambda n: f"{n.one_of('Treaty', 'Battle', 'Feast')} of {n.of('TOWN')}", 1),
        (lambda n: f"{n.part('law')} Act", 1),
        (lambda n: f"{n.part('surname')} Prize", 1),
    ],
    "WORK": [(_titled_work, 1)],
}
"""Ways to make a name of each kind, with their weights."""
