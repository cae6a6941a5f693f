"""The five tag schemes as data: each prefix says whether it opens and whether it closes an entity.

A tag is ``PREFIX-LABEL`` (``B-PER``) or ``O``. The roles of the prefixes decide everything else: which
sequences are legal, how spans become tags, and which tags a CRF may put next to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onoma.errors import ConfigError, did_you_mean

OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A tag scheme.

    Args:
        name: as users write it.
        prefixes: prefix letter for each role; two roles may share a letter (BIO: ``I`` is inside and end).
    """

    name: str
    begin: str
    inside: str
    end: str
    single: str

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The distinct prefix letters."""
        return tuple(dict.fromkeys((self.begin, self.inside, self.end, self.single)))

    @property
    def strict(self) -> bool:
        """Whether some sequences of tags are illegal (never so in IO)."""
        return self.begin != self.inside

    @property
    def marks_end(self) -> bool:
        """Whether the last token of an entity has a prefix of its own."""
        return self.end != self.inside

    def tags(self, labels: Sequence[str]) -> list[str]:
        """Return all tags for ``labels``, ``O`` first."""
        return [OUTSIDE] + [f"{prefix}-{label}" for label in labels for prefix in self.prefixes]

    def may_start(self, tag: str) -> bool:
        """Whether a sentence may begin with ``tag``."""
        return self.may_follow(OUTSIDE, tag)

    def may_end(self, tag: str) -> bool:
        """Whether a sentence may finish with ``tag``."""
        return self.may_follow(tag, OUTSIDE)

    def may_follow(self, previous: str, tag: str) -> bool:
        """Whether ``tag`` may stand right after ``previous``."""
        if self.name == "IO":
            return True
        previous_prefix, previous_label = split_tag(previous)
        prefix, label = split_tag(tag)
        same = previous_label == label and label is not None
        if self.name == "IOB1":
            # B only separates two touching entities of one label.
            return prefix != "B" or same
        open_before = previous_prefix is not None and (
            previous_prefix in (self.begin, self.inside) if self.marks_end else True
        )
        continues = prefix is not None and prefix in (self.inside, self.end)
        if continues:
            return open_before and same
        return not (open_before and self.marks_end)


# IOB1 is kept apart by name: there B is written only between two touching entities of one label.
SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("IO", "I", "I", "I", "I"),
        Scheme("IOB1", "B", "I", "I", "B"),
        Scheme("BIO", "B", "I", "I", "B"),
        Scheme("BIOES", "B", "I", "E", "S"),
        Scheme("BILOU", "B", "I", "L", "U"),
    )
}

_ALIASES = {"IOB2": "BIO", "IOBES": "BIOES", "BIOLU": "BILOU", "IOB": "IOB1"}


def get_scheme(name: str) -> Scheme:
    """Return the scheme called ``name`` (any case; IOB2, IOBES are known too).

    Raises:
        ConfigError: no such scheme.
    """
    upper = name.upper()
    upper = _ALIASES.get(upper, upper)
    if upper not in SCHEMES:
        raise ConfigError(f"unknown tag scheme '{name}'{did_you_mean(upper, SCHEMES)}")
    return SCHEMES[upper]


def split_tag(tag: str) -> tuple[str | None, str | None]:
    """Split ``B-PER`` into ``("B", "PER")`` at the first hyphen; ``O`` gives ``(None, None)``."""
    if tag == OUTSIDE:
        return None, None
    prefix, _, label = tag.partition("-")
    return prefix, label


def labels_of_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of ``tags``, each once, in the order in which they come."""
    return tuple(dict.fromkeys(tag.partition("-")[2] for tag in tags if tag != "O"))
