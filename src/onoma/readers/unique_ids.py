"""Ids of documents where the file gives some that are not unique, as tables often do."""

from __future__ import annotations

from typing import Any

from onoma.readers.log import ReadLog

_MAX_IDS = 1_000_000


class UniqueIds:
    """Takes the ids that a file gives as long as each is new; numbers the documents otherwise.

    Args:
        stem: what ids of documents begin with that have none of their own.
    """

    def __init__(self, stem: str) -> None:
        self._stem = stem
        self._seen: set[str] = set()
        self._repeated = 0

    def take(self, given: Any, number: int) -> str:
        """Return the id of a document.

        Args:
            given: by the file: text or a whole number; anything else is no id.
            number: of the document in the file.
        """
        usable = type(given) is int or (isinstance(given, str) and given != "")
        id = str(given) if usable else f"{self._stem}:{number}"
        if id in self._seen:
            self._repeated += usable
            id = f"{self._stem}:{number}"
            while id in self._seen:
                id += "'"
        if len(self._seen) < _MAX_IDS:
            self._seen.add(id)
        return id

    def tell(self, log: ReadLog, path: str) -> None:
        """Note how many ids were not new."""
        if self._repeated:
            what = f"{self._repeated} documents have the id of an earlier one, and are numbered instead"
            log.note("duplicate-id", path, None, what)
