"""Which encodings bytes may be in that are not UTF-8: by what they say when they are read in each.

Every sequence of bytes is some text in most encodings, so that being decodable says little. What tells is
whether the letters beyond ASCII are those that people write in words of a language of that encoding: Russian
small letters behind at most one capital, the few thousand common characters of Chinese, kana in Japanese. It
is a guess, which an error may name; nothing is ever read by it.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_PLAUSIBLE = 0.75
"""Least share of the characters beyond ASCII that are as they should be."""
_NEARLY = 0.9
"""Of the best one's share, that another must reach to be named beside it."""
_SIGNS = "«»„“”‘’–—…№·°§©®€£ \u00a0\u00ad"
"""Beyond ASCII in text of any language."""


class _Encoding(NamedTuple):
    """An encoding, and what words beyond ASCII look like in text that is in it."""

    name: str
    words: re.Pattern[str]
    frequent: str = ""
    """Letters that text is full of: they decide where several encodings give words."""
    lead: tuple[str, int, int] | None = None
    """Of scripts of thousands: the codec whose first byte tells common characters, and its range for them."""


def _cased(upper: str, lower: str) -> re.Pattern[str]:
    """Words of a script of its own: small letters behind at most one capital, or capitals."""
    apart, beside = rf"(?<![A-Za-z{upper}{lower}])", rf"(?![A-Za-z{upper}{lower}])"
    return re.compile(rf"{apart}(?:[{upper}{lower}][{lower}]+|[{upper}]{{2,}}){beside}")


def _latin(letters: str) -> re.Pattern[str]:
    """Words of Latin letters, these among them, not many side by side."""
    upper = "".join(char.upper() for char in letters if len(char.upper()) == 1)
    small, large, other = rf"a-z{letters}", rf"A-Z{upper}", rf"{letters}{upper}"
    few = rf"(?![a-zA-Z]?[{other}]{{3}})"
    return re.compile(rf"(?<![{small}{large}]){few}(?:[{large}]?[{small}]+|[{large}]+)(?![{small}{large}])")


_CYRILLIC = _cased("А-ЯЁІЇЄҐЎЈЉЊЋЂЏЅЌЃ", "а-яёіїєґўјљњћђџѕќѓ")
_OF_CYRILLIC = "оеаинтсрвлкмпуОЕАИНТСРВЛК"
_ONE_BYTE = (
    _Encoding("cp1252", _latin("àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœðþ"), "àáâãäåæçèéêëíîïñóôõöøùúûüß"),
    _Encoding("cp1250", _latin("áâäąăćčçďđéęěëíîłĺľńňóôöőřŕśšşťţúůüűýźżžß"), "áäąćčéęěíłńóöřśšúůüýżž"),
    _Encoding("cp1254", _latin("çğıöşüâîûİ"), "çğıöşüİ"),
    _Encoding("cp1257", _latin("āčēģīķļņšūžąęėįųõäöü"), "āčēīķļņšūžąęėįųõäöü"),
    _Encoding("cp1251", _CYRILLIC, _OF_CYRILLIC),
    _Encoding("koi8-r", _cased("А-ЯЁ", "а-яё"), _OF_CYRILLIC),
    _Encoding("koi8-u", _CYRILLIC, _OF_CYRILLIC),
    _Encoding("cp866", _CYRILLIC, _OF_CYRILLIC),
    _Encoding("cp1253", _cased("Α-ΩΆΈΉΊΌΎΏ", "α-ωάέήίόύώϊϋΐΰς"), "αοιετσνρηυπκμλςΑΟΙΕ"),
    _Encoding("cp1255", re.compile("(?<![A-Za-z])[א-ת\u05b0-\u05c2]+(?![A-Za-z])"), "יוהלאמתרשבנ"),
    _Encoding("cp1256", re.compile("(?<![A-Za-z])[ء-غف-يپچژگ\u064b-\u0652،؛؟]+(?![A-Za-z])"), "اليمنوتربةع"),
    _Encoding("cp874", re.compile("[ก-ฺเ-๎๐-๙]{2,}"), "านรอกเงมยลวดทส่้ีิั"),
)
_HAN = "\u4e00-\u9fff"


def _han(signs: str) -> re.Pattern[str]:
    """Runs of Han characters; one alone among Latin letters is a Latin letter and the one behind it."""
    return re.compile(rf"[{_HAN}{signs}]{{2,}}|(?<![A-Za-z])[{_HAN}{signs}](?![A-Za-z])")


_ASIAN = (
    _Encoding(
        "shift_jis", re.compile(f"[{_HAN}]*[ぁ-んァ-ヶー、。「」]+[{_HAN}]*"), "", ("euc_jp", 0xA1, 0xCF)
    ),
    _Encoding("euc_jp", re.compile(f"[{_HAN}]*[ぁ-んァ-ヶー、。「」]+[{_HAN}]*"), "", ("euc_jp", 0xA1, 0xCF)),
    _Encoding("cp949", re.compile("[가-힣]+"), "", ("euc_kr", 0xB0, 0xC8)),
    _Encoding("gb18030", _han("，。、：；？！（）《》"), "", ("gb2312", 0xA1, 0xD7)),
    _Encoding("big5", _han("，。、：；？！（）「」"), "", ("big5", 0xA1, 0xC6)),
)


def likely_encodings(data: bytes, refused: str) -> list[str]:
    """Return the encodings that bytes may be in, the likeliest first; none where none is likely.

    Args:
        data: from where a character begins; the end may be cut within one.
        refused: the encoding that they are not in.
    """
    found = [(*_likeness(data, one), one.name) for one in (*_ASIAN, *_ONE_BYTE) if one.name != refused]
    best = max(share for share, *_ in found)
    near = [one for one in found if one[0] >= max(_PLAUSIBLE, _NEARLY * best)]
    return [name for *_, name in sorted(near, key=lambda one: -one[0] - one[1])]  # equals stay in their order


def _likeness(data: bytes, encoding: _Encoding) -> tuple[float, float]:
    """Return which share of the characters beyond ASCII is in words, and which is frequent there."""
    try:  # the end may be cut within a character
        text = codecs.getincrementaldecoder(encoding.name)().decode(data)
    except UnicodeDecodeError:
        return 0.0, 0.0
    foreign = [char for char in text if char > "\x7f" and char not in _SIGNS]
    if not foreign:  # quotation marks and dashes alone
        return float(any(char in _SIGNS for char in text if char > "\x7f")), 0.0
    words = "".join(match.group() for match in encoding.words.finditer(text))
    usual = [char for char in words if char > "\x7f" and char not in _SIGNS and _is_common(char, encoding)]
    frequent = sum(char in encoding.frequent for char in usual) if encoding.frequent else 0.5 * len(usual)
    return len(usual) / len(foreign), frequent / len(foreign)


def _is_common(char: str, encoding: _Encoding) -> bool:
    if encoding.lead is None:
        return True
    codec, first, last = encoding.lead
    encoded = char.encode(codec, "ignore")
    return len(encoded) == 2 and first <= encoded[0] <= last
