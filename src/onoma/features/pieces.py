"""Word-piece features: what cuts words into pieces, beside the word features, and how both are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from onoma.features.context import context_state, read_context
from onoma.features.cutting import MAX_WORD_PIECES, PieceCutter
from onoma.features.piece_types import Frame, PieceTypes
from onoma.features.tokenizer_parts import MAX_PIECES
from onoma.features.tokenizers import guarded, parse_tokenizer
from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary
from onoma.features.word_types import TypeCache
from onoma.features.words import WordFeatures

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_PAD_NAMES = ("[PAD]", "<pad>", "<|padding|>")
_UNKNOWN_NAMES = ("[UNK]", "<unk>", "<|endoftext|>")
_ENDS = (("[CLS]", "[SEP]"), ("<s>", "</s>"))
_LETTERS = "a b e i m n o r s t а е и н о р с т"
"""Some letters that every tokenizer has of the scripts with capitals."""


class PieceFeatures(TypeCache):
    """Turns words into pieces, beside what `WordFeatures` gives.

    Args:
        base: casing, and the words, characters and vectors that the model reads beside the pieces; its word
            vocabulary may be empty.
        tokenizer: cuts words into pieces. Truncation and padding of its own are turned off.
        specials: put the tokenizer's begin and end piece around each input.
        encoder: what a pretrained encoder needs to be rebuilt, JSON-ready; carried along.
        context: words of the document that are read on either side of a sentence.
        together: whether sentences are then read in passages; see `onoma.features.context`.

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
        context: int = 0,
        together: bool = True,
    ) -> None:
        self.base = base
        self.tokenizer = tokenizer
        self.specials = specials
        self.encoder = encoder
        self.context = context
        self.together = together
        guarded(tokenizer.no_truncation)
        guarded(tokenizer.no_padding)
        tokenizer.encode_special_tokens = True  # "[SEP]" in a text is three pieces of text
        self._state: dict[str, Any] = json.loads(guarded(tokenizer.to_str))
        self.num_pieces = self._count_ids()
        self.pad_id = self._find(_PAD_NAMES, 0)
        self.unknown_id = self._find(_UNKNOWN_NAMES, self.pad_id)
        mask_id = self._find(("[MASK]", "<mask>"), -1)
        self.mask_id = mask_id if mask_id >= 0 else None
        self._ends = self._find_ends() if specials else None
        self._cut = PieceCutter(tokenizer, self._state, self.num_pieces, self.unknown_id)
        super().__init__()

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

    def new_types(self) -> PieceTypes:
        """Return an empty table, beside the one in use."""
        frame = Frame(self.pad_id, self._ends)
        return PieceTypes(self.words, self.characters, self.vectors, self._cut, frame)

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
    def sees_capitals(self) -> bool:
        """Whether the tokenizer cuts capitals otherwise than small letters; an uncased one does not."""
        large, small = guarded(lambda: self.tokenizer.encode_batch([_LETTERS.upper(), _LETTERS]))
        return bool(large.ids != small.ids)

    @property
    def overhead(self) -> int:
        """Pieces that are added to every input."""
        return 2 if self.specials else 0

    @property
    def longest_word(self) -> int:
        """Most pieces of an input with a single word: one with room for so many has room for any word."""
        return MAX_WORD_PIECES + self.overhead

    def state(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_state`; the vectors are in `arrays`."""
        return {
            "base": self.base.state(),
            "tokenizer": self._state,
            "specials": self.specials,
            "encoder": self.encoder,
        } | context_state(self.context, self.together)

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
        context, together = read_context(state)
        try:
            text = json.dumps(tokenizer, ensure_ascii=False)
        except (TypeError, RecursionError) as error:
            raise ValueError(f"a tokenizer is plain JSON: {error}") from None
        words = WordFeatures.from_state(base, arrays)
        cut = parse_tokenizer(text)
        return cls(words, cut, specials=specials, encoder=encoder, context=context, together=together)
