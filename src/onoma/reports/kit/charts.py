"""Drawings of a comparison: scatter with Pareto front, curves of a training, learning curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from onoma.reports.kit import svg
from onoma.reports.kit.svg import Axes, Svg, free_place, linear_ticks, log_ticks
from onoma.reports.palette import NUM_SERIES

_LARGE, _SMALL = (680, 380), (340, 170)
_MARGINS = (52, 16, 18, 44)
_CHAR_WIDTH, _LINE_HEIGHT = 6.6, 14
_LEAST_COST = 1e-9
_MOST_ROOM, _GAP = 190, 14
_RINGED, _KNOTS = "train", 8


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
    """Values over a common x; ``css`` gives colour and dashes. Values that are None leave a gap."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float | None, ...]
    css: str
    spreads: tuple[float, ...] = ()
    fitted: Fitted | None = None


def scatter(points: Sequence[Point], front: Sequence[str], x_name: str) -> Svg:
    """Return quality against cost, the Pareto front as a line; the chosen model is ringed.

    Args:
        points: models.
        front: names on the front, by rising cost.
        x_name: the cost and its unit.
    """
    costs = [max(point.cost, _LEAST_COST) for point in points]
    low, high = min(costs) / 1.6, max(costs) * 1.6
    bottom, top = _padded([point.low for point in points] + [point.high for point in points])
    left, _, above, below = _MARGINS
    # Room for names on the right of their dots, where no line to the next dot runs.
    right = 24 + min(_MOST_ROOM, int(max(len(point.name) for point in points) * _CHAR_WIDTH))
    axes = Axes(_LARGE, (low, high), (bottom, top), (left, right, above, below), log=True)
    dots = list(zip(points, costs, strict=True))
    places = {point.name: axes.at(cost, point.quality) for point, cost in dots}
    return svg.drawing(
        _LARGE,
        f"F1 against {x_name}",
        *_frame(axes, log_ticks(low, high), linear_ticks(bottom, top), x_name, "F1, %"),
        svg.path([places[name] for name in front], "front"),
        *(_dot(point, places[point.name], axes, point.name in front) for point in points),
        *_names_of_dots(places, [(axes.x(cost), axes.y(one.high), axes.y(one.low)) for one, cost in dots]),
    )


def _frame(
    axes: Axes, x_ticks: Sequence[float], y_ticks: Sequence[float], x_name: str, y_name: str
) -> list[Svg]:
    named = [(value, f"{value:g}") for value in y_ticks]
    return [*axes.horizontals(named), *axes.verticals(x_ticks), *axes.names(x_name, y_name)]


def _dot(point: Point, place: svg.Point, axes: Axes, on_front: bool) -> Svg:
    x = place[0]
    said = f"{point.name}: F1 {point.quality:.2f} ({point.low:.2f} to {point.high:.2f}), {point.cost:.3g}"
    parts = [
        svg.line((x, axes.y(point.low)), (x, axes.y(point.high)), "whisker"),
        svg.circle(place, 5, "dot" if on_front else "dot beaten"),
    ]
    return svg.group(said, *parts, *([svg.circle(place, 10, "ring")] if point.chosen else []))


def _names_of_dots(places: dict[str, svg.Point], whiskers: Sequence[tuple[float, float, float]]) -> list[Svg]:
    """The models' names on the side of their dots where no whisker is, moved down where they would meet.

    Args:
        places: of the dots.
        whiskers: x, top and bottom of each.
    """
    taken: list[tuple[float, float, float]] = []  # left, right, y
    parts = []
    for name, (x, y) in sorted(places.items(), key=lambda item: item[1][1]):
        width = len(name) * _CHAR_WIDTH
        sides = {"start": x + _GAP, "end": x - _GAP - width}  # the left edge, right or left of the dot
        fitting = {
            anchor: left
            for anchor, left in sides.items()
            if left > _MARGINS[0] and left + width < _LARGE[0] and not _strikes(whiskers, left, width, y)
        }
        fallback = "end" if sides["start"] + width > _LARGE[0] else "start"
        anchor = next(iter(fitting), fallback)
        left = sides[anchor]
        beside = [other for start, end, other in taken if left < end and start < left + width]
        y = free_place(y + 4, beside, _LINE_HEIGHT)
        taken.append((left, left + width, y))
        parts.append(svg.text(x - _GAP if anchor == "end" else x + _GAP, y, name, css="name", anchor=anchor))
    return parts


def _strikes(whiskers: Sequence[tuple[float, float, float]], left: float, width: float, y: float) -> bool:
    """Whether a whisker passes through a name that begins at ``left``, at the height of its dot."""
    return any(left < at < left + width and top - 6 < y < end + 6 for at, top, end in whiskers)


def _padded(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = max(0.06 * (high - low), 0.25)
    return max(0.0, low - room), min(100.0, high + room) if high <= 100 else high + room


def line_chart(lines: Sequence[Line], *, label: str, y_name: str, top: float, bottom: float = 0.0) -> Svg:
    """Return a small chart of lines over epochs.

    Args:
        lines: of one model.
        label: what is drawn, read out.
        y_name: above the axis.
        top: of the scale, so that several charts can have one.
        bottom: of the scale.
    """
    last = max((line.xs[-1] for line in lines if line.xs), default=1.0)
    axes = Axes(_SMALL, (min(1.0, last), max(last, 2.0)), (bottom, top), _MARGINS)
    ticks = sorted({max(1, round(value)) for value in linear_ticks(1, max(last, 2.0), 6)})
    frame = _frame(axes, ticks, linear_ticks(bottom, top, 4), "epoch", y_name)
    return svg.drawing(_SMALL, label, *frame, *(_drawn(line, axes) for line in lines))


def _drawn(line: Line, axes: Axes) -> Svg:
    runs: list[list[svg.Point]] = [[]]
    for x, y in zip(line.xs, line.ys, strict=True):
        if y is None or not math.isfinite(y):
            runs.append([])
        else:
            runs[-1].append(axes.at(x, y))
    lines = [svg.path(run, line.css) for run in runs if run]
    alone = [svg.circle(run[0], 2, line.css) for run in runs if len(run) == 1]
    return svg.group(line.name, *lines, *alone, *(_knots(runs, line.css) if line.css == _RINGED else []))


def _knots(runs: Sequence[Sequence[svg.Point]], css: str) -> list[Svg]:
    """Rings on a line: colour alone tells nothing to some, and nothing in print."""
    return [
        svg.circle(place, 2, css)
        for run in runs
        if len(run) > 1
        for place in run[:: max(1, len(run) // _KNOTS)]
    ]


def learning_chart(lines: Sequence[Line]) -> Svg:
    """Return F1 in percent over the share of train, a line a model with its name at the end.

    A fitted curve takes the line's place and goes on to twice the data, in its band.
    """
    bottom, top = _padded([value for line in lines for value in _heights(line)])
    shares = sorted({x for line in lines for x in line.xs})
    last = max([shares[-1], *(line.fitted.xs[-1] for line in lines if line.fitted)])
    right = 24 + int(max(len(line.name) for line in lines) * _CHAR_WIDTH)
    left, _, above, below = _MARGINS
    axes = Axes(_LARGE, (shares[0] / 1.1, last), (bottom, top), (left, right, above, below), log=True)
    ticks = sorted({*shares, last})
    parts = _frame(axes, ticks, linear_ticks(bottom, top), "share of train, % (log scale)", "F1, %")
    parts += [_band(line.fitted, axes) for line in lines if line.fitted and line.fitted.highs]
    taken: list[float] = []
    for index, line in enumerate(sorted(lines, key=lambda line: -(line.ys[-1] or 0.0))):
        line = replace(line, css=f"{line.css} s{index % NUM_SERIES}")
        parts.append(_fitted(line, line.fitted, axes) if line.fitted else _drawn(line, axes))
        parts += _spreads(line, axes, index)
        end = line.fitted.ys[-1] if line.fitted else line.ys[-1] or 0.0
        taken.append(free_place(axes.y(end) + 4, taken, _LINE_HEIGHT))
        parts.append(svg.text(axes.right + 8, taken[-1], line.name, css="name"))
    return svg.drawing(_LARGE, "F1 by share of the training data", *parts)


def _spreads(line: Line, axes: Axes, index: int) -> list[Svg]:
    parts = []
    for x, y, sd in zip(line.xs, line.ys, line.spreads, strict=True):
        if y is not None:
            parts.append(svg.line(axes.at(x, y - sd), axes.at(x, y + sd), "whisker"))
            parts.append(svg.sign(axes.at(x, y), 4, index, f"dot s{index % NUM_SERIES}"))
    return parts


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


def _band(fitted: Fitted, axes: Axes) -> Svg:
    floor, ceiling = axes.y_range
    upper = list(zip(fitted.xs, fitted.highs, strict=True))
    lower = list(zip(fitted.xs, fitted.lows, strict=True))
    edge = [axes.at(x, min(max(y, floor), ceiling)) for x, y in [*upper, *reversed(lower)]]
    return svg.path(edge, "band", closed=True)


def _fitted(line: Line, fitted: Fitted, axes: Axes) -> Svg:
    """The curve, dashed beyond the data."""
    places = list(zip(fitted.xs, fitted.ys, strict=True))
    inside = [axes.at(x, y) for x, y in places if x <= line.xs[-1]]
    beyond = inside[-1:] + [axes.at(x, y) for x, y in places if x > line.xs[-1]]
    return svg.group(
        f"{line.name}, fitted", svg.path(inside, line.css), svg.path(beyond, f"{line.css} beyond")
    )
