"""Whether a document's labels are shown to people: of a sentence or two they say little."""

from __future__ import annotations

from onoma.text import Document

LONG_ENOUGH = 3
"""From so many sentences on document labels are shown without being asked for."""


def shows_labels(document: Document, asked: bool | None) -> bool:
    """Return whether to show the labels of a document.

    Args:
        document: cut into sentences, as all that was tagged is.
        asked: what the user said; None for nothing.
    """
    return len(document.sentences) >= LONG_ENOUGH if asked is None else asked


def without_labels(document: Document) -> Document:
    """Return a copy without document labels."""
    return document.with_predicted(document.entities)
