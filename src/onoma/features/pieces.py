"""Word-piece features: every distinct word is cut into pieces once.

Rows are those of the word features below. The pieces of all word types lie in one growing array, so that a
batch is a gather without a Python object for each token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from onoma.errors import ModelError, excerpt
from onoma.features.tokenizer_parts import MAX_PIECES
from onoma.features.tokenizers import TokenizerError, guarded, needs_space, parse_tokenizer
from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary
from onoma.features.words import Batch, Rows, WordFeatures

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_WORD_PIECES = 64
"""Pieces of a word; of a longer one the first are read. Words of a text have one to five."""

_MAX_CHARACTERS = 2_048  # far more than so many pieces; keeps a word of a megabyte from being cut as a whole

_PAD_NAMES = ("[PAD]", "<pad>", "<|padding|>")
_UNKNOWN_NAMES = ("[UNK]", "<unk>", "<|endoftext|>")
_ENDS = (("[CLS]", "[SEP]"), ("<s>", "</s>"))

_PROBES = ("a", "Ж1", "東\u0301", "\U0001f600", "\u200b", ".", "x" * 200)

Ids = npt.NDArray[np.int64]


class PieceFeatures:
    """Turns words into pieces, beside what `WordFeatures` gives.

    Args:
        base: casing, and the words, characters and vectors that the model reads beside the pieces; its word
            vocabulary may be empty.
        tokenizer: cuts words into pieces. Truncation and padding of its own are turned off.
        specials: put the tokenizer's begin and end piece around each input.
        encoder: what a pretrained encoder needs to be rebuilt, JSON-ready; carried along.

    Attributes:
        num_pieces: ids of the tokenizer, holes included: rows of an embedding.
        pad_id: fills the end of short inputs.
        unknown_id: stands for a word of which nothing is left.
        mask_id: the piece that hides others in pretraining, None if the tokenizer has none.

    Raises:
        ValueError: the tokenizer cannot be used.
    """

    def __init__(
        self,
        base: WordFeatures,
        tokenizer: Tokenizer,
        *,
        specials: bool = True,
        encoder: dict[str, Any] | None = None,
    ) -> None:
        self.base = base
        self.tokenizer = tokenizer
        self.specials = specials
        self.encoder = encoder
        guarded(tokenizer.no_truncation)
        guarded(tokenizer.no_padding)
        tokenizer.encode_special_tokens = True  # "[SEP]" in a text is three pieces of text
        self._state: dict[str, Any] = json.loads(guarded(tokenizer.to_str))
        self._prefix = " " if needs_space(self._state) else ""
        self.num_pieces = self._count_ids()
        self.pad_id = self._find(_PAD_NAMES, 0)
        self.unknown_id = self._find(_UNKNOWN_NAMES, self.pad_id)
        mask_id = self._find(("[MASK]", "<mask>"), -1)
        self.mask_id = mask_id if mask_id >= 0 else None
        self._ends = self._find_ends() if specials else (self.pad_id, self.pad_id)
        self._reset()
        for probe in _PROBES:  # a tokenizer that fails does so in use, not when it is read
            self._pieces_of(probe)

    def _count_ids(self) -> int:
        largest = max(guarded(lambda: self.tokenizer.get_vocab(with_added_tokens=True)).values(), default=-1)
        if not 0 <= largest < MAX_PIECES:
            raise ValueError(
                f"a tokenizer has piece ids from 0 to {MAX_PIECES - 1}, this one up to {largest}"
            )
        return largest + 1

    def _find(self, names: Sequence[str], default: int) -> int:
        found = (self.tokenizer.token_to_id(name) for name in names)
        return next((piece for piece in found if piece is not None), default)

    def _find_ends(self) -> tuple[int, int]:
        for names in _ENDS:
            begin, end = (self.tokenizer.token_to_id(name) for name in names)
            if begin is not None and end is not None:
                return begin, end
        known = " or ".join(" and ".join(names) for names in _ENDS)
        raise ValueError(f"the tokenizer has no begin and end pieces: {known}; set specials = false")

    def _reset(self) -> None:
        self._starts = np.zeros(1024, dtype=np.int64)  # by row: where its pieces begin
        self._counts = np.zeros(1024, dtype=np.int64)  # by row: how many they are, 0 for not known yet
        self._pieces = np.zeros(4096, dtype=np.int32)
        self._used = 0

    @property
    def words(self) -> Vocabulary:
        """The word vocabulary of the base."""
        return self.base.words

    @property
    def characters(self) -> Vocabulary | None:
        """The character vocabulary of the base."""
        return self.base.characters

    @property
    def vectors(self) -> WordVectors | None:
        """Pretrained vectors of the base."""
        return self.base.vectors

    @property
    def overhead(self) -> int:
        """Pieces that are added to every input."""
        return 2 if self.specials else 0

    def rows(self, words: Sequence[str]) -> Rows:
        """Return each word's row in the type cache. [T]

        Raises:
            ModelError: the tokenizer fails on a word.
        """
        rows = self.base.rows(words)
        if self.base.num_cached > len(self._counts):
            room = np.zeros(max(len(self._counts), self.base.num_cached - len(self._counts)), dtype=np.int64)
            self._starts = np.concatenate([self._starts, room])
            self._counts = np.concatenate([self._counts, room])
        for index in np.flatnonzero(self._counts[rows] == 0).tolist():
            if self._counts[rows[index]] == 0:
                self._add(words[index], int(rows[index]))
        return rows

    def trim(self) -> None:
        """Forget cached words when there are too many; rows given out before are void then."""
        cached = self.base.num_cached
        self.base.trim()
        if self.base.num_cached < cached:
            self._reset()

    def _add(self, word: str, row: int) -> None:
        try:
            pieces = self._pieces_of(word)
        except TokenizerError as error:
            raise ModelError(f"the model's tokenizer fails on the word '{excerpt(word)}': {error}") from None
        end = self._used + len(pieces)
        if end > len(self._pieces):
            self._pieces = np.concatenate([self._pieces, np.zeros_like(self._pieces)])
        self._pieces[self._used : end] = pieces
        self._starts[row], self._counts[row] = self._used, len(pieces)
        self._used = end

    def _pieces_of(self, word: str) -> list[int]:
        """Cut a word; at least one piece, at most `MAX_WORD_PIECES`."""
        text = self._prefix + word[:_MAX_CHARACTERS]
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode(
                "utf-8"
            )  # half a character is no text to the library
        pieces = guarded(partial(self._encode, text))
        if pieces and not 0 <= min(pieces) <= max(pieces) < self.num_pieces:
            raise TokenizerError("it puts out pieces that are not in its vocabulary")
        return pieces or [self.unknown_id]

    def _encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids[:MAX_WORD_PIECES]

    def sizes(self, rows: Rows) -> Ids:
        """Return the pieces of each word. [T]"""
        return self._counts[rows]

    def batch(self, sentences: Sequence[Rows]) -> Batch:
        """Gather the model inputs of sentences of rows.

        Returns:
            The base's batch, and ``pieces`` [B, P] padded with the pad id, ``piece_lengths`` [B] with the
            specials counted, ``piece_words`` [B, P] the word of each piece (0 for specials and padding),
            ``first_pieces`` [B, T] each word's first place in P, and ``piece_counts`` [B, T]; the last two
            are 0 in padding.
        """
        inputs = self.base.batch(sentences)
        lengths = inputs["lengths"]  # [B]
        flat = np.concatenate(sentences) if len(sentences) else np.zeros(0, dtype=np.int32)  # [N]
        counts = self._counts[flat]  # [N]
        before = np.concatenate([[0], np.cumsum(counts)])  # [N+1], pieces before each word
        edges = np.concatenate([[0], np.cumsum(lengths)])  # [B+1], words before each sentence
        first = int(self.specials)
        piece_lengths = np.diff(before[edges]) + self.overhead  # [B]
        # Where the pieces of the M in the batch lie in the cache, word by word.
        places = np.repeat(self._starts[flat] - before[:-1], counts) + np.arange(before[-1])  # [M]
        columns = np.arange(int(piece_lengths.max(initial=0)))  # [P]
        inner = (columns >= first) & (columns < (piece_lengths - first)[:, None])  # [B, P]
        words = np.arange(inputs["words"].shape[1]) < lengths[:, None]  # [B, T]
        pieces = np.full(inner.shape, self.pad_id, dtype=np.int64)  # [B, P]
        pieces[inner] = self._pieces[places]
        if self.specials and len(pieces):
            pieces[:, 0] = self._ends[0]
            pieces[np.arange(len(pieces)), piece_lengths - 1] = self._ends[1]
        owners = np.arange(len(flat)) - np.repeat(edges[:-1], lengths)  # [N], place in the sentence
        firsts = before[:-1] - np.repeat(before[edges[:-1]], lengths) + first  # [N]
        inputs["pieces"] = pieces
        inputs["piece_lengths"] = piece_lengths
        inputs["piece_words"] = _scatter(inner, np.repeat(owners, counts))  # [B, P]
        inputs["first_pieces"] = _scatter(words, firsts)  # [B, T]
        inputs["piece_counts"] = _scatter(words, counts)  # [B, T]
        return inputs

    def state(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_state`; the vectors are in `arrays`."""
        return {
            "base": self.base.state(),
            "tokenizer": self._state,
            "specials": self.specials,
            "encoder": self.encoder,
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the pretrained vectors of the base as named arrays."""
        return self.base.arrays()

    @classmethod
    def from_state(
        cls, state: dict[str, Any], arrays: Mapping[str, npt.NDArray[Any]] | None = None
    ) -> PieceFeatures:
        """Rebuild from `state` and `arrays`.

        Raises:
            ValueError: they are not what `state` and `arrays` return.
        """
        base, tokenizer = state.get("base"), state.get("tokenizer")
        specials, encoder = state.get("specials"), state.get("encoder")
        if not isinstance(base, dict) or not isinstance(tokenizer, dict) or not isinstance(specials, bool):
            raise ValueError("piece features need 'base', 'tokenizer' and 'specials'")
        if not (encoder is None or isinstance(encoder, dict)):
            raise ValueError("piece features have an object or null as 'encoder'")
        try:
            text = json.dumps(tokenizer, ensure_ascii=False)
        except (TypeError, RecursionError) as error:
            raise ValueError(f"a tokenizer is plain JSON: {error}") from None
        words = WordFeatures.from_state(base, arrays)
        return cls(words, parse_tokenizer(text), specials=specials, encoder=encoder)


def _scatter(mask: npt.NDArray[np.bool_], values: Ids) -> Ids:
    """Write values to where the mask is true, row by row; 0 elsewhere."""
    padded = np.zeros(mask.shape, dtype=np.int64)
    padded[mask] = values
    return padded
