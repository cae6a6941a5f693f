"""Tags of words where a format has labels of the document."""

from __future__ import annotations

from typing import Any

from onoma.errors import DataError
from onoma.readers.columns.choosing import is_tag


def are_word_tags(labels: Any, text: Any) -> bool:
    """Whether what is called labels of a document are tags, one for each of its words: ``["B-PER", "O"]``."""
    return (
        isinstance(labels, list)
        and isinstance(text, str)
        and all(isinstance(label, str) and is_tag(label) for label in labels)
        and any(len(label) > 1 for label in labels)
        and len(labels) == len(text.split())
    )


def check_document_labels(labels: Any, text: Any) -> None:
    """Refuse tags of words as labels of a document.

    Raises:
        DataError: without path and line.
    """
    if are_word_tags(labels, text):
        what = "labels are tags of words, not of the document: name another format with --from"
        raise DataError(what, code="wrong-type", text=", ".join(labels))
