"""Sources without gold: what they cover, where they differ, and how far they are believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onoma.reports.figure_tables import FiguresTable

_HEADINGS = ("source", "label", "tokens", "coverage", "overlap", "conflict", "precision", "recall")


def sources_table(sources: Sequence[Mapping[str, Any]]) -> FiguresTable:
    """Return a row for each source and label.

    Args:
        sources: ``sources`` of the record of targets.
    """
    rows = [
        (
            one["source"],
            one["label"],
            f"{one['tokens']:,}",
            f"{100 * one['coverage']:.2f}%",
            f"{100 * one['overlap']:.0f}%",
            f"{100 * one['conflict']:.0f}%",
            _rate(one["precision"]),
            _rate(one["recall"]),
        )
        for one in sources
    ]
    title = "sources; precision and recall as estimated, without gold, of what sources found"
    return FiguresTable(_HEADINGS, rows, 2, title=title)


def conflict_lines(conflicts: Sequence[Mapping[str, Any]], limit: int) -> Iterator[str]:
    """Yield the most frequent kinds of conflict, each with examples.

    Args:
        conflicts: ``conflicts`` of the record of targets.
        limit: how many kinds.
    """
    for one in conflicts[:limit]:
        (left, right), (mine, theirs) = one["sources"], one["labels"]
        what = f"{left}: {mine}, {right}: {theirs}"
        yield f"{what}{' (other edges)' if mine == theirs else ''}, {one['tokens']:,} tokens"
        for example in one["examples"]:
            yield f"  {example['before']} [{example['word']}] {example['after']} -> {example['merged']}"


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
