"""A finished run's scores as notebooks show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onoma.reports.kit.page import Page
from onoma.reports.scores import RATES, percent


def _view(metrics: Mapping[str, Any], folder: str) -> Mapping[str, Any]:
    rows = [
        (split, [percent(metrics[split]["entity"][rate]) for rate in RATES])
        for split in ("dev", "test")
        if split in metrics
    ]
    headings = [f"{name}, %" for name in RATES.values()]
    return {"title": f"{metrics['model']} in {folder}", "headings": headings, "rows": rows}


PAGE = Page("run.html", _view)
