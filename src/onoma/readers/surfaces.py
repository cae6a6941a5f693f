"""The check that every writer makes: an entity is the text at its offsets."""

from __future__ import annotations

from onoma.errors import DataError
from onoma.text import Document, Span


def check_surface(span: Span, document: Document) -> None:
    """Refuse to write an entity that is not the text at its offsets.

    Raises:
        DataError: it is not.
    """
    if (
        not 0 <= span.start < span.end <= len(document.text)
        or document.text[span.start : span.end] != span.text
    ):
        what = f"document '{document.id}': {span.label} {span.start}-{span.end} is not the text there"
        raise DataError(what, code="surface-mismatch", text=span.text)
