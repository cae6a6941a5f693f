"""Tokenizers learned from one's own words. The same words give the same pieces, whatever their order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, repeat
from typing import TYPE_CHECKING

from onoma.features.tokenizers import BERT_SPECIALS, LONGEST_WORD, UNKNOWN, set_bert_rules

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BPE_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")

_WORDS_READ = 5_000_000  # counts beyond are scaled down: the library wants every word as often as it occurs
_PRIVATE, _PRIVATE_END = 0xF0000, 0x110000  # two planes of characters that stand for nothing


def train_wordpiece(words: Mapping[str, int], size: int, *, lowercase: bool, min_count: int = 2) -> Tokenizer:
    """Learn WordPiece as BERT's (Devlin et al. 2019): pairs are joined by frequency, as in BPE.

    The library's own trainer numbers pieces in random order and joins other pairs each time. So it learns
    plain pairs here, of words in which each character but the first is replaced by a private one of Unicode.

    Accents stay, in lower case too: stripping them would turn the Russian й into и.

    Args:
        words: how often each occurs.
        size: pieces, the specials included. Half of them at most are single characters; the rarest beyond are
            unknown.
        lowercase: whether capitals are dropped.
        min_count: rarer pairs are not joined.
    """
    from tokenizers import Tokenizer, models, trainers

    shell = Tokenizer(models.WordPiece())
    set_bert_rules(shell, lowercase=lowercase, strip_accents=False, chinese=True)
    parts = _split(shell, words)
    known = _alphabet(parts, max(1, size // 4))
    inner = {char: chr(_PRIVATE + index) for index, char in enumerate(known)}
    outer = {private: char for char, private in inner.items()}
    hidden = {
        part[0] + "".join(inner[char] for char in part[1:]): count
        for part, count in parts.items()
        if all(char in inner for char in part)
    }
    pairs = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=min_count,
        show_progress=False,
        special_tokens=list(BERT_SPECIALS),
        initial_alphabet=[*inner, *outer],
    )
    pairs.train_from_iterator(_repeated(hidden), trainer)
    learned = sorted(pairs.get_vocab().items(), key=lambda item: item[1])
    pieces = [piece if piece in BERT_SPECIALS else _visible(piece, outer) for piece, _ in learned]
    shell.model = models.WordPiece(
        vocab={piece: index for index, piece in enumerate(pieces)},
        unk_token=UNKNOWN,
        max_input_chars_per_word=LONGEST_WORD,
    )
    shell.add_special_tokens(list(BERT_SPECIALS))
    return shell


def train_bpe(words: Mapping[str, int], size: int, *, lowercase: bool, min_count: int = 2) -> Tokenizer:
    """Learn byte-level pairs as GPT-2's and RoBERTa's (Radford et al. 2019): nothing is unknown.

    Args as `train_wordpiece`; the 256 bytes and the specials are in every vocabulary.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    if lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=min_count,
        show_progress=False,
        special_tokens=list(BPE_SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(_repeated(words), trainer)
    return tokenizer


def _split(tokenizer: Tokenizer, words: Mapping[str, int]) -> Counter[str]:
    """Count what is left of the words after the tokenizer's first two steps."""
    parts: Counter[str] = Counter()
    for word, count in words.items():
        clean = tokenizer.normalizer.normalize_str(_encodable(word))
        for part, _ in tokenizer.pre_tokenizer.pre_tokenize_str(clean):
            if len(part) <= LONGEST_WORD:
                parts[part] += count
    return parts


def _encodable(word: str) -> str:
    """The word without halves of characters, which the library takes for no text."""
    return word.encode("utf-8", "replace").decode("utf-8")


def _alphabet(parts: Mapping[str, int], limit: int) -> list[str]:
    """The most frequent characters, in the order of their codes; private ones are not among them."""
    counts: Counter[str] = Counter()
    for part, count in parts.items():
        for char in part:
            counts[char] += count
    ranked = sorted((char for char in counts if ord(char) < _PRIVATE), key=lambda char: (-counts[char], char))
    return sorted(ranked[: min(limit, _PRIVATE_END - _PRIVATE)])


def _visible(piece: str, outer: Mapping[str, str]) -> str:
    text = "".join(outer.get(char, char) for char in piece)
    return f"##{text}" if piece[0] in outer else text


def _repeated(words: Mapping[str, int]) -> Iterator[str]:
    share = max(1.0, sum(words.values()) / _WORDS_READ)
    ordered = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    return chain.from_iterable(repeat(_encodable(word), math.ceil(count / share)) for word, count in ordered)
