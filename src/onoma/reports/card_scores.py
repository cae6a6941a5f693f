"""Scores and weaknesses of a model, for its card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from onoma.comparison.runs import LoadedRun
from onoma.reports.markdown import code, plain, table
from onoma.reports.scores import RATES, Group, label_rows, match_rows, number, percent, single_rows
from onoma.runtime.manifest import ModelSettings
from onoma.runtime.parts import parts_of_config
from onoma.tasks import EntityTask

_HEADINGS = (*(f"{rate}, %" for rate in RATES.values()), "gold")
_UNKNOWN = "unknown"
_FEW = 50
"""Gold entities below which a label's F1 says little: one more right is 2 points of recall."""
_WEAKEST = 3


def entity_task(settings: ModelSettings) -> EntityTask | None:
    """Return the task by which a model finds entities; ``joint`` may have learned document labels alone."""
    parts = parts_of_config(settings, Path("config.json"))
    return next((task for task in parts.tasks if isinstance(task, EntityTask)), None)


def chosen_split(run: LoadedRun) -> str | None:
    """Return the split whose scores are shown: test where there is one."""
    return next(
        (split for split in ("test", "dev") if number(run.metrics, f"{split}.gold_entities") is not None),
        None,
    )


def scores_section(run: LoadedRun | None, settings: ModelSettings, *, exported: bool) -> str:
    """Return the scores as tables: by label on test, and all in all on both splits."""
    split = chosen_split(run) if run is not None else None
    if run is None or split is None:
        return "Unknown: the run that this model comes from was not at hand."
    metrics = run.metrics[split]
    lead = "Exact matches of span and label; all gold entities of the files count, as they were read."
    if exported:
        lead += " Measured before the export; what it changed is said below."
    if split == "dev":
        lead += " There was no test data: dev chose the epoch, so these scores are flattering."
    blocks = [lead]
    groups: tuple[Group, ...] | None = ("documents",)
    if entity_task(settings) is not None:
        groups = None
        blocks += [_matches_table(run, split), f"By label, on {split}:", _label_table(metrics.get("entity"))]
    if singles := single_rows(metrics, groups):
        rows = [(plain(name), value) for name, value in singles]
        blocks += [f"Other scores, on {split}:", table(("score", "%"), rows)]
    if labels := _label_table(metrics.get("documents")):
        blocks += [f"Document labels, on {split}:", labels]
    error = number(metrics, "calibration.ece")
    if error is not None:
        blocks.append(
            f"Calibration on {split}: on average, a score differs by {100 * error:.1f} points from the share "
            "of entities of such a score that are right (expected calibration error)."
        )
    return "\n\n".join(block for block in blocks if block)


def _matches_table(run: LoadedRun, chosen: str) -> str:
    """All entities together, on test and dev; of the split that is not chosen only exact matches."""
    rows = [
        (plain(f"{split}, {row.name}"), *row.cells(_UNKNOWN))
        for split in ("test", "dev")
        for row in match_rows(run.metrics.get(split) or {})
        if split == chosen or row.group == "all"
    ]
    return table(("all entities", *_HEADINGS), rows)


def _label_table(scores: object) -> str:
    rows = [(plain(row.name), *row.cells(_UNKNOWN)) for row in label_rows(scores)]
    return table(("label", *_HEADINGS), rows) if rows else ""


def weaknesses_section(run: LoadedRun, settings: ModelSettings) -> str:
    """Return what the scores say against the model, as a list."""
    split = chosen_split(run)
    lines = [] if split is None else list(_weaknesses(run.metrics[split], settings, split))
    notes = run.metrics.get("notes")
    lines += [plain(note) for note in notes] if isinstance(notes, list) else []
    return "\n".join(f"- {line}" for line in lines) or "None was measured."


def _weaknesses(metrics: Mapping[str, Any], settings: ModelSettings, split: str) -> Iterator[str]:
    if entity_task(settings) is not None:
        seen, unseen = (number(metrics, name) for name in ("seen.f1", "unseen.f1"))
        if seen is not None and unseen is not None:
            yield (
                f"Mentions that are not in the training data: F1 {percent(unseen)} %, against "
                f"{percent(seen)} % of those that are ({split})"
            )
        yield from _weak_labels(metrics.get("entity"), settings, split)
        errors = metrics.get("errors")
        if isinstance(errors, Mapping):
            counts = {str(kind): count for kind, count in errors.items() if isinstance(count, int)}
            found = [
                f"{plain(f'{count:,}')} {plain(kind.replace('_', ' '))}"
                for kind, count in counts.items()
                if kind != "correct"
            ]
            yield f"Errors on {split}: {', '.join(found)}"
    yield "Texts of other kinds, times or languages than the training data were not measured"


def _weak_labels(entity: object, settings: ModelSettings, split: str) -> Iterator[str]:
    rows = label_rows(entity)
    gold = {row.name: row.gold or 0 for row in rows}
    rates = {row.name: row.rates["f1"] or 0.0 for row in rows if gold[row.name] >= _FEW}
    overall = number({"entity": entity}, "entity.f1") or 0.0
    weakest = sorted((label for label in rates if rates[label] < overall), key=rates.__getitem__)[:_WEAKEST]
    if weakest:
        yield f"Weakest labels: {', '.join(f'{code(one)} (F1 {percent(rates[one])} %)' for one in weakest)}"
    few = [label for label, count in gold.items() if 0 < count < _FEW]
    if few:
        yield f"Fewer than {_FEW} in {split}, so that their scores say little: {', '.join(map(code, few))}"
    none = [label for label in settings.labels if not gold.get(label)]
    if none:
        yield f"Not in {split} at all, so that nothing is known of them: {', '.join(map(code, none))}"
