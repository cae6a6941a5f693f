"""Label suspects: gold and suggestion of each in their context, those of one kind and text together."""

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
        "groups": [[_shown(suspect) for suspect in group] for group in _grouped(suspicion)],
    }


PAGE = Page("suspects.html", _view)


def _grouped(suspicion: Suspicion) -> list[list[Suspect]]:
    """Gather what one decision may settle: the same text, read the same two ways, the most suspect first."""
    groups: dict[tuple[tuple[str, str] | None, ...], list[Suspect]] = {}
    for one in suspicion.suspects:
        readings = tuple(span and (span.text, span.label) for span in (one.gold, one.suggested))
        groups.setdefault(readings, []).append(one)
    return list(groups.values())


_PRECEDENTS = {
    "both": "Train has this text both ways.",
    "suggested": "Train has this text only as suggested.",
    "gold": "Train has this text only as gold has it.",
    "none": "Train has this text neither way.",
    "": "",
}


def _shown(suspect: Suspect) -> Mapping[str, Any]:
    return {
        "place": place_of(suspect),
        "path": suspect.path,
        "kind": suspect.kind.replace("_", " "),
        "confidence": f"{suspect.confidence:.3f}",
        "gold_score": f"{suspect.gold_score:.3f}",
        "precedent": _PRECEDENTS[suspect.precedent],
        "agreement": "" if suspect.agreement == 1 else f"{suspect.agreement:.0%} of the models suspect it.",
        "gold": _marked(suspect, suspect.gold, _DOUBTED),
        "suggested": _marked(suspect, suspect.suggested, ""),
    }


def _marked(suspect: Suspect, span: Span | None, wrong: str) -> list[Piece]:
    """The context of one side with its entity."""
    around = (suspect.before, suspect.text, suspect.after)
    return mark_excerpt(*around, suspect.start, span, wrong or CORRECT, context=CONTEXT)
