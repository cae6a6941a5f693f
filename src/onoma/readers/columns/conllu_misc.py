"""The last column of CoNLL-U: ``KEY=VALUE`` pairs between bars, with entity tags and spacing among them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from onoma.readers.columns.choosing import is_tag

_PREFERRED = ("ner", "ne", "nertag", "namedentity", "nertype", "entity", "tag", "iob", "bio")
OUTSIDE = frozenset(("O", "o", "_", "-", "", "B-O", "I-O"))
"""What is read as ``O``; annotators of Universal NER left some words "annotated as outside"."""
_PREFIXED = re.compile(r"[BIESLUMWbieslumw][-_:/|+]\S.*|\S+[-_:][BIESLUMW]|[BI]")
_BRACKET = re.compile(r"\(?[^()\s]*[()]")
_ESCAPES = {"s": " ", "t": "\t", "n": "\n", "r": "\r", "p": "|", "\\": "\\"}
_ESCAPE = re.compile(r"\\(.)")
_LABEL = re.compile(r"[^\W\d][\w.-]*")
_MOST = 0.9
_MOST_LABELS = 100
_VAGUE = ("tag", "entity")


class Problem(NamedTuple):
    """Why no key holds tags."""

    code: str
    message: str


class Key(NamedTuple):
    """The key of MISC that holds the tags, empty where none does."""

    name: str
    problem: Problem | None = None


def misc_values(field: str) -> dict[str, str]:
    """Return the pairs of a MISC column; what is no pair is passed over."""
    if field == "_":
        return {}
    pairs = (part.partition("=") for part in field.split("|"))
    return {key.strip(): value for key, equals, value in pairs if equals}


def find_key(fields: Iterable[str], asked: str | None) -> Key:
    """Tell which key of MISC holds entity tags: one whose values are tags, not all of them outside.

    Of several the one whose name says so goes first: ``NER`` and ``NE`` before ``Entity`` before ``Tag``; an
    unknown name comes last.

    Args:
        fields: the MISC columns of the first rows.
        asked: the key that the user names; it is taken without a look at it.
    """
    values: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for field in fields:
        for key, value in misc_values(field).items():
            values[key][value] += 1
    if asked is not None:
        seen = ", ".join(sorted(values)) or "none"
        return Key(
            asked, None if asked in values else Problem("no-entity-key", f"no {asked} in MISC; keys: {seen}")
        )
    named = {key: counts for key, counts in values.items() if _rank(key) is not None}
    ways: tuple[list[str], ...] = (
        [key for key, counts in named.items() if _are_tags(counts)],
        [key for key, counts in named.items() if _are_labels(key, counts)],
        [key for key, counts in values.items() if key not in named and _are_tags(counts)],
        [key for key, counts in named.items() if OUTSIDE.issuperset(counts)],
    )
    holding = next(filter(None, ways), None)
    if holding:
        return Key(min(holding, key=lambda key: (_rank(key) or 0, key)))
    return Key("", _no_key(values))


def _rank(key: str) -> int | None:
    name = re.sub(r"[\W_]", "", key).casefold()
    return _PREFERRED.index(name) if name in _PREFERRED else None


def _are_tags(counts: Counter[str]) -> bool:
    """Whether values are tags, not all of them outside."""
    inside = Counter({value: count for value, count in counts.items() if value not in OUTSIDE})
    if not inside or ("O" not in counts and all(len(value) == 1 for value in inside)):
        return False
    prefixed = sum(count for value, count in inside.items() if _PREFIXED.fullmatch(value))
    tags = sum(count for value, count in counts.items() if value in OUTSIDE or is_tag(value))
    return prefixed >= _MOST * inside.total() and tags >= _MOST * counts.total()


def _are_labels(key: str, counts: Counter[str]) -> bool:
    """Whether values are labels without prefixes; words outside have ``O``, or no key."""
    labels = counts.keys() - OUTSIDE
    if "O" not in counts and key.casefold() in _VAGUE:
        return False
    return bool(labels) and len(labels) <= _MOST_LABELS and all(_LABEL.fullmatch(label) for label in labels)


def _no_key(values: Mapping[str, Counter[str]]) -> Problem:
    for key, counts in values.items():
        inside = [value for value in counts if value not in OUTSIDE]
        if _rank(key) is not None and inside and all(_BRACKET.match(value) for value in inside):
            return Problem(
                "bracket-entities",
                f"{key}= in MISC holds brackets of mentions as in GUM and CorefUD, which are not read; "
                "write one tag a word (NER=B-PER)",
            )
    seen = ", ".join(sorted(values)) or "none"
    return Problem(
        "no-entity-key", f"no key of MISC holds entity tags (NER=B-PER); keys: {seen}; --text-column KEY"
    )


def find_spaces(words: Sequence[str], misc: Sequence[Mapping[str, str]], text: str) -> tuple[list[str], bool]:
    """Return the white space after each word, and whether the words fit the text.

    After the last word stands a line end, unless ``SpacesAfter`` says otherwise.

    Args:
        words: of a sentence.
        misc: the pairs of each word.
        text: what ``# text`` says; empty for none.
    """
    spaces = [_space_after(pairs) for pairs in misc]
    if "SpacesAfter" not in misc[-1]:
        spaces[-1] = "\n"
    if not text:
        return spaces, True
    gaps = _gaps(words, text)
    if gaps is None:
        return spaces, False
    told = zip(spaces, gaps, misc, strict=False)
    inner = [space if "SpacesAfter" in pairs else gap for space, gap, pairs in told]
    return [*inner, spaces[-1]], True


def _space_after(pairs: Mapping[str, str]) -> str:
    if "SpacesAfter" in pairs:
        return unescape(pairs["SpacesAfter"])
    return "" if pairs.get("SpaceAfter") == "No" else " "


def _gaps(words: Sequence[str], text: str) -> list[str] | None:
    """Return what stands between the words in the text, if that is white space and nothing is left."""
    gaps = []
    position = len(text) - len(text.lstrip())
    for index, word in enumerate(words):
        if not text.startswith(word, position):
            return None
        end = position + len(word)
        position = end
        while position < len(text) and text[position].isspace():
            position += 1
        if index < len(words) - 1:
            gaps.append(text[end:position])
    return gaps if position == len(text) else None


def unescape(value: str) -> str:
    """Return the white space that ``SpacesAfter`` names; what is no white space is left out."""
    found = _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], ""), value)
    return "".join(char for char in found if char.isspace())


def escape(space: str) -> str:
    """Return white space as ``SpacesAfter`` names it."""
    names = {char: f"\\{name}" for name, char in _ESCAPES.items()}
    return "".join(names.get(char, char) for char in space)
