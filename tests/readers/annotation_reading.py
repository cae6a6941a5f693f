"""Reading a text as a file of a format, for the tests of annotation tools' formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.text import Document


def read_text(
    folder: Path, format: str, text: str, log: ReadLog | None = None, **options: object
) -> list[Document]:
    """Read a file of that text; whatever becomes of it, the ledger balances."""
    path = folder / "f.data"
    path.write_text(text, encoding="utf-8")
    log = ReadLog() if log is None else log
    try:
        how = ReadOptions(format=format, **{"allow_empty": True, **options})  # type: ignore[arg-type]
        return list(read_documents(path, how, log))
    finally:
        assert log.ledger().balanced


def lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def check_fault(folder: Path, format: str, text: str, code: str, line: int) -> None:
    """The text raises one located error, and neither policy that goes on raises any."""
    with pytest.raises(DataError) as caught:
        read_text(folder, format, text)
    error = caught.value
    assert (error.code, error.path, error.line) == (code, str(folder / "f.data"), line)
    assert "\n" not in str(error)
    for policy in ("skip", "repair"):
        log = ReadLog()
        read_text(folder, format, text, log, on_error=policy)
        assert log.problem_counts[code] >= 1
