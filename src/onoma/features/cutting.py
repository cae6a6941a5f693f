"""Words to pieces, one at a time, by the tokenizer library."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from onoma.errors import ModelError, excerpt
from onoma.features.tokenizers import TokenizerError, guarded, needs_space

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_WORD_PIECES = 64
"""Pieces of a word; of a longer one the first are read. Words of a text have one to five."""

_MAX_CHARACTERS = 2_048  # far more than so many pieces; keeps a word of a megabyte from being cut as a whole

_PROBES = ("a", "Ж1", "東\u0301", "\U0001f600", "\u200b", ".", "x" * 200)


class PieceCutter:
    """Cuts a word into the ids of its pieces; any number of threads may ask.

    Args:
        tokenizer: without truncation and padding, and not changed any more: the library reads it without a
            lock of ours.
        state: its JSON, parsed.
        num_pieces: ids that are in its vocabulary.
        unknown_id: stands for a word of which nothing is left.

    Raises:
        TokenizerError: it fails on simple words.
    """

    def __init__(
        self, tokenizer: Tokenizer, state: Mapping[str, Any], num_pieces: int, unknown_id: int
    ) -> None:
        self._tokenizer = tokenizer
        self._prefix = " " if needs_space(state) else ""
        self._num_pieces = num_pieces
        self._unknown_id = unknown_id
        for probe in _PROBES:  # a tokenizer that fails does so in use, not when it is read
            self._pieces_of(probe)

    def __call__(self, word: str) -> list[int]:
        """Return at least one piece, at most `MAX_WORD_PIECES`.

        Raises:
            ModelError: the tokenizer fails on the word.
        """
        try:
            return self._pieces_of(word)
        except TokenizerError as error:
            raise ModelError(f"the model's tokenizer fails on the word '{excerpt(word)}': {error}") from None

    def _pieces_of(self, word: str) -> list[int]:
        text = self._prefix + word[:_MAX_CHARACTERS]
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode(
                "utf-8"
            )  # half a character is no text to the library
        pieces = guarded(partial(self._encode, text))
        if pieces and not 0 <= min(pieces) <= max(pieces) < self._num_pieces:
            raise TokenizerError("it puts out pieces that are not in its vocabulary")
        return pieces or [self._unknown_id]

    def _encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids[:MAX_WORD_PIECES]
