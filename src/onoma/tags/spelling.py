"""How files spell their tags, and the one spelling used inside: ``PREFIX-LABEL`` and ``O``.

Seen in the field: ``B_PER``, ``B:PER``, ``PER-B``, ``b-per``; ``M-`` for inside (BMES), ``W-`` for a single
word (BMEWO); bare ``B``, ``I``, ``O`` where there is but one label; ``_`` or ``0`` for outside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from onoma.tags.scheme import OUTSIDE

ONLY_LABEL = "ENTITY"
"""The label of files that write none (``B``, ``I``, ``O``)."""

_SEPARATED = re.compile(r"([BIESLUMW])([-_:/|+])(?=\S)(.*\S)")
_SUFFIXED = re.compile(r"(\S.*)([-_:])([BIESLUMW])")
_BARE = frozenset("BIESLUMW")
_OUTSIDES = ("_", "-", "0", "OUT", "out", "NONE", "None", "none", "OTHER", "NIL")
_SAME_ROLE = {"M": "I", "W": "S"}
_MOST = 0.95


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a file spells tags.

    Args:
        name: for a note: ``B-PER`` is the plain one, others name an example of the file.
        spell: turns a tag of the file into the inner spelling; tags that do not fit come back as they are.
        outside: what the file writes for ``O``.
    """

    name: str
    spell: Callable[[str], str] | None = None
    outside: str = OUTSIDE
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def plain(self) -> bool:
        """Whether tags are taken as they are."""
        return self.spell is None and self.outside == OUTSIDE

    def __call__(self, tag: str) -> str:
        """Return a tag in the inner spelling."""
        known = self._known.get(tag)
        if known is None:
            if tag == self.outside:
                known = OUTSIDE
            else:
                known = tag if self.spell is None else self.spell(tag)
            if len(self._known) < 100_000:
                self._known[tag] = known
        return known


PLAIN = Spelling("B-PER")


def find_spelling(tags: Iterable[str] | Mapping[str, int]) -> Spelling:
    """Tell how tags are spelled from those of a sample (or their counts).

    A few tags that do not fit (one in twenty) do not matter here: they are faults of their own.
    """
    counts = Counter(tags)
    counts.pop("", None)
    outside = _find_outside(counts)
    named = Counter({tag: count for tag, count in counts.items() if tag != outside})
    if not named:
        return PLAIN if outside == OUTSIDE or outside not in counts else Spelling(outside, None, outside)
    example = named.most_common(1)[0][0]
    for fits, spell in _SPELLINGS:
        if _share(named, fits) >= _MOST and (spell is not None or outside != OUTSIDE):
            return Spelling(example, spell, outside)
        if _share(named, fits) >= _MOST:
            return PLAIN
    return PLAIN


def _find_outside(counts: Counter[str]) -> str:
    if OUTSIDE in counts or not counts:
        return OUTSIDE
    if "o" in counts and all(tag == "o" or _SEPARATED.match(tag.upper()) for tag in counts):
        return "o"
    commonest = counts.most_common(1)[0][0]
    others = Counter({tag: count for tag, count in counts.items() if tag != commonest})
    known = commonest in _OUTSIDES and others and any(_share(others, fits) == 1 for fits, _ in _SPELLINGS)
    return commonest if known else OUTSIDE


def _share(counts: Counter[str], fits: Callable[[str], bool]) -> float:
    return sum(count for tag, count in counts.items() if fits(tag)) / counts.total()


def _is_plain(tag: str) -> bool:
    return tag[1:2] == "-" and len(tag) > 2 and tag[0] in "BIESLU"


def _is_separated(tag: str) -> bool:
    return _SEPARATED.fullmatch(tag) is not None


def _separate(tag: str) -> str:
    match = _SEPARATED.fullmatch(tag)
    return tag if match is None else f"{_SAME_ROLE.get(match[1], match[1])}-{match[3]}"


def _is_lower(tag: str) -> bool:
    return tag[:1].islower() and _is_separated(tag[:1].upper() + tag[1:])


def _raise_prefix(tag: str) -> str:
    return _separate(tag[:1].upper() + tag[1:]) if _is_lower(tag) else tag


def _is_suffixed(tag: str) -> bool:
    return _SUFFIXED.fullmatch(tag) is not None


def _turn(tag: str) -> str:
    match = _SUFFIXED.fullmatch(tag)
    return tag if match is None else f"{_SAME_ROLE.get(match[3], match[3])}-{match[1]}"


def _is_bare(tag: str) -> bool:
    return tag in _BARE


def _name(tag: str) -> str:
    return f"{_SAME_ROLE.get(tag, tag)}-{ONLY_LABEL}" if tag in _BARE else tag


def _separated_by(mark: str) -> Callable[[str], bool]:
    return lambda tag: tag[1:2] == mark and _is_separated(tag)


_SPELLINGS: tuple[tuple[Callable[[str], bool], Callable[[str], str] | None], ...] = (
    (_is_plain, None),
    *((_separated_by(mark), _separate) for mark in "-_:/|+"),
    (_is_lower, _raise_prefix),
    (_is_bare, _name),
    (_is_suffixed, _turn),
)
