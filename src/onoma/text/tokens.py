"""Words and their places: one by one, and many at once in columns.

A `Token` costs some 150 bytes and a visit of the garbage collector in each of its rounds; in columns a word
costs 16 bytes beside its characters, and nothing looks at it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from operator import add
from typing import NamedTuple, overload


class Token(NamedTuple):
    """A word and its place in the document: ``document.text[start:end] == text``."""

    text: str
    start: int
    end: int


class Tokens(Sequence[Token]):
    """Tokens in columns, each made when it is asked for; not to be changed once it is made.

    Args:
        words: their texts, in text order. [N]
        starts: where each begins; it ends where its text does. [N]
    """

    __slots__ = ("starts", "words")

    def __init__(self, words: Sequence[str], starts: Sequence[int]) -> None:
        self.words = words
        self.starts = starts

    @classmethod
    def of(cls, tokens: Iterable[Token]) -> Tokens:
        """Return tokens in columns; the very same if they are."""
        if isinstance(tokens, cls):
            return tokens
        given = list(tokens)
        return cls([token.text for token in given], array("q", [token.start for token in given]))

    def __len__(self) -> int:
        return len(self.words)

    @overload
    def __getitem__(self, index: int) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> Tokens: ...
    def __getitem__(self, index: int | slice) -> Token | Tokens:
        if isinstance(index, slice):
            return Tokens(self.words[index], self.starts[index])
        return Token(self.words[index], self.starts[index], self.starts[index] + len(self.words[index]))

    def __iter__(self) -> Iterator[Token]:
        # As Token._make for each, without its Python frame.
        return map(tuple.__new__, repeat(Token), zip(self.words, self.starts, self.ends(), strict=True))

    def ends(self) -> Iterator[int]:
        """Yield where each ends."""
        return map(add, self.starts, map(len, self.words))

    def __repr__(self) -> str:
        return f"Tokens({list(self)!r})"
