"""SVG elements, the one place where they are written, and axes to draw upon. No script, no style attributes.

Colours and fonts come from the page's style sheet by class (``bar``, ``axis``, ``tick``), so that a drawing
follows light, dark and print.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from onoma.reports.escapes import visible

Point = tuple[float, float]


_NAMES = {
    "css": "class",
    "view_box": "viewBox",
    "preserve": "preserveAspectRatio",
    "text_length": "textLength",
    "length_adjust": "lengthAdjust",
}
"""Arguments whose attribute is written otherwise."""


class Svg(str):
    """Elements that are written already, in which all data is escaped."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def _escaped(value: object) -> str:
    return escape(visible(str(value), one_line=True), quote=True)


def element(name: str, *content: str, **attributes: float | str) -> Svg:
    """Return an element.

    Args:
        name: of the element.
        content: `Svg` stays as it is, any other text is escaped.
        attributes: floats get one decimal; ``_`` stands for ``-``, and after ``css`` is meant ``class``.
    """
    written = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    inner = "".join(part if isinstance(part, Svg) else _escaped(part) for part in content)
    return Svg(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")


def _name(key: str) -> str:
    return _NAMES.get(key, key.replace("_", "-"))


def _value(value: float | str) -> str:
    return f"{value:.1f}" if isinstance(value, float) else _escaped(value)


def drawing(size: tuple[int, int], label: str, *content: str) -> Svg:
    """Return a drawing of this size in its own units; the label is read out."""
    view_box = f"0 0 {size[0]} {size[1]}"
    return element("svg", *content, css="chart", view_box=view_box, role="img", aria_label=label)


def group(title: str, *content: str) -> Svg:
    """Return elements with a title that is shown when pointed at."""
    return element("g", element("title", title), *content)


def text(x: float, y: float, content: str, *, css: str = "tick", anchor: str = "start") -> Svg:
    """Return text that begins, ends or is centred at a place."""
    return element("text", content, css=css, x=float(x), y=float(y), text_anchor=anchor)


def line(start: Point, end: Point, css: str) -> Svg:
    """Return a straight line."""
    return element(
        "line", css=css, x1=float(start[0]), x2=float(end[0]), y1=float(start[1]), y2=float(end[1])
    )


def circle(center: Point, radius: int, css: str) -> Svg:
    """Return a circle."""
    return element("circle", css=css, cx=float(center[0]), cy=float(center[1]), r=radius)


def sign(center: Point, radius: int, index: int, css: str) -> Svg:
    """Return one of four shapes of about this radius, so that series are told apart without colour."""
    x, y = center
    corners = (
        (),
        ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        ((0, -1.3), (1.2, 0.9), (-1.2, 0.9)),
        ((0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)),
    )[index % 4]
    if not corners:
        return circle(center, radius, css)
    return path(((x + radius * right, y + radius * down) for right, down in corners), css, closed=True)


def path(points: Iterable[Point], css: str, *, closed: bool = False) -> Svg:
    """Return a line through points, or the area that they enclose."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polygon" if closed else "polyline", css=css, points=places)


class Axes:
    """A frame with scales.

    Args:
        size: width and height of the drawing.
        xs: ends of the horizontal scale.
        ys: ends of the vertical one.
        margins: left, right, top and bottom.
        log: whether x is logarithmic.
    """

    def __init__(
        self,
        size: tuple[int, int],
        xs: tuple[float, float],
        ys: tuple[float, float],
        margins: tuple[int, int, int, int],
        *,
        log: bool = False,
    ) -> None:
        self.log = log
        self.left, right, self.top, bottom = margins
        self.right, self.floor = size[0] - right, size[1] - bottom
        self.bottom = size[1]
        self.x_range = (math.log(xs[0]), math.log(xs[1])) if log else xs
        self.y_range = ys

    def x(self, value: float) -> float:
        """Return where a value is on the horizontal scale."""
        low, high = self.x_range
        part = ((math.log(value) if self.log else value) - low) / ((high - low) or 1.0)
        return self.left + part * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return where a value is on the vertical scale."""
        low, high = self.y_range
        return self.floor - (value - low) / ((high - low) or 1.0) * (self.floor - self.top)

    def at(self, x: float, y: float) -> Point:
        """Return the place of a pair of values."""
        return self.x(x), self.y(y)

    def horizontals(self, ticks: Iterable[tuple[float, str]]) -> list[Svg]:
        """Return lines across with their names on the left."""
        parts = []
        for value, name in ticks:
            y = self.y(value)
            parts.append(line((self.left, y), (self.right, y), "axis"))
            parts.append(text(self.left - 6, y + 4, name, anchor="end"))
        return parts

    def verticals(self, values: Iterable[float]) -> list[Svg]:
        """Return ticks below the floor with their values."""
        parts = []
        for value in values:
            x = self.x(value)
            parts.append(line((x, self.floor), (x, self.floor + 4), "axis"))
            parts.append(text(x, self.floor + 17, f"{value:g}", anchor="middle"))
        return parts

    def names(self, x_name: str, y_name: str = "") -> list[Svg]:
        """Return the name of the horizontal scale, below, and of the vertical one, above."""
        middle = (self.left + self.right) / 2
        named = [text(middle, self.bottom - 5, x_name, anchor="middle")]
        return [*named, text(self.left, self.top - 4, y_name)] if y_name else named


def linear_ticks(low: float, high: float, count: int = 5) -> list[float]:
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


def free_place(wanted: float, taken: Sequence[float], height: float) -> float:
    """Return the first place from ``wanted`` downwards where a name of this height lies on no other."""
    while any(abs(wanted - other) < height for other in taken):
        wanted += 2
    return wanted
