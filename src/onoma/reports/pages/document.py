"""A document as notebooks show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onoma.reports.kit.marked import mark_entities
from onoma.reports.kit.page import Page
from onoma.text import Document


def _view(document: Document) -> Mapping[str, Any]:
    marked = mark_entities(document)
    return {"pieces": marked.pieces, "left_over": marked.left_over, "labels": document.labels or ()}


PAGE = Page("document.html", _view)
