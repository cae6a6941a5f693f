"""Small drawings for web pages: bars inside tables, histograms. No script, no style attributes.

Colours and fonts come from the page's style sheet by class (``bar``, ``axis``, ``tick``), so that a drawing
follows light, dark and print.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _HEIGHT = 340, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 6, 12, 34
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


def bar(share: float) -> str:
    """Return a bar that fills its cell to ``share`` (0..1)."""
    width = 100 * min(max(share, 0.0), 1.0)
    return (
        '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="bar" width="{width:.2f}" height="8"/></svg>'
    )


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


def histogram(bins: Sequence[Bin], *, things: str, unit: str, highest: float) -> str:
    """Return a column chart of the shares of the bins.

    Args:
        bins: from left to right.
        things: what is counted, for the description.
        unit: what the lengths count, written below the axis.
        highest: the share (0..1) at the top of the scale, so that several charts can have one scale.
    """
    total = sum(item.number for item in bins) or 1
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(bins))
    floor, height = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    top = highest or 1.0
    label = f"{things} by number of {unit}"
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">',
        *_scale(top, floor, height),
    ]
    for index, item in enumerate(bins):
        share = item.number / total
        tall = max(height * share / top, 0.75 if item.number else 0.0)  # one of a million is still to be seen
        parts.append(
            f"<g><title>{item.name} {escape(unit)}: {item.number:,} ({share:.1%})</title>"
            f'<rect class="bar" x="{_LEFT + index * step + 0.5:.1f}" y="{floor - tall:.1f}" '
            f'width="{max(step - 1, 1):.1f}" height="{tall:.1f}"/></g>'
        )
    parts += _ticks(bins, step, floor)
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text class="tick" x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">{escape(unit)}</text>'
    )
    return "".join([*parts, "</svg>"])


def _scale(top: float, floor: int, height: int) -> list[str]:
    """The lines and figures at nothing, half and full height."""
    parts = []
    for part in (0.0, 0.5, 1.0):
        y = floor - height * part
        parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        shown = f"{top * part:.0%}" if top >= 0.04 or not part else f"{top * part:.1%}"
        parts.append(f'<text class="tick" x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{shown}</text>')
    return parts


def _ticks(bins: Sequence[Bin], step: float, floor: int) -> list[str]:
    """Names of as many bins as fit beside each other; the last one always has its name."""
    widest = max((len(item.name) for item in bins), default=1) * _CHAR_WIDTH
    every = max(1, math.ceil((widest + _GAP) / step))
    last = len(bins) - 1
    parts = []
    for index, item in enumerate(bins):
        # The last name may be wider than its bin: it ends with it, lest the edge of the drawing cuts it.
        room = (last - index + 0.5) * step - max(step, widest)
        if index != last and (index % every or room < widest / 2 + _GAP):
            continue
        anchor = "end" if index == last and widest > step else "middle"
        x = _LEFT + (index + (1.0 if anchor == "end" else 0.5)) * step
        text = f'<text class="tick" x="{x:.1f}" y="{floor + 14}" text-anchor="{anchor}">{item.name}</text>'
        parts.append(text)
    return parts
