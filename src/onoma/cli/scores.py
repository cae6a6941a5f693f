"""Printing scores for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def print_metrics(metrics: Mapping[str, Any]) -> None:
    """Print what a finished run reached on its dev and test files."""
    for name in ("dev", "test"):
        if name in metrics:
            print_evaluation(metrics[name], name)


def print_evaluation(evaluation: Mapping[str, Any], title: str) -> None:
    """Print one evaluation as tables on standard output."""
    from onoma.cli.consoles import SafeConsole
    from onoma.reports.tables import evaluation_table

    SafeConsole().print(evaluation_table(evaluation, title=title))
