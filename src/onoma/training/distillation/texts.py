"""The texts that teachers are asked about: read, cut, and gathered in pieces that are the same every time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from onoma.errors import DataError
from onoma.readers import ReadOptions, Source
from onoma.readers.inputs import read_inputs
from onoma.readers.label_map import LabelMap
from onoma.text import Document
from onoma.tokenize import Tokenizer

_LOG = logging.getLogger(__name__)

SHARD_TOKENS = 32_768
"""Tokens of a piece, about: what a killed process has to do again."""

MAX_SENTENCE = 512
"""Tokens of the longest sentence that is taught; what is longer is mostly a table."""


@dataclass
class Texts:
    """Raw texts, documents of any format, or both.

    Args:
        files: of them.
        options: how they are read; without a format, lines of text are documents where nothing else is found.
        tokenizer: cuts what comes without tokens.
        max_words: end with the document in which so many tokens are reached; 0 for all.
        left_out: counts documents that are not taught, by reason.
    """

    files: tuple[str, ...]
    options: ReadOptions
    tokenizer: Tokenizer
    max_words: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        """Refuse what cannot be read twice.

        Raises:
            DataError: a file is missing, or is none.
        """
        for file in self.files:
            source = Source(file)
            if source.is_pipe:
                raise DataError(
                    "is a pipe; targets are made of files, so that they can be gone on with",
                    code="no-file",
                    path=file,
                )
            source.check_place()

    def pieces(self) -> Iterator[list[Document]]:
        """Yield tokenised documents, some at a time.

        Raises:
            DataError: a text cannot be read.
        """
        self.left_out.clear()
        piece: list[Document] = []
        size = total = 0
        for document in self._documents():
            tokenised = self.tokenizer.document(document.with_entities(()))
            if not _is_taught(tokenised, self.left_out):
                continue
            piece.append(tokenised)
            size += len(tokenised.tokens)
            total += len(tokenised.tokens)
            if size >= SHARD_TOKENS:
                yield piece
                piece, size = [], 0
            if self.max_words and total >= self.max_words:
                break
        if piece:
            yield piece

    def _documents(self) -> Iterator[Document]:
        given = replace(self.options, gold=False, labels=LabelMap(), on_error="strict")
        yield from read_inputs(self.files, lambda _: given, given=given, tell=_LOG.info)


def _is_taught(document: Document, left_out: Counter[str]) -> bool:
    if not document.tokens:
        left_out["without words"] += 1
        return False
    if max(end - first for first, end in document.sentences) > MAX_SENTENCE:
        left_out[f"with a sentence of more than {MAX_SENTENCE} tokens"] += 1
        return False
    return True
