"""A study's tables, files and plots."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from onoma.files import write_json, write_text
from onoma.reports.escapes import visible
from onoma.reports.figures import make_figure, save_figure, set_title
from onoma.reports.palette import BLUE, GREEN, GRID, INK, QUIET, VERMILLION
from onoma.training.config import RunConfig
from onoma.training.tuning.records import FIGURES, StudyResult, TrialRecord

BEST, ROWS, STUDY, HISTORY, IMPORTANCE = (
    *("best.toml", "trials.csv", "study.json"),
    *("history.png", "importance.png"),
)
_SHOWN = 10
_STYLES = (("complete", BLUE, "o"), ("pruned", QUIET, "x"), ("failed", VERMILLION, "v"))


def write_study(result: StudyResult, best: RunConfig | None, folder: Path) -> None:
    """Write ``study.json``, ``trials.csv``, and the best trial's settings as ``best.toml``.

    Args:
        result: of the study.
        best: configuration of the best trial, with the test file; None where no trial is complete.
        folder: of the study.

    Raises:
        OutputError: a file cannot be written.
    """
    write_json(folder / STUDY, result.as_dict())
    write_text(folder / ROWS, _as_csv(result))
    if best is not None and result.best is not None:
        trial = result.best
        said = f"# Trial {trial.number} of study {json.dumps(result.name)}: dev F1 {trial.dev_f1:.4f}.\n"
        write_text(folder / BEST, said + best.as_toml())


def write_study_plots(result: StudyResult, folder: Path) -> None:
    """Write ``history.png`` and, where it could be told, ``importance.png``.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: a file cannot be written.
    """
    if any(trial.dev_f1 is not None for trial in result.trials):
        plot_trials(result, folder / HISTORY)
    if result.importance:
        plot_importance(result, folder / IMPORTANCE)


def _as_csv(result: StudyResult) -> str:
    text = io.StringIO()
    settings = list(result.space)
    head = ["number", "state", "dev_f1", "seconds", *FIGURES, "retry_of", "reason", *settings]
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(head)
    for trial in result.trials:
        values = {**trial.as_dict(), **trial.figures}
        rows.writerow([*(values.get(name) for name in head[: -len(settings)]), *_cells(trial, settings)])
    return text.getvalue()


def _cells(trial: TrialRecord, settings: list[str]) -> Iterator[Any]:
    for name in settings:
        value = trial.values.get(name)
        yield json.dumps(value) if isinstance(value, (list, bool)) else value


def study_table(result: StudyResult) -> Table:
    """Return the best trials, that of the settings as given, and what mattered, for a terminal."""
    page = Table.grid(padding=(0, 0))
    page.add_column()
    states = result.as_dict()["counts"]
    counts = ", ".join(f"{count} {state}" for state, count in states.items() if count)
    heading = f"{result.model}, study {visible(result.name, one_line=True)}: {counts or 'no trial'}"
    page.add_row(Text(heading, style="bold"))
    page.add_row(_trials_table(result))
    if result.importance:
        shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in result.importance.items())
        page.add_row(Text(f"what mattered ({result.importance_by}): {shares}"))
    for trial in result.trials:
        if trial.state == "failed":
            page.add_row(Text(f"trial {trial.number} failed: {visible(trial.reason, one_line=True)}"))
    best, as_given = result.best, result.as_given
    if best and as_given and best.dev_f1 is not None and as_given.dev_f1 is not None:
        gain = 100 * (best.dev_f1 - as_given.dev_f1)
        compared = f"{100 * best.dev_f1:.2f} against {100 * as_given.dev_f1:.2f} as given ({gain:+.2f})"
        page.add_row(Text(f"best dev F1 {compared}"))
    return page


def _trials_table(result: StudyResult) -> Table:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    table.add_column("trial", justify="right", no_wrap=True)
    table.add_column("dev F1", justify="right", no_wrap=True)
    table.add_column("epochs", justify="right", no_wrap=True)
    table.add_column("settings", overflow="fold")
    scored = [trial for trial in result.trials if trial.state == "complete"]
    ranked = sorted(scored, key=lambda trial: -(trial.dev_f1 or 0.0))
    shown = ranked[:_SHOWN]
    if result.as_given in ranked[_SHOWN:] and result.as_given is not None:
        shown.append(result.as_given)
    for trial in shown:
        note = " (as given)" if trial is result.as_given or trial == result.as_given else ""
        table.add_row(
            str(trial.number),
            f"{100 * (trial.dev_f1 or 0.0):.2f}",
            str(trial.figures.get("epochs", "")),
            Text(describe_values(trial.values) + note),
            style="bold" if trial == result.best else "",
        )
    return table


def describe_values(values: Mapping[str, Any]) -> str:
    """Return settings on one line; numbers short."""
    shown = (f"{value:.3g}" if isinstance(value, float) else str(value) for value in values.values())
    return " ".join(f"{name}={value}" for name, value in zip(values, shown, strict=True))


def plot_trials(result: StudyResult, path: Path) -> Path:
    """Write the dev F1 of each trial, and the best so far, as a PNG file.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    figure, axes = make_figure(7.5, 4.5)
    lowest = min(trial.dev_f1 for trial in result.trials if trial.dev_f1 is not None)
    for state, color, marker in _STYLES:
        trials = [trial for trial in result.trials if trial.state == state]
        heights = [100 * (lowest if trial.dev_f1 is None else trial.dev_f1) for trial in trials]
        if trials:
            numbers = [trial.number for trial in trials]
            axes.plot(numbers, heights, marker, color=color, markersize=6, label=state)
    complete = [trial for trial in result.trials if trial.state == "complete"]
    if complete:
        best = 0.0
        steps = [best := max(best, 100 * (trial.dev_f1 or 0.0)) for trial in complete]
        numbers = [trial.number for trial in complete]
        axes.step(numbers, steps, where="post", color=GREEN, linewidth=1.8, label="best so far", zorder=1)
    note = ""
    if result.best is not None and result.best.dev_f1 is not None:
        note = f": best {100 * result.best.dev_f1:.2f} in trial {result.best.number}"
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("trial")
    axes.set_ylabel("dev F1, %")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    axes.margins(0.05, 0.08)
    axes.grid(axis="y", color=GRID)
    axes.legend(frameon=False, fontsize=10)
    set_title(axes, f"Dev F1 by trial{note}")
    return save_figure(figure, path)


def plot_importance(result: StudyResult, path: Path) -> Path:
    """Write each setting's importance as bars in a PNG file, the largest on top.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    names = list(result.importance)[::-1]
    shares = [100 * result.importance[name] for name in names]
    figure, axes = make_figure(7.5, 1.4 + 0.35 * len(names))
    axes.barh(range(len(names)), shares, color=BLUE, height=0.65)
    for row, share in enumerate(shares):
        axes.text(share, row, f" {share:.0f}", va="center", fontsize=10, color=INK)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlim(0, 1.1 * max(*shares, 1.0))
    axes.set_xlabel("share of the variance of dev F1, %")
    axes.grid(axis="x", color=GRID)
    set_title(axes, f"What mattered ({result.importance_by})")
    return save_figure(figure, path)
