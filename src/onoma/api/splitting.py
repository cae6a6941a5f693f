"""Dividing data into train, dev and test; what ``onoma split`` does, in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

from onoma.api.data import Data, read
from onoma.text import Corpus, Document, Ledger

_LOG = logging.getLogger("onoma")

By = Literal["document", "sentence"]
"""What is kept whole."""


def split(
    data: Data,
    *,
    dev: float = 0.1,
    test: float = 0.1,
    seed: int = 13,
    by: By = "document",
    stratify: bool = True,
    group_duplicates: bool = True,
    **options: Any,
) -> dict[str, Corpus]:
    """Divide data into parts of the sizes asked for; what ``onoma split`` does, but for writing them.

    >>> data = [{"text": f"Ann {n} left.", "entities": []} for n in range(10)]
    >>> {name: len(part.documents) for name, part in split(data, test=0.2, dev=0.1).items()}
    {'train': 7, 'dev': 1, 'test': 2}

    Args:
        data: see `onoma.read`.
        dev: share of the dev part, 0..1; 0 leaves it out.
        test: share of the test part.
        seed: the same one gives the same parts.
        by: ``sentence`` makes a document of each sentence first.
        stratify: whether each part gets its share of every label.
        group_duplicates: whether equal texts stay in one part.
        options: of reading; see `onoma.read`.

    Returns:
        ``train``, ``dev`` and ``test``, in the order of the data; `onoma.train` takes them as its ``data``.

    Raises:
        ConfigError: ``by`` or shares that make no sense.
        DataError: data that cannot be read, or too little of it for parts of these sizes.
    """
    from onoma.errors import check_choice
    from onoma.readers.partition import divide_documents

    check_choice("by", by, get_args(By))
    documents = read(data, **options).documents
    units = sentences_of(documents, _LOG.warning)[0] if by == "sentence" else documents
    shares = {"dev": dev, "test": test}
    parts = divide_documents(units, shares, seed, stratify=stratify, group_duplicates=group_duplicates)
    if repeated := len(units) - len({unit.text for unit in units}):
        _LOG.warning("%d of %d %ss repeat an earlier one", repeated, len(units), by)
    for name, members in parts.items():
        if not members:
            _LOG.warning("%s is empty: equal texts stay together (group_duplicates)", name)
    return {name: _corpus(members, name) for name, members in parts.items()}


def sentences_of(documents: Sequence[Document], tell: Callable[[str], None]) -> tuple[list[Document], Ledger]:
    """Return each sentence as a document, with the account of the entities, and tell what that loses."""
    from onoma.readers.partition import sentence_documents
    from onoma.tokenize import tokenize_document

    sentences = [one for document in documents for one in sentence_documents(tokenize_document(document))]
    whole, kept = (sum(len(one.entities) for one in some) for some in (documents, sentences))
    ledger = Ledger(read=whole, kept=kept)
    if whole > kept:
        ledger = Ledger(read=whole, kept=kept, dropped={"crosses-sentences": whole - kept})
        tell(f"{whole - kept} entities cross the end of a sentence and are dropped")
    labelled = sum(document.labels is not None for document in documents)
    if labelled:
        tell(f"the document labels of {labelled} documents are not carried over to their sentences")
    return sentences, ledger


def _corpus(documents: Sequence[Document], name: str) -> Corpus:
    count = sum(len(document.entities) for document in documents)
    return Corpus(tuple(documents), Ledger(read=count, kept=count), name)
