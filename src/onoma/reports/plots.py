"""Plots of a model's scores, as PNG files: confusion, scores and counts by label.

matplotlib is imported when a plot is made, through its object interface: no window, no global state, so
that any thread may plot. Files are written beside their place and then renamed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from onoma.reports.figures import (
    SERIES,
    column,
    legend_above,
    make_figure,
    save_figure,
    set_title,
    shown_name,
)
from onoma.reports.palette import GREEN, GRID, INK, PALE_BLUE, QUIET, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Counts = Mapping[str, Mapping[str, int]]
"""Split -> label or tag -> how often."""

_MAX_TAG_ROWS = 40
_LARGE = 30
# Of confusion matrices: up to how many names, inches a cell, points of the counts (None: not shown).
_CELLS = ((12, 0.55, 9.0), (_LARGE, 0.42, 8.0), (80, 0.27, 5.5), (np.inf, 0.19, None))


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
    figure, axes = make_figure(3.2 + cell * counts.shape[1], 2.6 + cell * counts.shape[0])
    _draw_cells(figure, axes, counts, points)
    column_names, row_names = ([shown_name(name) for name in side] for side in (columns, names))
    large = size > _LARGE  # then the names stand on all sides, and headings are larger
    axes.set_xticks(range(len(columns)), column_names, rotation=90, fontsize=9, parse_math=False)
    axes.set_yticks(range(len(names)), row_names, fontsize=9, parse_math=False)
    axes.tick_params(length=0, labeltop=large, labelright=large)
    axes.set_xlabel("predicted", fontsize=18 if large else 10)
    axes.set_ylabel("gold", fontsize=18 if large else 10)
    set_title(axes, title, points=20 if large else 12)
    return save_figure(figure, path)


def _draw_cells(figure: Figure, axes: Axes, counts: npt.NDArray[np.int64], points: float | None) -> None:
    """Draw the cells [K, P] with a scale, and their counts unless ``points``, the size of type, is None."""
    from matplotlib.colors import PowerNorm

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # [K, P]
    # The root makes shares of a few percent, which most confusions are, visible.
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1))
    axes.set_xticks(np.arange(0.5, counts.shape[1] - 1), minor=True)
    axes.set_yticks(np.arange(0.5, counts.shape[0] - 1), minor=True)
    axes.grid(which="minor", color=GRID, linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    if points is not None:
        for row, column in np.argwhere(counts).tolist():
            color = "white" if shares[row, column] > 0.5 else INK  # where the contrast is equal
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
    figure, axes = make_figure(7.5, 1.7 + 0.3 * max(len(labels), 1))
    f1, precision, recall = (100 * column(rows, key) for key in ("f1", "precision", "recall"))
    marker_style: dict[str, Any] = {"markersize": 6.5, "markeredgecolor": "white", "clip_on": False}
    axes.barh(places, np.nan_to_num(f1), height=0.7, color=PALE_BLUE, label="F1")
    axes.plot(precision, places - 0.12, "s", color=VERMILLION, label="precision", **marker_style)
    axes.plot(recall, places + 0.12, "^", color=GREEN, label="recall", **marker_style)
    for x, heading in ((111, "F1"), (127, "gold")):
        axes.text(x, -0.75, heading, ha="right", va="bottom", fontsize=10, color=QUIET)
    for place, (value, row) in enumerate(zip(f1, rows, strict=True)):
        gold = row.get("gold")
        cells = ("-" if np.isnan(value) else f"{value:.1f}", "-" if gold is None else f"{gold:,}")
        for x, cell in zip((111, 127), cells, strict=True):
            axes.text(x, place, cell, ha="right", va="center", fontsize=10, color=INK)
    axes.set_xlim(0, 100)
    axes.set_xlabel("%")
    _finish_rows(axes, labels, title)
    legend_above(figure, axes)
    return save_figure(figure, path)


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
    figure, first = make_figure(7.5, 0.5 + sum(1.2 + 0.3 * count for count in rows), [1.2 + n for n in rows])
    panels = [first, *figure.axes[1:]]
    for axes, (counts, heading, unit) in zip(panels, parts, strict=True):
        _draw_counts(axes, counts, unit)
        _finish_rows(axes, _by_frequency(counts), heading)
    legend_above(figure, first)
    return save_figure(figure, path)


def _by_frequency(counts: Counts) -> list[str]:
    totals: Counter[str] = Counter()
    for split in counts.values():
        totals.update(split)
    return sorted(totals, key=lambda name: (-totals[name], name))


def _draw_counts(axes: Axes, counts: Counts, unit: str) -> None:
    names = _by_frequency(counts)
    places = np.arange(len(names))
    for index, (split, by_name) in enumerate(counts.items()):
        color, marker = SERIES[index % len(SERIES)]
        offset = 0.2 * (index - (len(counts) - 1) / 2)  # equal counts stay visible
        values = np.array([by_name.get(name, 0) for name in names], dtype=np.float64)
        style: dict[str, Any] = {"color": color, "markersize": 6, "alpha": 0.85, "clip_on": False}
        axes.plot(values, places + offset, marker, label=shown_name(split), **style)
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


def _finish_rows(axes: Axes, labels: Sequence[str], title: str) -> None:
    """Name the rows of a horizontal plot, first on top."""
    axes.set_yticks(
        range(len(labels)), [shown_name(label) for label in labels], fontsize=10, parse_math=False
    )
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    axes.grid(axis="x", color=GRID)
    set_title(axes, title)


def _short(count: float) -> str:
    """Return at most four characters for any count below ten million: 9999, 10k, 999k, 1.2M."""
    if count < 10_000:
        return f"{count:.0f}"
    return f"{count / 1000:.0f}k" if count < 999_500 else f"{count / 1e6:.1f}M"
