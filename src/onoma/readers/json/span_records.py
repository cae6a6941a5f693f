"""Entities as writers of tables put them: ``{"start", "end", "label"}``, with the score if there is one."""

from __future__ import annotations

from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.surfaces import check_surface
from onoma.text import Document, Span


def span_record(span: Span, document: Document, log: ReadLog) -> JsonObject:
    """Return an entity as a table holds it, and count its fate: of a discontinuous one the hull is written.

    Raises:
        DataError: it is not the text at its offsets.
    """
    check_surface(span, document)
    record: JsonObject = {"start": span.start, "end": span.end, "label": span.label}
    if span.score is not None:
        record["score"] = span.score
    log.keep_hull(len(span.fragments))
    return record
