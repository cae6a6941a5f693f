"""Whether scores mean what they say: the reliability diagram, as a PNG file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onoma.metrics.calibration import Calibration
from onoma.reports.figures import SERIES, legend_above, make_figure, save_figure, set_title
from onoma.reports.palette import GRID, PALE_VERMILLION, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_reliability(stages: Mapping[str, tuple[Calibration, Calibration]], path: Path) -> Path:
    """Write, split by split, the share of right entities by their score, before and after the temperature.

    A bar of the gap lies between each bin's share and its mean score (afterwards); below are the counts.
    Guo et al. 2017, figure 1.

    Args:
        stages: split -> the calibration before and after, with the same bins.
        path: the PNG file.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    figure, first = make_figure(6.5, 0.5 + 4.6 * len(stages), [3, 1] * len(stages))
    panels = figure.axes
    for index, (split, (before, after)) in enumerate(stages.items()):
        _draw_shares(panels[2 * index], before, after)
        title = f"Entity scores, {split}: ECE {before.ece:.3f} as trained, {after.ece:.3f} calibrated"
        set_title(panels[2 * index], title)
        _draw_counts(panels[2 * index + 1], before, after)
    legend_above(figure, first)
    return save_figure(figure, path)


def _draw_shares(axes: Axes, before: Calibration, after: Calibration) -> None:
    axes.plot([0, 1], [0, 1], "--", color=QUIET, linewidth=1)
    filled = after.counts > 0  # [B]
    scores, shares = after.confidence[filled], after.accuracy[filled]
    axes.bar(scores, shares - scores, bottom=scores, width=0.035, color=PALE_VERMILLION, label="gap")
    for calibration, name, (color, marker) in zip(
        (before, after), ("as trained", "calibrated"), (SERIES[3], SERIES[0]), strict=True
    ):
        style: dict[str, Any] = {"color": color, "markersize": 5.5, "linewidth": 1.2, "clip_on": False}
        there = calibration.counts > 0  # [B]
        axes.plot(
            calibration.confidence[there], calibration.accuracy[there], f"{marker}-", label=name, **style
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_ylabel("share right")
    axes.grid(color=GRID)


def _draw_counts(axes: Axes, before: Calibration, after: Calibration) -> None:
    middles = (after.edges[:-1] + after.edges[1:]) / 2  # [B]
    width = 0.4 * float(after.edges[1] - after.edges[0])
    for calibration, shift, (color, _) in zip(
        (before, after), (-0.5, 0.5), (SERIES[3], SERIES[0]), strict=True
    ):
        axes.bar(middles + shift * width, calibration.counts, width=width, color=color)
    axes.set_yscale("log")
    axes.set_ylim(0.7, 2 * float(np.maximum(before.counts, after.counts).max()))
    axes.minorticks_off()
    axes.set_xlim(0, 1)
    axes.set_xlabel("score")
    axes.set_ylabel("entities")
