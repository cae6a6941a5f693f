"""Label suspects as a table, as a page, and as data in the format that they came in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from onoma.files import write_text
from onoma.inspection.suspects import CONTEXT, Suspect, Suspicion
from onoma.readers import get_format, write_documents
from onoma.readers.fitting import Fitter
from onoma.reports.escapes import visible
from onoma.reports.palette import color_slot
from onoma.reports.tables import listing_table
from onoma.reports.templates import render_page
from onoma.text import Document, Ledger, Span

SUSPECTS, PAGE = "suspects.jsonl", "suspects.html"
_FALLBACK = "spans-jsonl"
_HEADINGS = ("place", "kind", "sure", "gold → suggested, in its text")
_SHORT_CONTEXT = 24


@dataclass(frozen=True, slots=True)
class Exported:
    """Documents with suspects, written for annotating them again.

    Args:
        path: file, or folder where the format is one.
        format: that they are in.
        note: why it is not the format that they came in, empty where it is.
        documents: how many.
        ledger: what became of their entities.
    """

    path: Path
    format: str
    note: str
    documents: int
    ledger: Ledger


def suspects_table(suspicion: Suspicion, limit: int, *, title: str) -> Table:
    """Return two rows a suspect, the first ``limit`` of them: what is suspect, and the text around it."""
    rows = []
    for one in suspicion.suspects[:limit]:
        rows.append((_place(one), one.kind.replace("_", " "), f"{one.confidence:.3f}", _sides(one)))
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


def _place(suspect: Suspect) -> str:
    line = "" if suspect.line is None else f", line {suspect.line}"
    return f"{suspect.document}{line}"


def _sides(suspect: Suspect) -> str:
    gold, suggested = suspect.gold, suspect.suggested
    side = "nothing" if suggested is None else f"{suggested.text} {suggested.label}"
    if suspect.kind == "wrong_label" and suggested is not None:
        side = suggested.label  # where only the label is wrong, the text stands once
    return f"{'nothing' if gold is None else f'{gold.text} {gold.label}'} → {side}"


def suspects_page(suspicion: Suspicion, *, title: str) -> str:
    """Return a page of all suspects: gold and suggestion in their context, without network or script.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    labels = {label or "no entity": value for label, value in suspicion.thresholds.items()}
    context = {
        "title": title,
        "lines": list(summary_lines(suspicion, len(suspicion.suspects))),
        "thresholds": labels,
        "suspects": [_shown(suspect) for suspect in suspicion.suspects],
    }
    return render_page("suspects.html", context, styles=("inspection.css", "comparison.css"))


def _shown(suspect: Suspect) -> dict[str, Any]:
    whole = Span(suspect.start, suspect.start + len(suspect.text), "", suspect.text)
    return {
        "place": _place(suspect),
        "path": suspect.path,
        "kind": suspect.kind.replace("_", " "),
        "confidence": f"{suspect.confidence:.3f}",
        "gold_score": f"{suspect.gold_score:.3f}",
        "sides": [
            {"name": name, **_pieces(suspect, span, whole)}
            for name, span in (("gold", suspect.gold), ("suggested", suspect.suggested))
        ],
    }


def _pieces(suspect: Suspect, span: Span | None, whole: Span) -> dict[str, Any]:
    """The context of one side, cut at its entity."""
    first, last = ("…" if len(part) == CONTEXT else "" for part in (suspect.before, suspect.after))
    if span is None:
        text = f"{first}{suspect.before}{suspect.text}{suspect.after}{last}"
        return {"before": text, "text": "", "after": "", "label": "", "slot": 0}
    start, end = span.start - whole.start, span.end - whole.start
    return {
        "before": f"{first}{suspect.before}{suspect.text[:start]}",
        "text": suspect.text[start:end],
        "after": f"{suspect.text[end:]}{suspect.after}{last}",
        "label": span.label,
        "slot": color_slot(span.label),
    }


def write_suspects(suspicion: Suspicion, folder: Path, *, title: str) -> None:
    """Write ``suspects.jsonl``, a suspect a line, and ``suspects.html``.

    Raises:
        OutputError: the folder cannot be written.
        MissingExtraError: Jinja2 is not installed.
    """
    lines = (json.dumps(suspect.as_dict(), ensure_ascii=False) for suspect in suspicion.suspects)
    write_text(folder / SUSPECTS, "".join(f"{line}\n" for line in lines))
    write_text(folder / PAGE, suspects_page(suspicion, title=title))


def export_documents(
    documents: Sequence[Document], folder: Path, name: str, format: str, scheme: str | None
) -> Exported:
    """Write documents in the format that they came in, or in span JSONL where that is only read.

    Args:
        documents: as they were read, gold and all.
        folder: where to.
        name: of the file, without its suffix.
        format: name of the format that they were read in.
        scheme: tag scheme of column formats.

    Raises:
        OutputError: the place cannot be written, or is a folder that is not empty.
    """
    chosen, note = get_format(format), ""
    if not chosen.written:
        note = f"the format {format} is only read, so they are in {_FALLBACK}"
        chosen = get_format(_FALLBACK)
    target = folder / (f"{name}{chosen.suffixes[0]}" if chosen.write is not None else name)
    fitter = Fitter(tagged=chosen.tagged)
    written = write_documents(target, map(fitter.fit, documents), chosen.name, scheme or "BIO")
    ledger = fitter.ledger if chosen.tagged else written
    return Exported(target, chosen.name, note, len(documents), ledger)
