"""What a tagger takes, checked: texts, documents, lists of words; anything else is said by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from onoma.text import Document, document_from_sentences
from onoma.tokenize import Tokenizer

Text = str | Document | Sequence[str]
"""What is tagged: a text, a document, or the words of one sentence as a list."""


def as_stream(items: object, called: str) -> Iterable[Text]:
    """Return what is many texts; a single one would be taken for its characters."""
    if isinstance(items, str | bytes | bytearray | Document) or not isinstance(items, Iterable):
        one = f"one {type(items).__name__}" if isinstance(items, Document) else _named(items)
        one = "one string" if isinstance(items, str) else one
        raise TypeError(f"{called} takes a list of texts, not {one}; one text is tagged by tagger(text)")
    return cast("Iterable[Text]", items)


def as_document(item: object, tokenizer: Tokenizer, index: int, number: int | None = None) -> Document:
    """Tokenise what is not tokenised yet; ``number`` is that of the item in messages, where it is another."""
    if isinstance(item, Document):
        return tokenizer.document(item)
    if isinstance(item, str):
        return tokenizer.document_of(item, str(index))
    if isinstance(item, list | tuple):
        return _from_words(list(item), index)
    hint = "; decode it first" if isinstance(item, bytes | bytearray) else ""
    needed = "a text is needed (a str, a Document, or a list of words)"
    raise TypeError(f"{needed}, not {_named(item)}; it is text {index if number is None else number}{hint}")


def _from_words(words: list[object], index: int) -> Document:
    """Return a document of one tokenised sentence; without words it is empty."""
    for number, word in enumerate(words):
        if not isinstance(word, str):
            raise TypeError(
                f"a list is the words of one sentence, and word {number} is {_named(word)}, not a str; "
                "several texts are tagged by pipe"
            )
        if not word or word.isspace():
            raise ValueError(f"word {number} of a sentence is empty; leave it out")
    return document_from_sentences(str(index), [cast("list[str]", words)] if words else [])


def _named(value: object) -> str:
    """Name what was given in place of a text: ``None``, ``nan (float)``, ``3 (int)``, ``bytes``."""
    if value is None:
        return "None"
    plain = isinstance(value, int | float)
    return f"{value} ({type(value).__name__})" if plain else type(value).__name__
