"""A text of passages that stand at offsets of their own; white space fills what lies between them."""

from __future__ import annotations

from collections.abc import Callable

from onoma.errors import DataError

MAX_GAP = 100_000
"""A gap of more characters is taken for a wrong offset: filling it would only take memory."""

_LENGTHS: dict[str, Callable[[str], int]] = {
    "codepoint": len,
    "utf16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "utf8": lambda text: len(text.encode("utf-8", "surrogatepass")),
}


def length_in(text: str, unit: str) -> int:
    """Return the length of a text in code points (``codepoint``), ``utf16`` units or ``utf8`` bytes."""
    return _LENGTHS[unit](text)


class PassageText:
    """Puts passages together at their offsets.

    A gap becomes spaces with a newline at its end; before the first passage it becomes spaces.

    Args:
        unit: what offsets count.

    Attributes:
        length: of the text so far, in that unit.
    """

    def __init__(self, unit: str = "codepoint") -> None:
        self.length = 0
        self._unit = unit
        self._parts: list[str] = []

    def add(self, offset: int, text: str) -> int:
        """Add a passage; return by how much it had to be moved because another stands in its place.

        Raises:
            DataError: without path and line: a gap that is no gap.
        """
        gap, shift = offset - self.length, 0
        if gap < 0:
            gap = 1 if self._parts else 0
            shift = self.length + gap - offset
        if gap > MAX_GAP:
            what = f"the text at offset {offset:,} begins {gap:,} characters after that before it"
            raise DataError(f"{what}; is the offset right?", code="offset-gap", text=text[:40])
        if gap:
            self._parts.append(" " * (gap - 1) + "\n" if self._parts else " " * gap)
        self._parts.append(text)
        self.length += gap + length_in(text, self._unit)
        return shift

    @property
    def text(self) -> str:
        """The whole text so far."""
        return "".join(self._parts)
