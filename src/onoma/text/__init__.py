"""The data model: documents with character spans. Standard library only, everything immutable.

Character spans over ``Document.text`` are the truth; tokens and sentences are a view of it. Offsets are
code points, half-open: ``text[start:end]``.
"""

from onoma.text.documents import (
    Document,
    Link,
    Relation,
    Span,
    document_from_sentences,
    document_from_tokens,
    sort_spans,
)
from onoma.text.ledger import DUPLICATE, Corpus, Ledger
from onoma.text.tokens import Token, Tokens

__all__ = [
    "DUPLICATE",
    "Corpus",
    "Document",
    "Ledger",
    "Link",
    "Relation",
    "Span",
    "Token",
    "Tokens",
    "document_from_sentences",
    "document_from_tokens",
    "sort_spans",
]
