"""Bars: one that fills its cell of a table, and histograms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from onoma.reports.kit.svg import Axes, Svg, drawing, element, group, text

_SIZE = (340, 170)
_MARGINS = (40, 6, 12, 34)
_NICE = (1, 2, 3, 4, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
_GAP = 8  # between two names below the axis
_CHAR_WIDTH = 6.2  # of a digit at the size that the style sheet gives ticks


class Bin(NamedTuple):
    """Lengths from ``first`` to ``last`` (inclusive; None is open) and how many things have one of them."""

    first: int
    last: int | None
    number: int

    @property
    def name(self) -> str:
        """Such as ``5``, ``5–8`` or ``60+``."""
        if self.last is None:
            return f"{self.first:,}+"
        return f"{self.first:,}" if self.first == self.last else f"{self.first:,}–{self.last:,}"


def bar(share: float) -> Svg:
    """Return a bar that fills its cell to ``share`` (0..1)."""
    filled = element("rect", css="bar", width=100 * min(max(share, 0.0), 1.0), height=8)
    return element("svg", filled, css="meter", view_box="0 0 100 8", preserve="none", aria_hidden="true")


def bin_edges(longest: int, num_bins: int) -> list[int]:
    """Return where bins begin (from 1) so that at most ``num_bins`` closed ones reach ``longest``."""
    width = next((nice for nice in _NICE if nice * num_bins >= longest), -(-longest // num_bins))
    return list(range(1, longest + 1, width))


def fill_bins(counts: Mapping[int, int], edges: Sequence[int], width: int) -> list[Bin]:
    """Return the bins that begin at ``edges`` and are ``width`` wide, and last an open one for the rest."""
    filled = [0] * (len(edges) + 1)
    for length, count in counts.items():
        filled[min(max(0, (length - 1) // width), len(edges))] += count
    closed = [Bin(edge, edge + width - 1, n) for edge, n in zip(edges, filled[:-1], strict=True)]
    end = edges[-1] + width if edges else 1
    return [*closed, Bin(end, None, filled[-1])]


def histogram(bins: Sequence[Bin], *, things: str, unit: str, highest: float) -> Svg:
    """Return a column chart of the shares of the bins.

    Args:
        bins: from left to right.
        things: what is counted, for the description.
        unit: what the lengths count, written below the axis.
        highest: the share (0..1) at the top of the scale, so that several charts can have one scale.
    """
    top = highest or 1.0
    axes = Axes(_SIZE, (0, max(1, len(bins))), (0, top), _MARGINS)
    total = sum(item.number for item in bins) or 1
    ticks = [(part * top, _percent(part, top)) for part in (0.0, 0.5, 1.0)]
    columns = [_column(axes, index, item, item.number / total, unit) for index, item in enumerate(bins)]
    label = f"{things} by number of {unit}"
    return drawing(_SIZE, label, *axes.horizontals(ticks), *columns, *_ticks(bins, axes), *axes.names(unit))


def _percent(part: float, top: float) -> str:
    return f"{top * part:.0%}" if top >= 0.04 or not part else f"{top * part:.1%}"


def _column(axes: Axes, index: int, item: Bin, share: float, unit: str) -> Svg:
    left, right = axes.x(index), axes.x(index + 1)
    tall = max(axes.floor - axes.y(share), 0.75 if item.number else 0.0)  # one of a million is still seen
    place = {"x": left + 0.5, "y": axes.floor - tall, "width": max(right - left - 1, 1.0), "height": tall}
    title = f"{item.name} {unit}: {item.number:,} ({share:.1%})"
    return group(title, element("rect", css="bar", **place))


def _ticks(bins: Sequence[Bin], axes: Axes) -> Iterator[Svg]:
    """Names of as many bins as fit beside each other; the last one always has its name."""
    step = axes.x(1) - axes.x(0)
    widest = max((len(item.name) for item in bins), default=1) * _CHAR_WIDTH
    every = max(1, math.ceil((widest + _GAP) / step))
    last = len(bins) - 1
    for index, item in enumerate(bins):
        # The last name may be wider than its bin: it ends with it, lest the edge of the drawing cuts it.
        room = (last - index + 0.5) * step - max(step, widest)
        if index != last and (index % every or room < widest / 2 + _GAP):
            continue
        at_end = index == last and widest > step
        x = axes.x(index + (1.0 if at_end else 0.5))
        yield text(x, axes.floor + 14, item.name, anchor="end" if at_end else "middle")
