"""The steps of a tokenizer before its model: what changes a text, and what cuts it; each within bounds.

Steps, names and fields are those of the Hugging Face library ``tokenizers``; the regular expressions those
that its converters and the tokenizers of GPT-2, GPT-4, Llama 3 and Qwen write.
"""

from __future__ import annotations

import base64
import binascii
import math
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_MAX_STEPS = 16
_MAX_CHARSMAP, _LONGEST_REPLACEMENT = 4 << 20, 128  # bytes; the longest in Unicode is of 33

Word = Annotated[str, Field(max_length=16)]
Behavior = Literal["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]

_LETTERS = r"[^\r\n\p{L}\p{N}]?"
_CONTRACTED = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r"\s*[\r\n]+|\s+(?!\S)|\s+"
EXPRESSIONS = frozenset(
    (
        " {2,}",
        r"\s+",
        r"\s{2,}",
        r"\s{2,}|[\n\r\t]",
        r"[\n\r\t]",
        r"\d",
        r"\d{1,3}",
        r"\p{N}",
        r"\p{N}{1,3}",
        r"\w+|[^\w\s]+",
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        *(
            rf"{_CONTRACTED}|{_LETTERS}\p{{L}}+|\p{{N}}{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_REST}"
            for digits in ("", "{1,3}")
        ),
        rf"'(?i:[sdmt]|ll|ve|re)|{_LETTERS}+\p{{L}}+|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]++[\r\n]*|"
        r"\s*[\r\n]|\s+(?!\S)|\s+",
    )
)
"""Regular expressions whose time is linear, or that are short of words as ours are."""


class Part(BaseModel):
    """A part with no fields but those that are known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Text(Part):
    text: str = Field(alias="String", min_length=1, max_length=16)


class _Expression(Part):
    expression: str = Field(alias="Regex", max_length=400)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.expression not in EXPRESSIONS:
            raise ValueError("a regular expression that is not known")
        return self


Pattern = _Text | _Expression


# Normalizers. Each has a bound of how many characters it makes of one.


class _Plain(Part):
    type: Literal["Strip", "StripAccents", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Nmt", "ByteLevel"]
    strip_left: bool = True
    strip_right: bool = True

    @property
    def growth(self) -> int:
        """By Unicode's tables; a character has up to four bytes."""
        return {"NFC": 3, "NFD": 4, "NFKC": 18, "NFKD": 18, "Lowercase": 3, "ByteLevel": 4}.get(self.type, 1)


class _BertNormalizer(Part):
    type: Literal["BertNormalizer"]
    clean_text: bool = True
    handle_chinese_chars: bool = True
    strip_accents: bool | None = None
    lowercase: bool = True

    @property
    def growth(self) -> int:
        """Spaces around a character, or its decomposition."""
        return 12


class _Precompiled(Part):
    type: Literal["Precompiled"]
    precompiled_charsmap: str | None = Field(None, max_length=_MAX_CHARSMAP)

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            data = base64.b64decode(self.precompiled_charsmap or "", validate=True)
        except binascii.Error:
            raise ValueError("a map of characters that is not base64") from None
        size = int.from_bytes(data[:4], "little")  # of what finds a replacement; then they follow
        if data and (size % 4 or size > len(data) - 4):
            raise ValueError("a map of characters that is cut")
        if max(map(len, data[4 + size :].split(b"\0"))) > _LONGEST_REPLACEMENT:
            raise ValueError("a map of characters with a replacement without end")
        return self

    @property
    def growth(self) -> int:
        """Two bytes at least make a character in all that grows; see `_LONGEST_REPLACEMENT`."""
        return _LONGEST_REPLACEMENT // 2


class _Replace(Part):
    type: Literal["Replace"]
    pattern: Pattern
    content: Word

    @property
    def growth(self) -> int:
        """Of a pattern's shortest match."""
        shortest = len(self.pattern.text) if isinstance(self.pattern, _Text) else 1
        return max(1, math.ceil(len(self.content) / shortest))


class _Prepend(Part):
    type: Literal["Prepend"]
    prepend: Word

    @property
    def growth(self) -> int:
        """Of a word of one character."""
        return 1 + len(self.prepend)


class _Normalizers(Part):
    type: Literal["Sequence"]
    normalizers: list[Normalizer] = Field(max_length=_MAX_STEPS)

    @property
    def growth(self) -> int:
        """The product of its steps'."""
        return math.prod(step.growth for step in self.normalizers)


Normalizer = Annotated[
    _Plain | _BertNormalizer | _Precompiled | _Replace | _Prepend | _Normalizers, Field(discriminator="type")
]


# What cuts a text before the model does.


class _Cut(Part):
    type: Literal["BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts"]


class ByteLevel(Part):
    """Bytes as characters, as GPT-2 has it."""

    type: Literal["ByteLevel"]
    add_prefix_space: bool = True
    trim_offsets: bool = True
    use_regex: bool = True


class Metaspace(Part):
    """A character for spaces, as SentencePiece has it."""

    type: Literal["Metaspace"]
    replacement: str = Field(min_length=1, max_length=1)
    prepend_scheme: Literal["first", "never", "always"] = "always"
    split: bool = True
    add_prefix_space: bool | None = None
    str_rep: Word | None = None


class _Split(Part):
    type: Literal["Split"]
    pattern: Pattern
    behavior: Behavior
    invert: bool = False


class _Punctuation(Part):
    type: Literal["Punctuation"]
    behavior: Behavior = "Isolated"


class _Digits(Part):
    type: Literal["Digits"]
    individual_digits: bool = False


class _Delimiter(Part):
    type: Literal["CharDelimiterSplit"]
    delimiter: str = Field(min_length=1, max_length=1)


class _PreTokenizers(Part):
    type: Literal["Sequence"]
    pretokenizers: list[PreTokenizer] = Field(max_length=_MAX_STEPS)


PreTokenizer = Annotated[
    _Cut | ByteLevel | Metaspace | _Split | _Punctuation | _Digits | _Delimiter | _PreTokenizers,
    Field(discriminator="type"),
]
