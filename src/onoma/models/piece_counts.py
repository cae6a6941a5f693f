"""How often a tokenizer's pieces occur in texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from onoma.features.tokenizers import guarded
from onoma.tokenize import get_tokenizer
from onoma.tokenize.registry import DEFAULT

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LINES_AT_ONCE = 2_000


def count_pieces(
    tokenizer: Tokenizer, lines: Iterable[str], *, spaced: bool
) -> tuple[Counter[int], Counter[str]]:
    """Count pieces in texts as they stand, and in their words, which is how models here read them.

    Args:
        tokenizer: without truncation and padding.
        lines: of the texts.
        spaced: a word is given with a space before it.

    Returns:
        Counts by id, and by word.
    """
    cutter = get_tokenizer(DEFAULT)
    pieces: Counter[int] = Counter()
    words: Counter[str] = Counter()
    for batch in _batches(lines):
        for ids in cut(tokenizer, batch):
            pieces.update(ids)
        for line in batch:
            words.update(cutter.document_of(line, "").words)
    for word, ids in zip(words, cut_words(tokenizer, words, spaced=spaced), strict=True):
        for piece in ids:
            pieces[piece] += words[word]
    return pieces, words


def cut(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Return the pieces of each text."""
    sound = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]  # half characters
    return [one.ids for one in guarded(partial(tokenizer.encode_batch, sound, add_special_tokens=False))]


def cut_words(tokenizer: Tokenizer, words: Iterable[str], *, spaced: bool) -> Iterator[list[int]]:
    """Yield the pieces of each word by itself."""
    prefix = " " if spaced else ""
    for batch in _batches(words):
        yield from cut(tokenizer, [prefix + word for word in batch])


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(texts)
    while batch := list(islice(iterator, _LINES_AT_ONCE)):
        yield batch
