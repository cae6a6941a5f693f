"""Raw text to words, as CoNLL and the Penn Treebank have them, with offsets.

Conventions, where the field has several:

- A full stop stays with an abbreviation or initial (``Mr.``, ``U.S.``, ``J.``, ``г.``, ``т.е.``), also at the
  end of a sentence, where one stop does the work of two. Stems that are ordinary words as well keep it only
  beside what makes them abbreviations: ``No. 5``, but ``She said no.``; a single capital is no initial at the
  end of a line or before a word like ``The`` (``Plan B. The ...``). ``1.`` at a line's start is one token.
- English clitics are split off (``do`` ``n't``, ``John`` ``'s``); ``cannot``, ``O'Brien``, ``d'Artagnan`` are
  whole.
- Hyphenated words, numbers, dates, scores, URLs, e-mails, mentions, hashtags and emoji sequences stay whole.
  Slashes between letters, dashes, quotes, brackets and symbols stand alone; a run (``...``, ``?!``, ``--``)
  is one token.
- Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Myanmar, Tibetan): one token a character
  with its combining marks and the consonants stacked below it, so that any span can be expressed; Hangul is
  split at spaces.

What a chunk between spaces becomes depends on nothing else, but for a doubtful stop at its end: so chunks are
split once and cached, which makes the speed that of a dictionary look-up. Time is linear in the text.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, chain, compress
from operator import itemgetter

from onoma.text import Token, Tokens
from onoma.tokenize.abbreviations import (
    ABBREVIATIONS,
    AFTER_NUMBER,
    BEFORE_NAME,
    BEFORE_NUMBER,
    STARTERS,
    TOP_LEVEL_DOMAINS,
)
from onoma.tokenize.graphemes import FLAG, PICTOGRAPHS, STACKERS, mark_class

_CACHE_SIZE = 1 << 16
_CACHED_LENGTH = 48  # longer chunks (URLs, garbage) hardly ever come again
_CLITIC_HOST_LENGTH = 40

_IN_DOUBT = ""
"""Stands after a word whose full stop may as well be a token of its own."""

_WIDE_GAP = re.compile(r"\s\s+")

_CLITIC = re.compile(r"(?:n['’]t|['’](?:s|re|ve|ll|d|m))\Z", re.IGNORECASE)
_DOTTED_LETTERS = re.compile(r"(?:[^\W\d_]\.)+-?[^\W\d_]")
_EMOTICON = re.compile(r"[:;=8][-'^]?[()\[\]DPpOo/\\|*]+|<3+|\^_+\^|-_+-|[xX]D+")
_ORDINAL = re.compile(r"\d{1,2}")
_ROMAN_OR_DIGIT = re.compile(r"\d|[IVXLC]+\Z")
_NEXT_WORD = re.compile(r"[^\S\n]*+[\"'«“„(\[]*+(\w++)(\.?)")
_INITIAL_BEFORE = re.compile(r"(?<!\w)[^\W\d_]\.[^\S\n]*\Z")
_NUMBER_BEFORE = re.compile(r"\d[^\S\n]*\Z")

UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6\u0edc-\u0edf\u0f40-\u0f6c"
    "\u1000-\u102a\u1780-\u17b3\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)


def tokenize_words(text: str) -> list[Token]:
    """Split raw text into words and punctuation.

    Every non-whitespace character is in exactly one token, tokens are in text order and hold no whitespace,
    and ``text[token.start:token.end] == token.text``. Never fails, whatever the characters.
    """
    return list(cut_words(text))


def cut_words(text: str) -> Tokens:
    """Return the same tokens in columns: a few passes over the text, none of them a loop in Python."""
    pieces = list(map(_CHUNKS.__getitem__, text.split()))
    words = list(chain.from_iterable(map(_WORDS, pieces)))
    starts = array("q", accumulate(chain.from_iterable(map(_STEPS, pieces)), initial=0))
    if starts.pop() != len(text.rstrip()) + 1 and words:
        starts = _widen(text, starts, chain.from_iterable(map(_STEPS, pieces)))
    return Tokens(words, starts) if all(words) else _settle(text, words, starts)


def _widen(text: str, starts: array[int], steps: Iterable[int]) -> array[int]:
    """Return where words start, given where they would if each gap were one character and at the inner ends.

    Args:
        text: has wider gaps, or such before the first word or after the last.
        starts: those of one character, from 0.
        steps: from each to the next.
    """
    widened = list(steps)
    shift = lead = len(text) - len(text.lstrip())
    for gap in _WIDE_GAP.finditer(text, lead):
        width = gap.end() - gap.start()
        widened[bisect_right(starts, gap.start() - shift) - 1] += width - 1
        shift += width - 1
    moved = array("q", accumulate(widened, initial=lead))
    moved.pop()
    return moved


def _settle(text: str, words: list[str], starts: array[int]) -> Tokens:
    """Return the tokens with each doubtful stop in its word or beside it; an `_IN_DOUBT` stands after it."""
    stays = bytearray(b"\1" * len(words))
    for index in [index for index, word in enumerate(words) if word == _IN_DOUBT]:
        start, end = starts[index - 1], starts[index]
        if _keeps_stop(text, start, end):
            stays[index] = False
        else:
            words[index - 1 : index + 1] = text[start : end - 1], "."
            starts[index] = end - 1
    return Tokens(list(compress(words, stays)), array("q", compress(starts, stays)))


class _ChunkCache(dict[str, tuple[tuple[str, ...], tuple[int, ...]]]):
    """The words of each chunk seen, and how far before the next each begins if one space follows the chunk.

    Nothing lies between two words of a chunk.
    """

    def __missing__(self, chunk: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
        words = tuple(_split_chunk(chunk))
        *steps, last = map(len, words)
        piece = words, (*steps, last + 1)
        if len(chunk) <= _CACHED_LENGTH:
            if len(self) >= _CACHE_SIZE:
                self.clear()
            self[chunk] = piece
        return piece


_CHUNKS = _ChunkCache()
_WORDS, _STEPS = itemgetter(0), itemgetter(1)


def _split_chunk(chunk: str) -> list[str]:
    """Split a chunk that holds no whitespace; the result depends on nothing else."""
    if _EMOTICON.fullmatch(chunk):
        return [chunk]
    scan = _scanner("@" in chunk or "/" in chunk or "www." in chunk).match
    words: list[str] = []
    position = 0
    while match := scan(chunk, position):
        position = match.end()
        if match.lastgroup == "word":
            words += _split_word(match[0], chunk[position : position + 1])
        elif match.lastgroup == "url":
            url = match[0].rstrip(".,;:!?'’…*")
            words.append(url)
            position = match.start() + len(url)
        else:
            words.append(match[0])
    return words


def _split_word(word: str, following: str) -> Iterator[str]:
    """Split clitics and full stops off a run of word characters and connectors.

    Args:
        word: may end in one full stop.
        following: the next character of the chunk, "" at its end.

    Yields:
        The parts; `_IN_DOUBT` last when the final stop is.
    """
    stop = word[-1] == "."
    stem = word[:-1] if stop else word
    *heads, last = _split_inner_stops(stem) if "." in stem else [stem]
    for head in heads:
        yield from _split_clitics(head)
    if not stop:
        yield from _split_clitics(last)
        return
    kind = _stop_kind(last)
    if kind == "doubtful" and following:
        kind = "keep" if _is_capital(last) and following in ",;:)-/" else "split"
    if kind == "split":
        yield from _split_clitics(last)
        yield "."
    else:
        yield last + "."
    if kind == "doubtful":
        yield _IN_DOUBT


def _stop_kind(stem: str) -> str:
    """Whether a full stop after ``stem`` stays with it: ``keep``, ``split`` or ``doubtful``."""
    last = stem.rpartition("-")[2]
    if stem in ABBREVIATIONS or _DOTTED_LETTERS.fullmatch(stem):
        return "keep"
    if last is not stem and ((len(last) > 1 and last in ABBREVIATIONS) or _DOTTED_LETTERS.fullmatch(last)):
        return "keep"
    if (
        _is_capital(stem)
        or stem in BEFORE_NUMBER
        or stem in BEFORE_NAME
        or stem in AFTER_NUMBER
        or _ORDINAL.fullmatch(stem)
    ):
        return "doubtful"
    return "split"


def _keeps_stop(text: str, start: int, end: int) -> bool:
    """Whether the stop at the end of the chunk's last word, ``text[start:end]``, belongs to the word."""
    stem = text[start : end - 1]
    following = _NEXT_WORD.match(text, end)
    if _is_capital(stem):
        if _INITIAL_BEFORE.search(text, max(0, start - 4), start):
            return True
        if following is None:
            return text[end : end + 2].strip()[:1] in tuple("&–—-,(")
        return following[2] == "." or not (following[1].lower() in STARTERS and following[1][0].isupper())
    if stem in AFTER_NUMBER:
        return _NUMBER_BEFORE.search(text, max(0, start - 3), start) is not None
    if following is None:
        return False
    if stem in BEFORE_NAME:
        return following[1][0].isupper() and following[1].lower() not in STARTERS
    if stem in BEFORE_NUMBER:
        return _ROMAN_OR_DIGIT.match(following[1]) is not None
    return start == 0 or text[start - 1] == "\n"  # an ordinal that opens its line


def _split_inner_stops(stem: str) -> list[str]:
    """Split ``г.Москва``, ``А.С.Пушкин`` and ``end.Next``; leave ``example.com`` and ``1.5`` whole."""
    sides = stem.split(".")
    parts = [sides[0]]
    whole_from = 0  # the side at which the current part starts
    letters = len(sides[0]) == 1
    for index in range(1, len(sides)):
        right = sides[index]
        # Abbreviations have few stops; not joining more keeps the time linear.
        current = ".".join(sides[whole_from:index]) if index - whole_from <= 3 else ""
        join = _inner_stop(sides[index - 1], right, current, letters)
        if join == "join":
            letters = letters and len(right) == 1
            continue
        stop = [] if join == "after" else ["."]
        parts[-1] = ".".join(sides[whole_from:index]) + ("." if join == "after" else "")
        parts += [*stop, right]
        whole_from = index
        letters = len(right) == 1
    parts[-1] = ".".join(sides[whole_from:])
    return parts


def _inner_stop(left: str, right: str, current: str, letters: bool) -> str:
    """At a stop inside a word: ``join`` both sides, split ``after`` it, or let it stand ``alone``."""
    capitalised = right[0].isupper() and (right[1:2].islower() or _is_cyrillic(right[0]))
    if letters and left.isalpha():
        if len(right) == 1 and right.isalpha():
            return "after" if _is_capital(left) and _is_cyrillic(left) and capitalised else "join"
        if capitalised and right.lower() not in TOP_LEVEL_DOMAINS:
            return "after"
        if left.islower() and _is_cyrillic(left) and (right[0].isdigit() or _is_cyrillic(right[0])):
            return "after"
        return "after" if current in BEFORE_NUMBER and right[0].isdigit() else "join"
    if current in ABBREVIATIONS and (capitalised or right[0].isdigit() or _is_cyrillic(right[0])):
        return "after"
    if current in BEFORE_NUMBER and right[0].isdigit():
        return "after"
    if current in BEFORE_NAME and capitalised:
        return "after"
    ends_word = left[-1:].isdigit() or (len(left) > 1 and left[-1].islower())
    return "alone" if capitalised and ends_word and right.lower() not in TOP_LEVEL_DOMAINS else "join"


def _split_clitics(word: str) -> list[str]:
    if ("'" not in word and "’" not in word) or len(word) > _CLITIC_HOST_LENGTH:
        return [word]
    clitics: list[str] = []
    while (match := _CLITIC.search(word)) and match.start() > 0:
        clitics.insert(0, match[0])
        word = word[: match.start()]
    return [word, *clitics]


def _is_capital(word: str) -> bool:
    return len(word) == 1 and word.isupper()


def _is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u052f"


@cache
def _scanner(web: bool) -> re.Pattern[str]:
    """The pattern of all pieces of a chunk; it matches at every position, so nothing is lost.

    Args:
        web: also look for URLs and e-mails, which costs a bounded look ahead at each position.

    No alternative can fail after an unbounded repeat that another start would scan again: repeats are bounded
    or possessive. Made at first use, for it takes some milliseconds.
    """
    mark = mark_class()
    letter = rf"(?:[^\W_{UNSPACED}]|{mark})"
    url_body = r"[^\s()<>«»\"“”]*+(?:\([^\s()<>]*+\)[^\s()<>«»\"“”]*+)*+"
    domain = r"\w[\w-]{0,62}(?:\.[\w-]{1,63}){0,5}\.(?:com|org|net|ru|io|ly|co|gov|edu|info|uk|de|рф)"
    connector = (
        r"(?:[-\u2010\u2011\u00b7]|_+|\.-?|(?<=[^\W\d_])['’\uff07](?=[^\W\d_])"
        r"|(?<=\d)[,:/．](?=\d)|(?<=[０-９])[，：／](?=[０-９])|(?<=[^\W\d_])&(?=[^\W\d_]))"
    )
    url = rf"(?:(?i:https?|ftps?)://|(?i:www)\.(?=\w)|{domain}/){url_body}"
    email = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    return re.compile(
        "|".join(
            (
                PICTOGRAPHS,
                rf"{FLAG}|[0-9#*]\ufe0f?\u20e3",
                *((rf"(?P<url>{url})", email) if web else ()),
                r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6});",
                r"(?<![\w@])@\w++",
                r"(?<![\w#])#(?=\d{0,32}[^\W\d])\w++",
                rf"['’](?i:s|re|ve|ll|d|m|em|tis|twas|til|cause)(?!{letter}|['’])|['’]\d\ds?(?!{letter}|['’])",
                r"(?:US|AU|CA|NZ|HK|NT|A|C|S|R)\$(?![^\W\d])",
                rf"(?P<word>(?:(?<![^(\[\"'«“/$])[+\-−]?(?:\.(?=\d))?(?=\d))?"
                rf"{letter}++(?:{connector}{letter}++)*+(?:\.(?!\.))?)",
                rf"[{UNSPACED}](?:{mark}|(?<=[{STACKERS}])[{UNSPACED}])*+",
                r"\.{2,}|…+|[!?]+(?:\.{2,})?|--+|==+|\*\*+|~~+|##+|__+|//+|''|``",
                rf".{mark}*+",
            )
        ),
        re.DOTALL,
    )
