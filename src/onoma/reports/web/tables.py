"""What the page's script has to know of characters and words, taken from the tokeniser itself."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from onoma.tokenize import abbreviations
from onoma.tokenize.graphemes import PICTOGRAPH, PICTOGRAPH_MODIFIER, STACKERS, mark_class
from onoma.tokenize.sentences import GREEK, TERMINALS
from onoma.tokenize.words import UNSPACED

_ALL = range(0x110000)
_DIGITS = string.digits + string.ascii_lowercase

Range = tuple[int, int]


def tables_as_json() -> str:
    """Return classes of characters, their cases, letters in any case, words, as ASCII JSON.

    A class is its ranges as numbers to the base 36: how many characters lie before a range, and in it. All is
    that of this Python: a browser of another version of Unicode knows other letters and cases, and would cut
    words otherwise and take them for others.
    """
    tables = {
        "classes": {name: _code(ranges) for name, ranges in _classes()},
        "lower": _case(str.lower),
        "upper": _case(str.upper),
        "anyCase": {letter: _any_case(letter) for letter in string.ascii_lowercase},
        "words": {name: " ".join(sorted(words)) for name, words in _WORDS.items()},
    }
    return json.dumps(tables, ensure_ascii=True, separators=(",", ":"))


_WORDS = {
    "abbreviations": abbreviations.ABBREVIATIONS,
    "beforeNumber": abbreviations.BEFORE_NUMBER,
    "beforeName": abbreviations.BEFORE_NAME,
    "afterNumber": abbreviations.AFTER_NUMBER,
    "afterAnd": abbreviations.AFTER_AND,
    "leading": abbreviations.LEADING,
    "trailing": abbreviations.TRAILING,
    "letters": abbreviations.LETTERS,
    "starters": abbreviations.STARTERS,
    "domains": abbreviations.TOP_LEVEL_DOMAINS,
}


def _classes() -> Iterator[tuple[str, list[Range]]]:
    patterns = {
        "space": r"\s",
        "word": r"\w",
        "decimal": r"\d",
        "name": r"[^\W\d_]",
        "letter": rf"[^\W_{UNSPACED}]|{mark_class()}",
        "mark": mark_class(),
        "unspaced": f"[{UNSPACED}]",
        "pictograph": PICTOGRAPH,
        "modifier": PICTOGRAPH_MODIFIER,
        "stackers": f"[{STACKERS}]",
        "terminal": f"[{''.join(sorted(TERMINALS))}]",
        "greek": f"[{GREEK}]",
    }
    everything = "".join(map(chr, _ALL))
    for name, pattern in patterns.items():
        yield name, [found.span() for found in re.finditer(f"(?:{pattern})+", everything)]
    yield "letters", _ranges(map(str.isalpha, everything))
    yield "digits", _ranges(map(str.isdigit, everything))
    yield "upper", _ranges(map(str.isupper, everything))
    yield "lower", _ranges(map(str.islower, everything))
    yield "title", _ranges(char.istitle() and not char.isupper() for char in everything)
    # What makes a sigma behind it a final one, and what is passed over in looking for that.
    cased, behind_a = _finals("", everything), _finals("A", everything)
    yield "cased", _ranges(cased)
    yield "uncounted", _ranges(one and not own for one, own in zip(behind_a, cased, strict=True))


def _finals(before: str, characters: str) -> list[bool]:
    """Return whether a sigma is final behind each character, which has ``before`` before it."""
    same_length = characters.replace("İ", "I")  # the only one that becomes two
    lowered = "".join(f"{before}{char}Σ\n" for char in same_length).lower()
    step = len(before) + 3
    return [char == "ς" for char in lowered[step - 2 :: step]]


def _ranges(flags: Iterable[bool]) -> list[Range]:
    """Return where flags are true, half-open."""
    ranges = []
    for flag, group in groupby(enumerate(flags), key=lambda pair: pair[1]):
        places = [place for place, _ in group]
        if flag:
            ranges.append((places[0], places[-1] + 1))
    return ranges


def _code(ranges: Iterable[Range]) -> str:
    numbers: list[str] = []
    reached = 0
    for start, end in ranges:
        numbers += _base36(start - reached), _base36(end - start)
        reached = end
    return " ".join(numbers)


def _base36(number: int) -> str:
    if number < 0:
        return f"-{_base36(-number)}"
    digits = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits


def _case(change: Callable[[str], str]) -> dict[str, Any]:
    """Return what characters become: how far each is from the last one, and how far it moves; longer ones."""
    moves: list[str] = []
    longer: dict[str, str] = {}
    reached = 0
    everything = list(map(chr, _ALL))
    for code, (char, other) in enumerate(zip(everything, map(change, everything), strict=True)):
        if len(other) > 1:
            longer[char] = other
        elif other != char:
            moves += _base36(code - reached), _base36(ord(other) - code)
            reached = code
    return {"moves": " ".join(moves), "longer": longer}


def _any_case(letter: str) -> str:
    """Return what the letter stands for where a pattern ignores case: ``k`` also for the sign of Kelvin."""
    # Characters of one plane only have case forms in ASCII.
    pattern = re.compile(letter, re.IGNORECASE)
    return "".join(char for char in map(chr, range(0x10000)) if pattern.match(char))
