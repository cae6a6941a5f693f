"""Ids of concepts, as biomedical formats name what an entity is: one, several at once, or none."""

from __future__ import annotations

import re

_NONE = frozenset(("", "-", "-1", "null", "none", "nan"))
_SEPARATORS = ("|", ";", ",", "+")
_ID = re.compile(r"(?:[A-Za-z][\w .-]*:)?[A-Za-z]{0,10}_?[0-9]+(?:\.[0-9]+)?")


def concept_ids(given: str, *, composite: bool = False) -> list[str]:
    """Return the ids in a field: ``D010051|D001943`` is two, ``-1`` is none.

    A variant's description (``c|SUB|G|1934|A``, ``tmVar:p|SUB|V|600|E;HGVS:p.V600E``) has the same marks in
    it, and is one id: only what falls into plain ids is taken apart.

    Args:
        given: the field.
        composite: whether it is said elsewhere that bars separate ids.
    """
    given = given.strip()
    for mark in _SEPARATORS:
        parts = [part.strip() for part in given.split(mark)]
        plain = all(part.casefold() in _NONE or _ID.fullmatch(part) for part in parts)
        if len(parts) > 1 and (plain or (composite and mark == "|")):
            return list(dict.fromkeys(part for part in parts if part.casefold() not in _NONE))
    return [] if given.casefold() in _NONE else [given]
