"""Label suspects in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from onoma.inspection.suspects import Suspect, Suspicion
from onoma.reports.escapes import visible
from onoma.reports.tables import listing_table

_HEADINGS = ("place", "kind", "sure", "gold → suggested, in its text")
_SHORT_CONTEXT = 24


def suspects_table(suspicion: Suspicion, limit: int, *, title: str) -> Table:
    """Return two rows a suspect, the first ``limit`` of them: what is suspect, and the text around it."""
    rows = []
    for one in suspicion.suspects[:limit]:
        rows.append((place_of(one), one.kind.replace("_", " "), f"{one.confidence:.3f}", _sides(one)))
        before, after = one.before[-_SHORT_CONTEXT:], one.after[:_SHORT_CONTEXT]
        rows.append(("", "", "", f"{before}[{one.text}]{after}"))
    return listing_table(_HEADINGS, rows, title=title)


def summary_lines(suspicion: Suspicion, shown: int) -> Iterator[str]:
    """Yield what was judged and found, in sentences."""
    kinds = ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in suspicion.kinds.items())
    total = sum(suspicion.kinds.values())
    judged = f"{suspicion.judged:,} entities of {suspicion.documents:,} documents"
    yield f"{total:,} suspects among {judged}: {kinds}"
    if shown < total:
        yield f"the {shown:,} most suspect are shown; --limit shows more, --out DIR writes them all"
    if suspicion.unjudged:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(suspicion.unjudged.items()))
        yield f"not judged, since the model cannot express them: {visible(reasons, one_line=True)}"


def place_of(suspect: Suspect) -> str:
    """Return the document, and the line where there are lines."""
    line = "" if suspect.line is None else f", line {suspect.line}"
    return f"{suspect.document}{line}"


def _sides(suspect: Suspect) -> str:
    gold, suggested = suspect.gold, suspect.suggested
    side = "nothing" if suggested is None else f"{suggested.text} {suggested.label}"
    if suspect.kind == "wrong_label" and suggested is not None:
        side = suggested.label  # where only the label is wrong, the text stands once
    return f"{'nothing' if gold is None else f'{gold.text} {gold.label}'} → {side}"
