"""What one reading came across: problems, and the fate of every gold entity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from onoma.errors import DataError, excerpt
from onoma.text import Ledger

MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or odd in the input that did not stop the reading.

    Args:
        code: the kebab-case kind, as in `DataError`.
        path: the file, as the user named it.
        line: 1-based line number; None when the whole file is meant.
        message: what is wrong.
    """

    code: str
    path: str
    line: int | None
    message: str


class ReadLog:
    """The running tally that a reader fills.

    Entities are counted at the moment their fate is known, so the ledger balances at any time. Problems are
    all counted in ``problem_counts``; only the first ``max_problems`` are kept with their messages.

    Attributes:
        format: name of the format read last, None before the first file.
        scheme: tag scheme of the column file read last, None for other formats.
        lines: where the latest document stands: the line of each of its sentences, or one line for all of it;
            none where the file has no lines.
        units: sentences of column files, or documents of others, that were come across; ``lost`` of them were
            left out by a policy that goes on.
        renamed: entities by label of the file and the label it was mapped to, empty for dropped ones.
    """

    def __init__(self, max_problems: int = MAX_PROBLEMS) -> None:
        self.problems: list[Problem] = []
        self.problem_counts: Counter[str] = Counter()
        self.format: str | None = None
        self.scheme: str | None = None
        self.lines: Sequence[int] = ()
        self.units = self.lost = 0
        self.renamed: Counter[tuple[str, str]] = Counter()
        self._max_problems = max_problems
        self._kept = 0
        self._adjusted: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._flattened: Counter[str] = Counter()

    def note(self, code: str, path: str, line: int | None, message: str) -> None:
        """Record a problem."""
        self.problem_counts[code] += 1
        if len(self.problems) < self._max_problems:
            self.problems.append(Problem(code, path, line, message))

    def note_error(self, error: DataError) -> None:
        """Record an error that a policy turned into a problem."""
        shown = "" if error.text is None else f" [{excerpt(error.text)}]"
        self.note(error.code, error.path or "", error.line, f"{error.message}{shown}")

    def leave_out(self, fault: DataError, on_error: str, entities: int = 0, *, counted: bool = False) -> None:
        """Record the sentence or document that a fault costs, with its entities; or stop at the fault.

        Args:
            fault: with its place.
            on_error: as of `ReadOptions`.
            entities: that are lost with it, as far as is known.
            counted: whether it is among ``units`` already.

        Raises:
            DataError: the fault, under ``strict``.
        """
        if on_error == "strict":
            raise fault from None
        self.note_error(fault)
        self.units += not counted
        self.lost += 1
        self.drop(fault.code, entities)

    def keep(self, count: int = 1) -> None:
        """Count entities taken over unchanged."""
        self._kept += count

    def keep_hull(self, pieces: int) -> None:
        """Count an entity of which only the hull is taken over: changed if it has several pieces."""
        if pieces > 1:
            self.adjust("discontinuous")
        else:
            self.keep()

    def adjust(self, reason: str, count: int = 1) -> None:
        """Count entities taken over with a change."""
        if count:
            self._adjusted[reason] += count

    def drop(self, reason: str, count: int = 1) -> None:
        """Count entities not taken over."""
        if count:
            self._dropped[reason] += count

    def flatten(self, reason: str, count: int = 1) -> None:
        """Count entities left out because a flat scheme has no room for them."""
        if count:
            self._flattened[reason] += count

    def rename(self, label: str, new: str | None) -> None:
        """Count an entity whose label was mapped to another, or to nothing (it is dropped as unwanted)."""
        if new != label:
            self.renamed[label, new or ""] += 1

    def ledger(self) -> Ledger:
        """Return the balance so far; always balanced."""
        read = self._kept + self._adjusted.total() + self._dropped.total() + self._flattened.total()
        return Ledger(read, self._kept, dict(self._adjusted), dict(self._dropped), dict(self._flattened))
