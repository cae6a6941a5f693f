"""Scores and weaknesses of a model, for its card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from onoma.reports.comparison.runs import LoadedRun
from onoma.reports.markdown import code, plain, table
from onoma.runtime.manifest import ModelSettings
from onoma.runtime.parts import parts_of_config
from onoma.tasks import EntityTask

PARTS = ("f1", "precision", "recall")
_COLUMNS = ("precision", "recall", "f1")
_HEADINGS = ("precision, %", "recall, %", "F1, %", "gold")
_FEW = 50
"""Gold entities below which a label's F1 says little: one more right is 2 points of recall."""
_WEAKEST = 3


def number(values: Mapping[str, Any], *keys: str) -> float | None:
    """Return the number at a path of keys, None where there is none."""
    found: Any = values
    for key in keys:
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def percent(rate: float | None) -> str:
    """Return a rate 0..1 in percent."""
    return "unknown" if rate is None else f"{100 * rate:.2f}"


def gives_entities(settings: ModelSettings) -> bool:
    """Whether the model finds entities; ``joint`` may be trained for document labels alone."""
    parts = parts_of_config(settings.model_dump(mode="json"), Path("config.json"))
    return any(isinstance(task, EntityTask) for task in parts.tasks)


def chosen_split(run: LoadedRun) -> str | None:
    """Return the split whose scores are shown: test where there is one."""
    return next(
        (split for split in ("test", "dev") if number(run.metrics, split, "gold_entities") is not None), None
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
        lead += " There was no test data: dev chose the best epoch, so these scores are flattering."
    blocks = [lead]
    if gives_entities(settings):
        blocks += [_overall_table(run), f"By label, on {split}:", _label_table(metrics.get("entity"))]
    documents = metrics.get("documents")
    if isinstance(documents, Mapping):
        micro, macro = (percent(number(documents, name)) for name in ("micro_f1", "macro_f1"))
        blocks.append(f"Document labels, on {split}: F1 {micro} % micro, {macro} % macro.")
        blocks.append(_label_table(documents))
    error = number(metrics, "calibration", "ece")
    if error is not None:
        blocks.append(
            f"Calibration on {split}: on average, a score differs by {100 * error:.1f} points from the share "
            "of entities of such a score that are right (expected calibration error)."
        )
    return "\n\n".join(block for block in blocks if block)


def _overall_table(run: LoadedRun) -> str:
    rows = []
    for split in ("test", "dev"):
        entity = run.metrics.get(split, {}).get("entity")
        if isinstance(entity, Mapping):
            gold = number(run.metrics, split, "gold_entities")
            rows.append((f"{split}, micro", *_cells({**entity, "gold": gold})))
            rows.append((f"{split}, macro F1", "", "", percent(number(entity, "macro_f1")), ""))
    return table(("all entities", *_HEADINGS), rows)


def _label_table(scores: object) -> str:
    rows = [(plain(label), *_cells(row)) for label, row in _by_label(scores)]
    return table(("label", *_HEADINGS), rows) if rows else ""


def _by_label(scores: object) -> list[tuple[str, Mapping[str, Any]]]:
    """Labels with their scores, those with most gold first."""
    found = scores.get("per_label") if isinstance(scores, Mapping) else None
    rows = [(str(label), row) for label, row in (found or {}).items() if isinstance(row, Mapping)]
    return sorted(rows, key=lambda pair: (-(number(pair[1], "gold") or 0), pair[0]))


def _cells(row: Mapping[str, Any]) -> list[str]:
    gold = number(row, "gold")
    return [*(percent(number(row, name)) for name in _COLUMNS), "unknown" if gold is None else f"{gold:,.0f}"]


def weaknesses_section(run: LoadedRun, settings: ModelSettings) -> str:
    """Return what the scores say against the model, as a list."""
    split = chosen_split(run)
    lines = [] if split is None else list(_weaknesses(run.metrics[split], settings, split))
    notes = run.metrics.get("notes")
    lines += [plain(note) for note in notes] if isinstance(notes, list) else []
    return "\n".join(f"- {line}" for line in lines) or "None was measured."


def _weaknesses(metrics: Mapping[str, Any], settings: ModelSettings, split: str) -> Iterator[str]:
    if gives_entities(settings):
        seen, unseen = (number(metrics, name, "f1") for name in ("seen", "unseen"))
        if seen is not None and unseen is not None:
            yield (
                f"Mentions that are not in the training data: F1 {percent(unseen)} %, against "
                f"{percent(seen)} % of those that are ({split})"
            )
        yield from _weak_labels(metrics.get("entity"), settings, split)
        errors = metrics.get("errors")
        if isinstance(errors, Mapping):
            kinds = {str(kind): count for kind, count in errors.items() if kind != "correct"}
            found = [f"{number(kinds, kind) or 0:,.0f} {plain(kind.replace('_', ' '))}" for kind in kinds]
            yield f"Errors on {split}: {', '.join(found)}"
    yield "Texts of other kinds, times or languages than the training data were not measured"


def _weak_labels(entity: object, settings: ModelSettings, split: str) -> Iterator[str]:
    rows = _by_label(entity)
    gold = {label: number(row, "gold") or 0 for label, row in rows}
    rates = {label: number(row, "f1") or 0.0 for label, row in rows if gold[label] >= _FEW}
    overall = number({"entity": entity}, "entity", "f1") or 0.0
    weakest = sorted((label for label in rates if rates[label] < overall), key=rates.__getitem__)[:_WEAKEST]
    if weakest:
        yield f"Weakest labels: {', '.join(f'{code(one)} (F1 {percent(rates[one])} %)' for one in weakest)}"
    few = [label for label, count in gold.items() if 0 < count < _FEW]
    if few:
        yield f"Fewer than {_FEW} in {split}, so that their scores say little: {', '.join(map(code, few))}"
    none = [label for label in settings.labels if not gold.get(label)]
    if none:
        yield f"Not in {split} at all, so that nothing is known of them: {', '.join(map(code, none))}"
