"""Comparing models, and deciding between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.contestants import Contestant, Sitting
from onoma.api.data import Labels, label_map
from onoma.api.runs import TrainedRun
from onoma.api.taggers import place_of

if TYPE_CHECKING:
    from onoma.comparison.result import Compared

Place = str | Path | TrainedRun
Inputs = Place | Sequence[Place] | Mapping[str, Place]


def compare(
    runs: Inputs,
    out: str | Path,
    *,
    gold: str | Path | None = None,
    train: str | Path | None = None,
    labels: Labels = (),
    margin: float = 0.5,
    measure: bool = True,
    engine: str = "local",
    workers: int = 0,
    address: str | None = None,
    **options: Any,
) -> Compared:
    """Compare a suite (which is trained first), or finished models; as ``onoma compare``. Writes the report.

    Args:
        runs: a suite's TOML file; or finished models, maybe by name: runs, bundles, ``en`` or ``ru``, files
            of predictions.
        out: folder of the report.
        gold: labelled file that all models are scored on; without it, that of the runs.
        train: training file, to tell seen from unseen mentions; with ``gold``.
        labels: renames and drops labels of models that are scored here, and of ``gold``; see `onoma.read`.
        margin: F1 points that may be lost to the best model.
        measure: measure what prediction costs on this machine.
        engine: trains a suite: ``local``, ``ray`` or another package's.
        workers: runs of a suite that are trained at a time; 0: one here, on a cluster what fits.
        address: of a cluster.
        options: of reading ``gold``, as settings of a run's data: ``tag_column=2``.

    Raises:
        OnomaError: the suite or a model cannot be used, or the report cannot be written.
    """
    from onoma.api.suites import compare_inputs
    from onoma.comparison.decision import Constraints
    from onoma.training.suites.engine import Crew

    crew = Crew(engine, workers, address)
    limits = Constraints(margin=margin)
    sitting = _sitting(gold, train, labels, options)
    return compare_inputs(_named(runs), Path(out), limits, measure=measure, crew=crew, sitting=sitting)


def decide(
    runs: Inputs,
    out: str | Path,
    *,
    gold: str | Path | None = None,
    train: str | Path | None = None,
    labels: Labels = (),
    max_latency_ms: float | None = None,
    max_size_mb: float | None = None,
    max_memory_mb: float | None = None,
    min_throughput: float | None = None,
    margin: float = 0.5,
    **options: Any,
) -> Compared:
    """Recommend the cheapest model that is not worse than the best within limits; as ``onoma decide``.

    The recommendation is the result's ``decision``: its ``model`` and its ``reason``. Models, and what they
    are scored on, are given as to `compare`.

    Raises:
        OnomaError: see `compare`.
    """
    from onoma.api.suites import compare_inputs
    from onoma.comparison.decision import Constraints

    limits = Constraints(max_latency_ms, max_size_mb, max_memory_mb, min_throughput, margin)
    sitting = _sitting(gold, train, labels, options)
    return compare_inputs(_named(runs), Path(out), limits, sitting=sitting)


def _named(runs: Inputs) -> list[Contestant]:
    if isinstance(runs, Mapping):
        return [Contestant(name, place_of(one)) for name, one in runs.items()]
    listed = [runs] if isinstance(runs, str | Path | TrainedRun) else list(runs)
    return [Contestant("", place_of(one)) for one in listed]


def _sitting(
    gold: str | Path | None,
    train: str | Path | None,
    labels: Labels,
    options: Mapping[str, Any],
) -> Sitting:
    return Sitting(_text(gold), _text(train), tuple(label_map(labels).as_assignments()), options)


def _text(path: str | Path | None) -> str | None:
    return None if path is None else str(path)
