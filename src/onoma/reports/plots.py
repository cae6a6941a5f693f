"""The plots of a run, as PNG files: loss, F1, confusion, scores and counts by label.

matplotlib is imported when a plot is made, through its object interface: no window, no global state, so
that any thread may plot. Files are written beside their place and then renamed.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from onoma.errors import MissingExtraError
from onoma.files import atomic_path
from onoma.reports.escapes import visible
from onoma.reports.palette import BLUE, GREEN, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Counts = Mapping[str, Mapping[str, int]]
"""Split -> label or tag -> how often."""

_DPI = 120
_INK, _QUIET, _GRID = "#1a1a1a", "#595959", "#e3e3e3"
_SERIES = ((BLUE, "o"), (VERMILLION, "s"), (GREEN, "^"), (_QUIET, "D"))  # told apart by shape too
_MAX_NAME = 28  # characters of a label that plots show
_MAX_TAG_ROWS = 40
_LARGE = 30
# Of confusion matrices: up to how many names, inches a cell, points of the counts (None: not shown).
_CELLS = ((12, 0.55, 9.0), (_LARGE, 0.42, 8.0), (80, 0.27, 5.5), (np.inf, 0.19, None))


def plot_history(history: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write ``loss.png`` and ``f1.png`` of a training's epochs; return their paths.

    Args:
        history: a row an epoch with ``epoch``, ``train_loss``, ``dev_loss``, ``dev_precision``,
            ``dev_recall`` and ``dev_f1`` (rates); values that are None, missing or not finite leave a gap.
            The best epoch, the first with the highest dev F1, is marked in both, and the lowest dev loss is
            ringed. Nothing is written for an empty history.
        folder: made when absent.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the files cannot be written.
    """
    if not history:
        return []
    epochs = _column(history, "epoch")
    dev_f1 = _column(history, "dev_f1")
    best = None if np.isnan(dev_f1).all() else int(np.nanargmax(dev_f1))

    figure, axes = _figure(7.5, 4.5)
    dev_loss = _column(history, "dev_loss")
    _draw_lines(axes, epochs, {"train": _column(history, "train_loss"), "dev": dev_loss})
    note = ""
    if not np.isnan(dev_loss).all():
        lowest = int(np.nanargmin(dev_loss))
        _ring(axes, epochs[lowest], dev_loss[lowest], VERMILLION)
        note = f": dev lowest {dev_loss[lowest]:.4g} at epoch {epochs[lowest]:g}"
    if 0 <= axes.dataLim.y0 < axes.dataLim.y1:  # losses with a learned weight may be negative
        axes.set_ylim(0, 1.05 * axes.dataLim.y1)
    axes.set_ylabel("loss")
    _finish_epochs(axes, epochs, best, f"Loss by epoch{note}")
    loss_path = _save(figure, folder / "loss.png")

    figure, axes = _figure(7.5, 4.5)
    names = {"F1": "dev_f1", "precision": "dev_precision", "recall": "dev_recall"}
    _draw_lines(axes, epochs, {name: 100 * _column(history, key) for name, key in names.items()})
    note = ""
    if best is not None:
        _ring(axes, epochs[best], 100 * dev_f1[best], BLUE)
        note = f": best {100 * dev_f1[best]:.2f} at epoch {epochs[best]:g}"
    axes.set_ylabel("dev, %")
    _finish_epochs(axes, epochs, best, f"Dev F1 by epoch{note}")
    return [loss_path, _save(figure, folder / "f1.png")]


def plot_confusion(
    matrix: npt.ArrayLike,
    names: Sequence[str],
    path: Path,
    title: str,
    *,
    predicted_names: Sequence[str] = (),
) -> Path:
    """Write a confusion matrix; return ``path``.

    Cells hold counts; colour is the share of the row, so that frequent labels do not drown the rare ones.

    Args:
        matrix: counts, gold in rows and predicted in columns ``[K, P]``.
        names: of the rows, and of the columns too unless ``predicted_names`` are given.
        path: the PNG file.
        title: what is confused.
        predicted_names: of the columns, where they differ from the rows (spurious, missed).

    Raises:
        ValueError: the names do not fit the matrix.
        MissingExtraError: matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    counts = np.asarray(matrix, dtype=np.int64)  # [K, P]
    columns = predicted_names or names
    if counts.shape != (len(names), len(columns)):
        raise ValueError(f"{len(names)} x {len(columns)} names for a matrix of shape {counts.shape}")
    size = max(counts.shape)
    # Inches a cell, and points of the counts: four digits must fit. Without counts, only the names must.
    cell, points = next(row[1:] for row in _CELLS if size <= row[0])
    figure, axes = _figure(3.2 + cell * counts.shape[1], 2.6 + cell * counts.shape[0])
    _draw_cells(figure, axes, counts, points)
    column_names, row_names = ([_name(name) for name in side] for side in (columns, names))
    large = size > _LARGE  # then the names stand on all sides, and headings are larger
    axes.set_xticks(range(len(columns)), column_names, rotation=90, fontsize=9, parse_math=False)
    axes.set_yticks(range(len(names)), row_names, fontsize=9, parse_math=False)
    axes.tick_params(length=0, labeltop=large, labelright=large)
    axes.set_xlabel("predicted", fontsize=18 if large else 10)
    axes.set_ylabel("gold", fontsize=18 if large else 10)
    _title(axes, title, points=20 if large else 12)
    return _save(figure, path)


def _draw_cells(figure: Figure, axes: Axes, counts: npt.NDArray[np.int64], points: float | None) -> None:
    """Draw the cells [K, P] with a scale, and their counts unless ``points``, the size of type, is None."""
    from matplotlib.colors import PowerNorm

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # [K, P]
    # The root makes shares of a few percent, which most confusions are, visible.
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1))
    axes.set_xticks(np.arange(0.5, counts.shape[1] - 1), minor=True)
    axes.set_yticks(np.arange(0.5, counts.shape[0] - 1), minor=True)
    axes.grid(which="minor", color=_GRID, linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    if points is not None:
        for row, column in np.argwhere(counts).tolist():
            color = "white" if shares[row, column] > 0.5 else _INK  # where the contrast is equal
            shown = _short(int(counts[row, column]))
            text = axes.text(column, row, shown, ha="center", va="center", fontsize=points, color=color)
            text.set_in_layout(False)  # thousands of texts, none of which moves an edge
    height = figure.get_figheight()
    shrink = 1.0 if height < 12 else 6 / height
    bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02, aspect=30, shrink=shrink, anchor=(0, 1))
    bar.set_label("share of the gold label")


def plot_labels(
    per_label: Mapping[str, Mapping[str, Any]], path: Path, *, title: str = "F1 by label"
) -> Path:
    """Write bars of F1 by label with precision, recall and gold counts, frequent ones first; return ``path``.

    Args:
        per_label: label -> ``precision``, ``recall``, ``f1`` (rates) and ``gold``, as in ``metrics.json``.
        path: the PNG file.
        title: what was scored.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    labels = sorted(per_label, key=lambda label: (-(per_label[label].get("gold") or 0), label))
    rows = [per_label[label] for label in labels]
    places = np.arange(len(labels))
    figure, axes = _figure(7.5, 1.7 + 0.3 * max(len(labels), 1))
    f1, precision, recall = (100 * _column(rows, key) for key in ("f1", "precision", "recall"))
    marker_style: dict[str, Any] = {"markersize": 6.5, "markeredgecolor": "white", "clip_on": False}
    axes.barh(places, np.nan_to_num(f1), height=0.7, color="#a9cbe3", label="F1")
    axes.plot(precision, places - 0.12, "s", color=VERMILLION, label="precision", **marker_style)
    axes.plot(recall, places + 0.12, "^", color=GREEN, label="recall", **marker_style)
    for x, heading in ((111, "F1"), (127, "gold")):
        axes.text(x, -0.75, heading, ha="right", va="bottom", fontsize=10, color=_QUIET)
    for place, (value, row) in enumerate(zip(f1, rows, strict=True)):
        gold = row.get("gold")
        cells = ("-" if np.isnan(value) else f"{value:.1f}", "-" if gold is None else f"{gold:,}")
        for x, cell in zip((111, 127), cells, strict=True):
            axes.text(x, place, cell, ha="right", va="center", fontsize=10, color=_INK)
    axes.set_xlim(0, 100)
    axes.set_xlabel("%")
    _finish_rows(axes, labels, title)
    _legend_above(figure, axes)
    return _save(figure, path)


def plot_classes(
    label_counts: Counts, path: Path, *, tag_counts: Counts | None = None, title: str = "Mentions by label"
) -> Path:
    """Write how often each label occurs in each split, on a logarithmic scale with a zero; return ``path``.

    Args:
        label_counts: split -> label -> number of mentions.
        path: the PNG file.
        tag_counts: split -> tag -> number of tokens, drawn below; left out where they are too many to read.
        title: which data.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    parts = [(label_counts, title, "mentions")]
    if tag_counts and 0 < len(_by_frequency(tag_counts)) <= _MAX_TAG_ROWS:
        parts.append((tag_counts, "Tokens by tag", "tokens"))
    rows = [max(len(_by_frequency(counts)), 1) for counts, _, _ in parts]
    figure, first = _figure(7.5, 0.5 + sum(1.2 + 0.3 * count for count in rows), [1.2 + n for n in rows])
    panels = [first, *figure.axes[1:]]
    for axes, (counts, heading, unit) in zip(panels, parts, strict=True):
        _draw_counts(axes, counts, unit)
        _finish_rows(axes, _by_frequency(counts), heading)
    _legend_above(figure, first)
    return _save(figure, path)


def _by_frequency(counts: Counts) -> list[str]:
    totals: Counter[str] = Counter()
    for split in counts.values():
        totals.update(split)
    return sorted(totals, key=lambda name: (-totals[name], name))


def _draw_counts(axes: Axes, counts: Counts, unit: str) -> None:
    names = _by_frequency(counts)
    places = np.arange(len(names))
    for index, (split, by_name) in enumerate(counts.items()):
        color, marker = _SERIES[index % len(_SERIES)]
        offset = 0.2 * (index - (len(counts) - 1) / 2)  # equal counts stay visible
        values = np.array([by_name.get(name, 0) for name in names], dtype=np.float64)
        style: dict[str, Any] = {"color": color, "markersize": 6, "alpha": 0.85, "clip_on": False}
        axes.plot(values, places + offset, marker, label=_name(split), **style)
    drawn = [by_name.get(name, 0) for by_name in counts.values() for name in names]
    if drawn and min(drawn) > 0:
        axes.set_xscale("log")
        # Whole decades, so that there are at least two ticks; markers stay off the names.
        axes.set_xlim(0.85 * 10 ** np.floor(np.log10(min(drawn))), 10 ** np.ceil(np.log10(max(drawn) + 1)))
    else:
        axes.set_xscale("symlog", linthresh=1, linscale=0.4)
        axes.set_xlim(left=-0.35)  # so that markers of zero stay off the names
    axes.set_xlabel(f"{unit} (logarithmic)")
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(lambda value, _: _short(round(value)))


def _figure(width: float, height: float, heights: Sequence[float] = (1,)) -> tuple[Figure, Axes]:
    """Return an empty figure, size in inches, and the first of its axes, one for each height ratio."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError("matplotlib", "train") from error
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained", facecolor="white")
    figure.subplots(len(heights), 1, height_ratios=heights)
    for axes in figure.axes:
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_QUIET)
        axes.tick_params(colors=_INK, labelsize=10)
    return figure, figure.axes[0]


def _column(rows: Iterable[Mapping[str, Any]], key: str) -> npt.NDArray[np.float64]:
    """Return one value a row [N]; NaN where it is None, missing or not finite."""
    values = np.array([np.nan if row.get(key) is None else row[key] for row in rows], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _draw_lines(
    axes: Axes, epochs: npt.NDArray[np.float64], series: Mapping[str, npt.NDArray[np.float64]]
) -> None:
    # Markers tell the lines apart without colour; beyond some tens of epochs they would hide the lines.
    every = max(1, len(epochs) // 25)
    for index, ((name, values), (color, marker)) in enumerate(zip(series.items(), _SERIES, strict=False)):
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


def _finish_epochs(axes: Axes, epochs: npt.NDArray[np.float64], best: int | None, title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    if best is not None:
        label = f"best epoch ({epochs[best]:g})"
        axes.axvline(epochs[best], color=_QUIET, linewidth=1, linestyle=":", label=label)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    margin = max(0.5, 0.03 * (epochs[-1] - epochs[0]))
    axes.set_xlim(epochs[0] - margin, epochs[-1] + margin)
    axes.grid(axis="y", color=_GRID)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=10)
    _title(axes, title)


def _finish_rows(axes: Axes, labels: Sequence[str], title: str) -> None:
    """Name the rows of a horizontal plot, first on top."""
    axes.set_yticks(range(len(labels)), [_name(label) for label in labels], fontsize=10, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    axes.grid(axis="x", color=_GRID)
    _title(axes, title)


def _legend_above(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside upper center", ncols=4, frameon=False, fontsize=10)


def _title(axes: Axes, title: str, points: float = 12) -> None:
    axes.set_title(visible(title, one_line=True), fontsize=points, color=_INK, loc="left", parse_math=False)


def _name(label: str) -> str:
    shown = visible(label, one_line=True)
    return shown if len(shown) <= _MAX_NAME else shown[: _MAX_NAME - 1] + "…"


def _short(count: float) -> str:
    """Return at most four characters for any count below ten million: 9999, 10k, 999k, 1.2M."""
    if count < 10_000:
        return f"{count:.0f}"
    return f"{count / 1000:.0f}k" if count < 999_500 else f"{count / 1e6:.1f}M"


def _save(figure: Figure, path: Path) -> Path:
    with atomic_path(path) as part, warnings.catch_warnings():
        # Labels may be in a script that the font lacks: boxes, which is no reason to fail or to warn.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # Without the version of matplotlib in it, the same plot is the same file.
        metadata: dict[str, Any] = {"Software": None}
        figure.savefig(part, format="png", metadata=metadata, bbox_inches="tight", pad_inches=0.12)
    return path
