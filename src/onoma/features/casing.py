"""The shape of a word's capitals as one of a few classes (after Chiu and Nichols 2016, refined)."""

from __future__ import annotations

CASINGS = (
    "padding",
    "lower",
    "title",
    "upper",
    "single-upper",
    "mixed",
    "upper-with-digits",
    "lower-with-digits",
    "number",
    "number-like",
    "punctuation",
    "other",
)
_ID = {name: index for index, name in enumerate(CASINGS)}


def casing_id(word: str) -> int:
    """Return the index into `CASINGS` for ``word``; never 0, which is padding."""
    return _ID[_casing(word)]


def _casing(word: str) -> str:
    only_letters = word.isalpha()  # as most are
    has_letter = only_letters or any(char.isalpha() for char in word)
    has_digit = not only_letters and any(char.isdigit() for char in word)
    if not has_letter:
        if word.isdigit():
            return "number"
        if has_digit:
            return "number-like"
        return "punctuation" if all(not char.isalnum() for char in word) else "other"
    upper, lower = word.upper() == word, word.lower() == word
    if upper and lower:
        return "other"  # scripts without case
    if has_digit:
        return "lower-with-digits" if lower else "upper-with-digits"
    if lower:
        return "lower"
    if upper:
        return "single-upper" if sum(char.isalpha() for char in word) == 1 else "upper"
    # Title: one capital, at the first letter (quotes, hyphens may stand before it).
    letters = [char for char in word if char.isalpha()]
    return "title" if letters[0].isupper() and not any(char.isupper() for char in letters[1:]) else "mixed"
