"""Whether accented letters and their like are written as one character (NFC) or as several (NFD)."""

from __future__ import annotations

import unicodedata

from onoma.inspection.report import NormalForms


class NormalFormTally:
    """Counts sentences by how they write letters that Unicode has both as one character and as several."""

    def __init__(self) -> None:
        self.composed = self.decomposed = 0

    def add(self, text: str) -> None:
        """Look through one sentence; one that mixes both counts as each."""
        if text.isascii():
            return
        self.composed += not unicodedata.is_normalized("NFD", text)
        # Not all that is no NFC is decomposed: some characters stand for others, or in another order.
        if not unicodedata.is_normalized("NFC", text):
            self.decomposed += len(unicodedata.normalize("NFC", text)) < len(text)

    @property
    def usual(self) -> str:
        """The form of most sentences, empty where none has such letters."""
        if not self.composed and not self.decomposed:
            return ""
        return "NFD" if self.decomposed > self.composed else "NFC"

    def report(self, train: NormalFormTally | None) -> NormalForms:
        """Return the counts.

        Args:
            train: what the split is compared with.
        """
        return NormalForms(self.composed, self.decomposed, self.usual, train.usual if train else "")
