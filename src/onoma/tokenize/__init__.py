"""Raw text to tokens and sentences, and character spans to token spans."""

from onoma.tokenize.align import (
    MISALIGNED_POLICIES,
    AlignedSpan,
    Alignment,
    Fate,
    MisalignedPolicy,
    SentenceSpans,
    align_spans,
    move_spans,
    sentence_spans,
    token_span_to_chars,
)
from onoma.tokenize.registry import get_tokenizer, list_tokenizers, tokenize_document
from onoma.tokenize.sentences import split_sentences
from onoma.tokenize.tokenizer import Tokenizer
from onoma.tokenize.words import tokenize_words

__all__ = [
    "MISALIGNED_POLICIES",
    "AlignedSpan",
    "Alignment",
    "Fate",
    "MisalignedPolicy",
    "SentenceSpans",
    "Tokenizer",
    "align_spans",
    "get_tokenizer",
    "list_tokenizers",
    "move_spans",
    "sentence_spans",
    "split_sentences",
    "token_span_to_chars",
    "tokenize_document",
    "tokenize_words",
]
