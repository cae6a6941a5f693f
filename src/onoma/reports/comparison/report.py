"""The folder of a report: page, figures for programs, drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from onoma.comparison.mistakes import Mistakes, hardest_sentences, label_confusion, recall_slices
from onoma.comparison.result import Compared
from onoma.errors import ModelError, OutputError
from onoma.files import refuse_originals, write_text
from onoma.metrics.seen import train_mentions
from onoma.reports.comparison.export import RESULTS, TABLE, write_results
from onoma.reports.figures import make_figure, save_figure, shown_name
from onoma.reports.pages import comparison
from onoma.reports.palette import BLUE, GRID, INK, QUIET

PAGE = "index.html"
_MAX_EXAMPLES = 50


def write_report(compared: Compared, folder: Path, warn: Callable[[str], None]) -> None:
    """Write ``index.html``, ``results.json``, ``results.csv`` and ``scatter.png``.

    Args:
        compared: what was found.
        folder: made when absent.
        warn: is told what had to be left out.

    Raises:
        OutputError: the folder cannot be written.
        MissingExtraError: Jinja2 or matplotlib is not installed.
    """
    mistakes = find_mistakes(compared)
    if mistakes.note:
        warn(mistakes.note)
    write_results(compared, folder)
    if compared.front("latency_p50_ms"):
        plot_scatter(compared, folder / "scatter.png")
    write_text(folder / PAGE, comparison.PAGE.render(compared, mistakes))


def check_place(folder: Path, inputs: Iterable[str | None]) -> None:
    """Refuse, before long work, a folder in which the report would take the place of something else.

    Args:
        folder: of the report.
        inputs: what is compared, and what it is scored on.

    Raises:
        ConfigError: an input is where a file of the report goes.
        OutputError: a file of another origin is.
    """
    pages = (RESULTS, TABLE, PAGE)  # as they are written: the first is there if any is
    refuse_originals(
        [folder / name for name in pages], [one for one in inputs if one and Path(one).is_file()]
    )
    if not (folder / RESULTS).exists():
        for name in pages[1:]:
            if (folder / name).exists():
                raise OutputError(f"{folder}: holds a {name} that is of no comparison; name another folder")


def find_mistakes(compared: Compared) -> Mistakes:
    """Compare gold and predictions of the models' first runs."""
    models = compared.models
    if not models:
        return Mistakes()
    try:
        gold = models[0].first.gold(compared.split)
        predicted = [model.first.predicted(compared.split) for model in models]
    except ModelError as error:
        return Mistakes(note=f"Confusions and examples are left out: {error}")
    ids = [document.id for document in gold]
    if any([document.id for document in one] != ids for one in predicted):
        return Mistakes(note="Confusions and examples are left out: the predictions are of other documents.")
    try:
        # Runs may have learned from shares: what none of them saw is new to all.
        seen = train_mentions(max(models, key=lambda model: model.first.share).first.gold("train"))
    except ModelError:
        seen = None
    names = [model.name for model in models]
    best = compared.decision.model or max(models, key=lambda model: model.scores["entity.f1"].mean).name
    shown = names.index(best)
    return Mistakes(
        {name: label_confusion(gold, one) for name, one in zip(names, predicted, strict=True)},
        recall_slices(gold, predicted, seen),
        names,
        best,
        hardest_sentences(gold, predicted, shown, _MAX_EXAMPLES),
    )


def plot_scatter(compared: Compared, path: Path) -> None:
    """Write quality against latency as a PNG.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    assert compared.evidence is not None
    figure, axes = make_figure(7.5, 4.5)
    axes.set_xscale("log")
    front = compared.front("latency_p50_ms")
    place = {}
    for model in compared.models:
        x = model.cost_of("latency_p50_ms")
        if x is None:
            continue
        interval = compared.evidence.intervals[model.name]
        y = 100 * interval.score
        place[model.name] = (x, y)
        axes.plot([x, x], [100 * interval.low, 100 * interval.high], color=QUIET, linewidth=1)
        filled = BLUE if model.name in front else "white"
        axes.plot([x], [y], "o", color=BLUE, markerfacecolor=filled)
        if model.name == compared.decision.model:
            axes.plot([x], [y], "o", markersize=14, markerfacecolor="none", color=INK)
        style: dict[str, Any] = {"textcoords": "offset points", "fontsize": 9, "parse_math": False}
        axes.annotate(shown_name(model.name), (x, y), xytext=(9, -3), **style)
    xs, ys = zip(*(place[name] for name in front), strict=True)
    axes.plot(xs, ys, "--", color=BLUE, linewidth=1)
    axes.grid(color=GRID)
    axes.set_xlabel("median ms for one sentence")
    axes.set_ylabel(f"F1 on {compared.split}, %")
    save_figure(figure, path)
