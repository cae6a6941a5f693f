"""Drawings of a comparison: scatter with Pareto front, curves, learning curves. See `onoma.reports.svg`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from onoma.reports.escapes import visible

_WIDTH, _HEIGHT = 680, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 18, 44
_SMALL = (340, 170)
_CHAR_WIDTH, _LINE_HEIGHT = 6.6, 14
_NUM_TICKS = 5


@dataclass(frozen=True, slots=True)
class Point:
    """A model in the scatter.

    Args:
        name: written beside it.
        cost: above 0.
        quality: F1 in percent.
        low: lower end of its interval.
        high: upper end.
        chosen: whether it is the recommended one.
    """

    name: str
    cost: float
    quality: float
    low: float
    high: float
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """A curve through points, and the band that it probably lies in (empty where there is none)."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """Values over a common x; ``css_class`` gives colour and dashes. Values that are None leave a gap."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float | None, ...]
    css_class: str
    spreads: tuple[float, ...] = ()
    fitted: Fitted | None = None


class _Axes:
    """A frame with scales; x may be logarithmic."""

    def __init__(
        self,
        size: tuple[int, int],
        xs: tuple[float, float],
        ys: tuple[float, float],
        *,
        log: bool = False,
        right: int = _RIGHT,
    ) -> None:
        self.width, self.height = size
        self.log, self.right = log, right
        self.x_range = (math.log(xs[0]), math.log(xs[1])) if log else xs
        self.y_range = ys

    def x(self, value: float) -> float:
        low, high = self.x_range
        part = ((math.log(value) if self.log else value) - low) / ((high - low) or 1.0)
        return _LEFT + part * (self.width - _LEFT - self.right)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return self.height - _BOTTOM - (value - low) / ((high - low) or 1.0) * (self.height - _BOTTOM - _TOP)

    def frame(self, x_ticks: Iterable[float], y_ticks: Iterable[float], x_name: str, y_name: str) -> str:
        floor = self.height - _BOTTOM
        parts = []
        for value in y_ticks:
            y = self.y(value)
            parts.append(
                f'<line class="axis" x1="{_LEFT}" x2="{self.width - self.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            parts.append(
                f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
            )
        for value in x_ticks:
            x = self.x(value)
            parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{floor}" y2="{floor + 4}"/>')
            parts.append(
                f'<text class="tick" x="{x:.1f}" y="{floor + 17}" text-anchor="middle">{value:g}</text>'
            )
        middle = (_LEFT + self.width - self.right) / 2
        parts.append(
            f'<text class="tick" x="{middle:.1f}" y="{self.height - 6}" text-anchor="middle">'
            f"{escape(x_name)}</text>"
        )
        parts.append(f'<text class="tick" x="{_LEFT}" y="{_TOP - 4}">{escape(y_name)}</text>')
        return "".join(parts)


def _svg(size: tuple[int, int], label: str, *parts: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{_escaped(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _escaped(text: str) -> str:
    return escape(visible(text, one_line=True), quote=True)


def linear_ticks(low: float, high: float, count: int = _NUM_TICKS) -> list[float]:
    """Return about ``count`` round numbers from ``low`` to ``high``."""
    width = (high - low) or 1.0
    size = 10 ** math.floor(math.log10(width / count))
    step = next(size * factor for factor in (1, 2, 5, 10, 20) if width / (size * factor) <= count)
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 10) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten from ``low`` to ``high``; powers only for a wide range."""
    factors = (1, 2, 5) if high / low < 1000 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [
        float(f"{factor * 10.0**power:.3g}")
        for power in powers
        for factor in factors
        if low <= factor * 10.0**power <= high
    ]


def scatter(points: Sequence[Point], front: Sequence[str], x_name: str) -> str:
    """Return quality against cost, the Pareto front as a line; the chosen model is ringed.

    Args:
        points: models.
        front: names on the front, by rising cost.
        x_name: the cost and its unit.
    """
    size = (_WIDTH, _HEIGHT)
    costs = [max(point.cost, 1e-9) for point in points]
    low, high = min(costs) / 1.6, max(costs) * 1.6
    bottom, top = _padded([point.low for point in points] + [point.high for point in points])
    axes = _Axes(size, (low, high), (bottom, top), log=True)
    parts = [axes.frame(log_ticks(low, high), linear_ticks(bottom, top), x_name, "F1, %")]
    place = {point.name: (axes.x(max(point.cost, 1e-9)), axes.y(point.quality)) for point in points}
    line = " ".join(f"{place[name][0]:.1f},{place[name][1]:.1f}" for name in front)
    parts.append(f'<polyline class="front" points="{line}"/>')
    for point in points:
        x, y = place[point.name]
        kind = "dot" if point.name in front else "dot beaten"
        title = (
            f"{point.name}: F1 {point.quality:.2f} ({point.low:.2f} to {point.high:.2f}), {point.cost:.3g}"
        )
        ring = f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="10"/>' if point.chosen else ""
        parts.append(
            f"<g><title>{_escaped(title)}</title>"
            f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" '
            f'y1="{axes.y(point.low):.1f}" y2="{axes.y(point.high):.1f}"/>'
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>{ring}</g>'
        )
    parts += _names(points, place)
    return _svg(size, f"F1 against {x_name}", *parts)


def _names(points: Sequence[Point], place: dict[str, tuple[float, float]]) -> list[str]:
    """The points' names beside them, moved down where they would lie on each other."""
    taken: list[tuple[float, float, float]] = []  # left, right, y
    parts = []
    for point in sorted(points, key=lambda point: place[point.name][1]):
        x, y = place[point.name]
        width = len(point.name) * _CHAR_WIDTH
        leftwards = x + 14 + width > _WIDTH
        left = x - 14 - width if leftwards else x + 14
        y += 4
        while any(
            left < end and start < left + width and abs(y - other) < _LINE_HEIGHT
            for start, end, other in taken
        ):
            y += 2
        taken.append((left, left + width, y))
        anchor, at = ("end", x - 14) if leftwards else ("start", x + 14)
        parts.append(
            f'<text class="name" x="{at:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{_escaped(point.name)}</text>"
        )
    return parts


def _padded(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = max(0.06 * (high - low), 0.25)
    return max(0.0, low - room), min(100.0, high + room) if high <= 100 else high + room


def line_chart(
    lines: Sequence[Line], *, label: str, x_name: str, y_name: str, top: float, bottom: float = 0.0
) -> str:
    """Return a small chart of lines over epochs.

    Args:
        lines: of one model.
        label: what is drawn, read out.
        x_name: below the axis.
        y_name: above the axis.
        top: of the scale, so that several charts can have one.
        bottom: of the scale.
    """
    last = max((line.xs[-1] for line in lines if line.xs), default=1.0)
    axes = _Axes(_SMALL, (min(1.0, last), max(last, 2.0)), (bottom, top))
    ticks = sorted({max(1, round(value)) for value in linear_ticks(1, max(last, 2.0), 6)})
    parts = [axes.frame(ticks, linear_ticks(bottom, top, 4), x_name, y_name)]
    parts += [_path(line, axes) for line in lines]
    return _svg(_SMALL, label, *parts)


def _path(line: Line, axes: _Axes) -> str:
    runs: list[list[str]] = [[]]
    for x, y in zip(line.xs, line.ys, strict=True):
        if y is None or not math.isfinite(y):
            runs.append([])
        else:
            runs[-1].append(f"{axes.x(x):.1f},{axes.y(y):.1f}")
    drawn = "".join(f'<polyline class="{line.css_class}" points="{" ".join(run)}"/>' for run in runs if run)
    dots = "".join(
        f'<circle class="{line.css_class}" cx="{run[0].split(",")[0]}" cy="{run[0].split(",")[1]}" r="2"/>'
        for run in runs
        if len(run) == 1
    )
    return f"<g><title>{_escaped(line.name)}</title>{drawn}{dots}</g>"


def learning_chart(lines: Sequence[Line]) -> str:
    """Return F1 in percent over the share of train, a line a model with its name at the end.

    A fitted curve takes the line's place and goes on to twice the data, in its band.
    """
    size = (_WIDTH, _HEIGHT)
    bottom, top = _padded([value for line in lines for value in _heights(line)])
    shares = sorted({x for line in lines for x in line.xs})
    last = max([shares[-1], *(line.fitted.xs[-1] for line in lines if line.fitted)])
    right = 24 + int(max(len(line.name) for line in lines) * _CHAR_WIDTH)
    axes = _Axes(size, (shares[0] / 1.1, last), (bottom, top), log=True, right=right)
    ticks = sorted({*shares, last})
    parts = [axes.frame(ticks, linear_ticks(bottom, top), "share of train, % (log scale)", "F1, %")]
    parts += [_band(line.fitted, axes) for line in lines if line.fitted]
    taken: list[float] = []
    for line in sorted(lines, key=lambda line: -(line.ys[-1] or 0.0)):
        parts.append(_fitted(line, line.fitted, axes) if line.fitted else _path(line, axes))
        for x, y, sd in zip(line.xs, line.ys, line.spreads, strict=True):
            if y is not None:
                ends = f'y1="{axes.y(y - sd):.1f}" y2="{axes.y(y + sd):.1f}"'
                parts.append(f'<line class="whisker" x1="{axes.x(x):.1f}" x2="{axes.x(x):.1f}" {ends}/>')
                parts.append(f'<circle class="dot" cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="3"/>')
        at = axes.y(line.fitted.ys[-1] if line.fitted else line.ys[-1] or 0.0) + 4
        while any(abs(at - other) < _LINE_HEIGHT for other in taken):
            at += 2
        taken.append(at)
        parts.append(
            f'<text class="name" x="{size[0] - right + 8}" y="{at:.1f}">{_escaped(line.name)}</text>'
        )
    return _svg(size, "F1 by share of the training data", *parts)


def _heights(line: Line) -> list[float]:
    """All that must find room between bottom and top; a band that is no information is cut off."""
    spread = max(line.spreads, default=0.0)
    points = [y for y in line.ys if y is not None]
    values = [min(points) - spread, max(points) + spread]
    if line.fitted is not None:
        values += line.fitted.ys
        room = max(2.0, values[1] - values[0])
        values += [max(low, values[0] - room) for low in line.fitted.lows]
        values += [min(high, max(*values[:2], *line.fitted.ys) + room) for high in line.fitted.highs]
    return values


def _band(fitted: Fitted, axes: _Axes) -> str:
    floor, ceiling = axes.y_range
    edge = [
        *zip(fitted.xs, fitted.highs, strict=False),
        *reversed(list(zip(fitted.xs, fitted.lows, strict=False))),
    ]
    points = " ".join(f"{axes.x(x):.1f},{axes.y(min(max(y, floor), ceiling)):.1f}" for x, y in edge)
    return f'<polygon class="band" points="{points}"/>' if edge else ""


def _fitted(line: Line, fitted: Fitted, axes: _Axes) -> str:
    """The curve, dashed beyond the data."""
    places = [(x, f"{axes.x(x):.1f},{axes.y(y):.1f}") for x, y in zip(fitted.xs, fitted.ys, strict=True)]
    inside = [point for x, point in places if x <= line.xs[-1]]
    beyond = inside[-1:] + [point for x, point in places if x > line.xs[-1]]
    drawn = "".join(
        f'<polyline class="{css_class}" points="{" ".join(points)}"/>'
        for css_class, points in (("share", inside), ("share beyond", beyond))
    )
    return f"<g><title>{_escaped(line.name)}, fitted</title>{drawn}</g>"
