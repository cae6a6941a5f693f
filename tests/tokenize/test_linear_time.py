"""A megabyte of one thing must cost linear work.

No wall time is asserted: a quadratic scan of a megabyte takes minutes, which nobody overlooks. The numbers of
tokens pin down what is scanned as one piece.
"""

from __future__ import annotations

import pytest

from onoma.tokenize import split_sentences, tokenize_words

MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("unit", "size", "num_tokens"),
    [
        ("a", MEGABYTE, 1),
        (".", MEGABYTE, 1),
        ("((((", MEGABYTE, MEGABYTE),
        ("http://", MEGABYTE, 1),
        ("@", MEGABYTE, MEGABYTE),
        ("a.", MEGABYTE, 1),
        ("a'", MEGABYTE, 2),
        ("'s", MEGABYTE, 2),
        ("a-", MEGABYTE, 2),
        ("1,", MEGABYTE, 2),
        ("a&", MEGABYTE, 2),
        ("_", MEGABYTE, 1),
        ("\u0301", MEGABYTE, 1),
        (" ", MEGABYTE, 0),
        ("\n ", MEGABYTE, 0),
        ("a@", MEGABYTE // 4, MEGABYTE // 4),
        ("a.b/", MEGABYTE // 4, MEGABYTE // 8),
        ("http://(", MEGABYTE // 4, MEGABYTE // 16),
        ('. "a', MEGABYTE // 4, MEGABYTE // 4 // 4 * 3),
        (". ( ", MEGABYTE // 4, MEGABYTE // 8),
    ],
)
def test_a_megabyte_of(unit: str, size: int, num_tokens: int) -> None:
    text = unit * (size // len(unit))
    tokens = tokenize_words(text)
    assert len(tokens) == num_tokens
    sentences = split_sentences(text, tokens)
    assert (sentences[-1][1] if sentences else 0) == num_tokens
