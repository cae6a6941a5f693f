"""Comparing models, and deciding between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.runs import TrainedRun

if TYPE_CHECKING:
    from onoma.reports.comparison.result import Compared

Inputs = str | Path | TrainedRun | Sequence[str | Path | TrainedRun]


def compare(
    runs: Inputs,
    out: str | Path,
    *,
    margin: float = 0.5,
    measure: bool = True,
    engine: str = "local",
    workers: int = 0,
    address: str | None = None,
) -> Compared:
    """Compare a suite (which is trained first), or finished runs, and write the report; as ``onoma compare``.

    Args:
        runs: a suite's TOML file, or runs.
        out: folder of the report.
        margin: F1 points that may be lost to the best model.
        measure: measure what prediction costs on this machine.
        engine: trains a suite: ``local``, ``ray`` or another package's.
        workers: runs of a suite that are trained at a time; 0: one here, on a cluster what fits.
        address: of a cluster.

    Raises:
        OnomaError: the suite or a run cannot be used, or the report cannot be written.
    """
    from onoma.api.suites import compare_inputs
    from onoma.reports.comparison.decision import Constraints
    from onoma.training.suites.engine import Crew

    crew = Crew(engine, workers, address)
    limits = Constraints(margin=margin)
    return compare_inputs(_paths(runs), Path(out), limits, measure=measure, crew=crew)


def decide(
    runs: Inputs,
    out: str | Path,
    *,
    max_latency_ms: float | None = None,
    max_size_mb: float | None = None,
    max_memory_mb: float | None = None,
    min_throughput: float | None = None,
    margin: float = 0.5,
) -> Compared:
    """Recommend the cheapest model that is not worse than the best within limits; as ``onoma decide``.

    The recommendation is the result's ``decision``: its ``model`` and its ``reason``.

    Raises:
        OnomaError: see `compare`.
    """
    from onoma.api.suites import compare_inputs
    from onoma.reports.comparison.decision import Constraints

    limits = Constraints(max_latency_ms, max_size_mb, max_memory_mb, min_throughput, margin)
    return compare_inputs(_paths(runs), Path(out), limits)


def _paths(runs: Inputs) -> list[Path]:
    listed = [runs] if isinstance(runs, str | Path | TrainedRun) else list(runs)
    return [one.folder if isinstance(one, TrainedRun) else Path(one) for one in listed]
