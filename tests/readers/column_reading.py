"""What a column file holds, for the tests of column formats."""

from __future__ import annotations

from pathlib import Path

from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.text import Document

Held = tuple[str, list[tuple[str, int, int]]]


def held(documents: list[Document]) -> list[Held]:
    """The text of each document, and label, start and end of its entities; the text at them is theirs."""
    for document in documents:
        for start, end, _, text, *_ in document.entities:
            assert document.text[start:end] == text
        for token in document.tokens:
            assert document.text[token.start : token.end] == token.text
    return [(one.text, [(span.label, span.start, span.end) for span in one.entities]) for one in documents]


def read_file(
    folder: Path, text: str, name: str = "data", log: ReadLog | None = None, **options: object
) -> list[Held]:
    """Read a file of that text, its format found by content; the ledger balances."""
    path = folder / name
    path.write_bytes(text.encode())
    log = ReadLog() if log is None else log
    try:
        return held(list(read_documents(path, ReadOptions(**options), log)))  # type: ignore[arg-type]
    finally:
        assert log.ledger().balanced
