"""Words without their endings, so that a list need not hold every form: Russian cases, English plurals.

Light stemming finds no lemma, only what forms have in common. Russian: Dolamic and Savoy, "Indexing and
searching strategies for the Russian language" (JASIST 2009). English: the S stemmer of Harman, "How
effective is suffixing?" (JASIS 1991). Words of other scripts stay as they are.
"""

from __future__ import annotations

import re

_CYRILLIC = re.compile(r"[\u0400-\u04ff]\Z")
_LATIN = re.compile(r"[A-Za-z]\Z")

_CASES = {
    4: ("иями", "оями"),
    3: (
        "иям", "иях", "оях", "ями", "оям", "оьв", "ами", "его", "ему", "ери", "ими", "ого", "ому", "ыми",
        "оев",
    ),
    2: (
        "ая", "яя", "ях", "юю", "ах", "ею", "их", "ия", "ию", "ьв", "ою", "ую", "ям", "ых", "ея", "ам", "ем",
        "ей", "ём", "ев", "ий", "им", "ое", "ой", "ом", "ов", "ые", "ый", "ым", "ми",
    ),
    1: ("а", "е", "и", "о", "у", "й", "ы", "я", "ь"),
}  # fmt: skip
"""Endings by their length; at least three letters of the word are left."""


def stem(word: str) -> str:
    """Return a word without its ending; its case stays."""
    if _CYRILLIC.search(word):
        return _russian(word)
    return _english(word) if _LATIN.search(word) else word


def _russian(word: str) -> str:
    word = word.replace("ё", "е").replace("Ё", "Е")
    low = word.lower()
    for size, endings in _CASES.items():
        if len(low) > size + 2 and low.endswith(endings):
            word = word[:-size]
            break
    low = word.lower()
    if len(low) > 3 and low.endswith(("ь", "и", "нн")):
        word = word[:-1]
    return word


def _english(word: str) -> str:
    low = word.lower()
    if len(low) < 4:
        return word
    if low.endswith("ies") and not low.endswith(("eies", "aies")):
        return word[:-3] + ("Y" if word[-1].isupper() else "y")
    if low.endswith("es") and not low.endswith(("aes", "ees", "oes")):
        return word[:-1]
    return word[:-1] if low.endswith("s") and not low.endswith(("us", "ss")) else word
