"""Label suspects: gold and suggestion of each in their context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onoma.inspection.suspects import CONTEXT, Suspect, Suspicion
from onoma.reports.kit.marked import Piece, mark_excerpt
from onoma.reports.kit.page import Page
from onoma.reports.outcomes import CORRECT
from onoma.reports.suspects import place_of, summary_lines
from onoma.text import Span

_DOUBTED = "?"


def _view(suspicion: Suspicion, *, title: str) -> Mapping[str, Any]:
    return {
        "title": title,
        "kicker": "Label suspects",
        "lines": list(summary_lines(suspicion, len(suspicion.suspects))),
        "thresholds": {label or "no entity": value for label, value in suspicion.thresholds.items()},
        "suspects": [_shown(suspect) for suspect in suspicion.suspects],
    }


PAGE = Page("suspects.html", _view)


def _shown(suspect: Suspect) -> Mapping[str, Any]:
    return {
        "place": place_of(suspect),
        "path": suspect.path,
        "kind": suspect.kind.replace("_", " "),
        "confidence": f"{suspect.confidence:.3f}",
        "gold_score": f"{suspect.gold_score:.3f}",
        "gold": _marked(suspect, suspect.gold, _DOUBTED),
        "suggested": _marked(suspect, suspect.suggested, ""),
    }


def _marked(suspect: Suspect, span: Span | None, wrong: str) -> list[Piece]:
    """The context of one side with its entity."""
    around = (suspect.before, suspect.text, suspect.after)
    return mark_excerpt(*around, suspect.start, span, wrong or CORRECT, context=CONTEXT)
