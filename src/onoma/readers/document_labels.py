"""Where the labels of documents come from: the file's own, or a rule over what is annotated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from onoma.text import Document

RULES = ("field", "relations", "entities", "none")
"""``field``: what the file says of the document; ``relations``, ``entities``: the types of relations, or of
entities, that occur in it, sorted; ``none``: documents are not annotated."""


def label_documents(documents: Iterable[Document], rule: str) -> Iterator[Document]:
    """Yield the documents with the labels that one of `RULES` gives them."""
    for document in documents:
        yield document if rule == "field" else replace(document, labels=_labels(document, rule))


def _labels(document: Document, rule: str) -> tuple[str, ...] | None:
    if rule == "none":
        return None
    things = document.relations if rule == "relations" else document.entities
    return tuple(sorted({thing.label for thing in things}))
