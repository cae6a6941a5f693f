"""Figures of one look: how they begin, are titled and saved.

matplotlib is imported when a figure is made, through its object interface: no window, no global state, so
nothing that the user's own plots would notice.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from onoma.errors import MissingExtraError
from onoma.files import atomic_path
from onoma.reports.escapes import visible
from onoma.reports.palette import BLUE, GREEN, INK, QUIET, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 120
SERIES = ((BLUE, "o"), (VERMILLION, "s"), (GREEN, "^"), (QUIET, "D"))  # told apart by shape too
_MAX_NAME = 28  # characters of a label that plots show


def make_figure(width: float, height: float, heights: Sequence[float] = (1,)) -> tuple[Figure, Axes]:
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
        axes.spines[["left", "bottom"]].set_color(QUIET)
        axes.tick_params(colors=INK, labelsize=10)
    return figure, figure.axes[0]


def set_title(axes: Axes, title: str, points: float = 12) -> None:
    """Write a title, of any text, on the left."""
    axes.set_title(visible(title, one_line=True), fontsize=points, color=INK, loc="left", parse_math=False)


def shown_name(label: str) -> str:
    """Return a label as plots show it: visible, on one line, and not too long."""
    shown = visible(label, one_line=True)
    return shown if len(shown) <= _MAX_NAME else shown[: _MAX_NAME - 1] + "…"


def legend_above(figure: Figure, axes: Axes) -> None:
    """Put the legend over the axes, if there is something in it."""
    handles, names = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside upper center", ncols=4, frameon=False, fontsize=10)


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a PNG file in one go, and return its path.

    Raises:
        OutputError: it cannot be written.
    """
    with atomic_path(path) as part, warnings.catch_warnings():
        # Labels may be in a script that the font lacks: boxes, which is no reason to fail or to warn.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # Without the version of matplotlib in it, the same plot is the same file.
        metadata: dict[str, Any] = {"Software": None}
        figure.savefig(part, format="png", metadata=metadata, bbox_inches="tight", pad_inches=0.12)
    return path


def column(rows: Iterable[Mapping[str, Any]], key: str) -> npt.NDArray[np.float64]:
    """Return one value a row [N]; NaN where it is None, missing or not finite."""
    values = np.array([np.nan if row.get(key) is None else row[key] for row in rows], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)
