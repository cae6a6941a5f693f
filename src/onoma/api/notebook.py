"""What notebooks show of objects: parts of pages, or nothing where the extra ``report`` is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onoma.errors import MissingExtraError

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.text import Document


def document_html(document: Document) -> str | None:
    """Return the text with its entities marked; None without Jinja2: then a notebook shows the ``repr``."""
    from onoma.reports.pages import document as page

    try:
        return page.PAGE.render(document)
    except MissingExtraError:
        return None


def run_html(run: TrainedRun) -> str | None:
    """Return the scores of a finished run; None without Jinja2."""
    from onoma.reports.pages import run as page

    try:
        return page.PAGE.render(run.metrics, str(run.folder))
    except MissingExtraError:
        return None
