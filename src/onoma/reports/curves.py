"""A training's course, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from onoma.reports.figures import SERIES, column, make_figure, save_figure, set_title
from onoma.reports.palette import BLUE, GRID, QUIET, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_history(history: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write ``loss.png``, ``f1.png`` and ``accuracy.png`` of a training's epochs, of one with two tasks
    ``tasks.png``.

    Returns their paths.

    Args:
        history: a row an epoch with ``epoch``, ``train_loss``, ``dev_loss``, ``dev_precision``,
            ``dev_recall`` and ``dev_f1`` (rates), perhaps ``train_f1``, ``dev_accuracy`` and
            ``train_accuracy``, ``dev_document_f1`` and ``task_weights``; values that are None, missing or
            not finite leave a gap. The kept epoch, the last one that says it was the ``best``, is marked (the
            one with the highest dev F1 where none says it), and the lowest dev loss is ringed. Nothing is
            written for an empty history.
        folder: made when absent.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the files cannot be written.
    """
    if not history:
        return []
    epochs = column(history, "epoch")
    dev_f1 = column(history, "dev_f1")
    kept = _kept(history, dev_f1)

    figure, axes = make_figure(7.5, 4.5)
    dev_loss = column(history, "dev_loss")
    _draw_lines(axes, epochs, {"train": column(history, "train_loss"), "dev": dev_loss})
    note = ""
    if not np.isnan(dev_loss).all():
        lowest = int(np.nanargmin(dev_loss))
        _ring(axes, epochs[lowest], dev_loss[lowest], VERMILLION)
        note = f": dev lowest {dev_loss[lowest]:.4g} at epoch {epochs[lowest]:g}"
    if 0 <= axes.dataLim.y0 < axes.dataLim.y1:  # losses with a learned weight may be negative
        axes.set_ylim(0, 1.05 * axes.dataLim.y1)
    axes.set_ylabel("loss")
    _finish_epochs(axes, epochs, kept, f"Loss by epoch{note}")
    loss_path = save_figure(figure, folder / "loss.png")

    figure, axes = make_figure(7.5, 4.5)
    names = {"F1": "dev_f1", "precision": "dev_precision", "recall": "dev_recall", "F1 on train": "train_f1"}
    _draw_lines(axes, epochs, {name: 100 * column(history, key) for name, key in names.items()})
    note = ""
    if kept is not None:
        _ring(axes, epochs[kept], 100 * dev_f1[kept], BLUE)
        note = f": kept {100 * dev_f1[kept]:.2f} at epoch {epochs[kept]:g}"
    axes.set_ylabel("dev, %")
    _finish_epochs(axes, epochs, kept, f"Dev F1 by epoch{note}")
    f1_path = save_figure(figure, folder / "f1.png")
    more = (*_plot_accuracy(history, epochs, kept, folder), *_plot_tasks(history, epochs, folder))
    return [loss_path, f1_path, *more]


def _kept(history: Sequence[Mapping[str, Any]], dev_f1: npt.NDArray[np.float64]) -> int | None:
    """Return the place of the epoch whose weights were kept."""
    said = [place for place, row in enumerate(history) if row.get("best")]
    if said:
        return said[-1]
    return None if np.isnan(dev_f1).all() else int(np.nanargmax(dev_f1))


def _plot_accuracy(
    history: Sequence[Mapping[str, Any]], epochs: npt.NDArray[np.float64], kept: int | None, folder: Path
) -> list[Path]:
    """Write ``accuracy.png``: the share of tokens with the right tag, of train and dev."""
    series = {name: 100 * column(history, f"{name}_accuracy") for name in ("train", "dev")}
    if all(np.isnan(values).all() for values in series.values()):
        return []
    figure, axes = make_figure(7.5, 4.5)
    _draw_lines(axes, epochs, series)
    axes.set_ylabel("tokens with the right tag, %")
    _finish_epochs(axes, epochs, kept, "Accuracy by epoch")
    return [save_figure(figure, folder / "accuracy.png")]


def _plot_tasks(
    history: Sequence[Mapping[str, Any]], epochs: npt.NDArray[np.float64], folder: Path
) -> list[Path]:
    """Write ``tasks.png``: F1 of both tasks, and below it what their losses count by."""
    weights = [row.get("task_weights") or {} for row in history]
    if not any(weights) and all(row.get("dev_document_f1") is None for row in history):
        return []
    figure, axes = make_figure(7.5, 6.5, heights=(3, 2))
    scores = {"entities": "dev_f1", "document labels": "dev_document_f1"}
    _draw_lines(axes, epochs, {name: 100 * column(history, key) for name, key in scores.items()})
    axes.set_ylabel("dev F1, %")
    _finish_epochs(axes, epochs, None, "Both tasks by epoch")
    below = figure.axes[1]
    _draw_lines(below, epochs, {name: column(weights, name) for name in weights[-1]})
    below.set_ylabel("weight of the loss")
    _finish_epochs(below, epochs, None, "")
    return [save_figure(figure, folder / "tasks.png")]


def _draw_lines(
    axes: Axes, epochs: npt.NDArray[np.float64], series: Mapping[str, npt.NDArray[np.float64]]
) -> None:
    # Markers tell the lines apart without colour; beyond some tens of epochs they would hide the lines.
    every = max(1, len(epochs) // 25)
    for index, ((name, values), (color, marker)) in enumerate(zip(series.items(), SERIES, strict=False)):
        if np.isnan(values).all():
            continue
        axes.plot(
            epochs,
            values,
            color=color,
            marker=marker,
            markevery=every,
            markersize=6 - index,
            linewidth=2.4 - 0.7 * index,  # where lines lie on each other, both are seen
            label=name,
        )


def _ring(axes: Axes, x: float, y: float, color: str) -> None:
    style: dict[str, Any] = {"markersize": 13, "markeredgewidth": 2, "fillstyle": "none", "clip_on": False}
    axes.plot(x, y, "o", color=color, **style)


def _finish_epochs(axes: Axes, epochs: npt.NDArray[np.float64], kept: int | None, title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    if kept is not None:
        label = f"kept epoch ({epochs[kept]:g})"
        axes.axvline(epochs[kept], color=QUIET, linewidth=1, linestyle=":", label=label)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    margin = max(0.5, 0.03 * (epochs[-1] - epochs[0]))
    axes.set_xlim(epochs[0] - margin, epochs[-1] + margin)
    axes.grid(axis="y", color=GRID)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=10)
    set_title(axes, title)
