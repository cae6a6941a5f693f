"""Characters that do not print, or stand for one that was lost."""

from __future__ import annotations

import unicodedata

from onoma.inspection.report import OddCharacter

_PLAIN = "\t\n\r"
_REPLACEMENT = "\ufffd"
_MAX_KINDS = 1000
_CONTROLS = {0x7F: "DELETE", 0x85: "NEXT LINE", 0x1B: "ESCAPE", 0x0B: "LINE TABULATION", 0x0C: "FORM FEED"}


class OddCharacterTally:
    """Counts control and format characters, spaces that are not ASCII, private use, U+FFFD.

    Tab and line ends are not odd. All of them are data to Onoma; other programs may drop or split at them.
    """

    def __init__(self) -> None:
        self._found: dict[str, list[int]] = {}  # count, line of the first

    def add(self, text: str, line: int) -> None:
        """Look through one sentence, which begins on ``line``."""
        if text.isprintable() and _REPLACEMENT not in text:
            return
        for char in text:
            if (not char.isprintable() and char not in _PLAIN) or char == _REPLACEMENT:
                if char in self._found:
                    self._found[char][0] += 1
                elif len(self._found) < _MAX_KINDS:
                    self._found[char] = [1, line]

    def report(self) -> tuple[OddCharacter, ...]:
        """Return the characters, most frequent first."""
        ranked = sorted(self._found.items(), key=lambda item: (-item[1][0], item[0]))
        return tuple(
            OddCharacter(f"U+{ord(char):04X}", _name(char), count, line) for char, (count, line) in ranked
        )


def _name(char: str) -> str:
    return unicodedata.name(char, _CONTROLS.get(ord(char), "control" if ord(char) < 0xA0 else "without name"))
