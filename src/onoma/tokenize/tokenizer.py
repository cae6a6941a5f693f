"""What cuts raw text into tokens and sentences, as a thing with a name and a version."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from onoma.text import Document, Token, Tokens, document_from_tokens
from onoma.tokenize.sentences import split_sentences

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")

Ranges = tuple[tuple[int, int], ...]
"""Half-open ranges of token indices that cover all tokens in order."""


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A tokeniser. A module of `onoma.tokenize.tokenizers` that has one as ``TOKENIZER`` is found by itself;
    others register under the entry point group ``onoma.tokenizers``.

    Models are stored with the name and the version of theirs, and a version gives the same tokens for ever:
    what would give others, even for one text, is a new version beside the old one.

    Args:
        name: as users write it.
        version: from 1.
        description: one line.
        tokenize: a text's tokens, in its order, none empty and none overlapping, with
            ``text[token.start:token.end] == token.text``; never fails, whatever the characters. In columns
            (`Tokens`) they cost least.
        sentences: a text's sentences, given tokens of it, which may be those of another tokeniser.

    Raises:
        ValueError: the name cannot stand in a setting, or the version is below 1.
    """

    name: str
    version: int
    description: str
    tokenize: Callable[[str], Sequence[Token]]
    sentences: Callable[[str, Sequence[Token]], Ranges] = split_sentences

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.version < 1:
            raise ValueError(f"a tokeniser cannot be called {self.name!a} {self.version!r}")

    @property
    def id(self) -> str:
        """Name and version, as settings and bundles have them: ``onoma@1``."""
        return f"{self.name}@{self.version}"

    def document(self, document: Document) -> Document:
        """Return the document with tokens and sentences; the very same one if it has tokens already."""
        if document.num_tokens:
            return document
        return document.with_tokens(*self._cut(document.text))

    def document_of(self, text: str, id: str) -> Document:
        """Return a new document of a text, with tokens and sentences."""
        return document_from_tokens(id, text, *self._cut(text))

    def _cut(self, text: str) -> tuple[Sequence[Token], Ranges]:
        tokens = self.tokenize(text)
        if not isinstance(tokens, Tokens):
            tokens = tuple(tokens)
        return tokens, self.sentences(text, tokens)
