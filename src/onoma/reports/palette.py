"""All colours, in one place: of labels, of pages in light and dark, of plots.

The fills are the "light" qualitative scheme of Paul Tol (Colour Schemes, SRON technical note, 2021), made
to lie under black text and to stay apart for colour-blind readers. Colour is never the only sign: labels
are always written.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple


class Fill(NamedTuple):
    """What lies under a label's text: under black, under white, and of the 256 colours of terminals."""

    light: str
    dark: str
    terminal: int


FILLS = (
    Fill("#77aadd", "#24476b", 110),
    Fill("#ee8866", "#6b3220", 209),
    Fill("#44bb99", "#14523f", 72),
    Fill("#eedd88", "#574e1c", 222),
    Fill("#ffaabb", "#672f3d", 217),
    Fill("#bbcc33", "#47500c", 149),
    Fill("#99ddff", "#17506a", 117),
    Fill("#aaaa00", "#424200", 142),
    Fill("#dddddd", "#4a4a4a", 253),
)

# Lines and bars on white: Okabe & Ito (2008), the darker ones, and pale ones for what lies behind.
BLUE, VERMILLION, GREEN = "#0072b2", "#d55e00", "#009e73"
PALE_BLUE, PALE_VERMILLION = "#a9cbe3", "#f3c9ae"
INK, QUIET, GRID = "#1a1a1a", "#595959", "#d9d9d9"

# Of pages, by the name that their style sheet uses: light, dark.
_PAGE = {
    "page": ("#ffffff", "#16181b"),
    "ink": (INK, "#ececec"),
    "quiet": (QUIET, "#a8a8a8"),
    "line": (GRID, "#3a3d41"),
    "panel": ("#f6f6f4", "#1f2226"),
    "accent": (BLUE, "#56b4e9"),
    "second": ("#b34700", "#f0a35e"),
    "good": ("#00664b", "#5fd3ae"),
    "alarm": ("#b3261e", "#ff8a80"),
    "better": ("#cfe5f5", "#1f3f5c"),
    "worse": ("#fbdcc4", "#5c3418"),
    "chosen": ("#fff6d8", "#3a3413"),
    "edge": ("rgb(0 0 0 / .3)", "rgb(255 255 255 / .35)"),
    "on-heat": ("#ffffff", "#10161c"),
}
_HEAT = (
    ("#e3eef9", "#1b2a3a"),
    ("#c0d9ee", "#1f3f5c"),
    ("#8fbbdd", "#235781"),
    ("#4f93c6", "#28689a"),
    ("#1b6aa8", "#6aaede"),
    ("#08306b", "#b9dcf7"),
)
HEAT_LEVELS = len(_HEAT)
_SERIES = (
    (BLUE, "#56b4e9"),
    ("#b34700", "#f0a35e"),
    ("#00664b", "#5fd3ae"),
    ("#7b3f98", "#cf9fe3"),
    ("#8a6d00", "#e0c95a"),
    ("#595959", "#b8b8b8"),
)
"""Lines of models in one drawing; each at least 4.5 to 1 on its page."""
NUM_SERIES = len(_SERIES)

# The commonest labels never share a colour; all others are spread by a hash.
_USUAL_SLOTS = {
    **dict.fromkeys(("per", "person", "persname"), 0),
    **dict.fromkeys(("org", "organization", "organisation", "corporation"), 1),
    **dict.fromkeys(("loc", "location", "geo"), 2),
    **dict.fromkeys(("misc", "miscellaneous", "other"), 3),
    **dict.fromkeys(("gpe", "country", "norp", "nationality"), 4),
    **dict.fromkeys(("date", "time", "tim"), 5),
}


def color_slot(label: str) -> int:
    """Return the index into `FILLS` of a label: the same in every process, for any set of labels."""
    usual = _USUAL_SLOTS.get(label.casefold())
    if usual is not None:
        return usual
    return zlib.crc32(label.encode("utf-8", "surrogatepass")) % len(FILLS)


def page_colors() -> dict[str, tuple[str, str]]:
    """Return the variables of a style sheet, light and dark; ``f0``... are `FILLS`, ``h0``... heat."""
    fills = {f"f{slot}": (fill.light, fill.dark) for slot, fill in enumerate(FILLS)}
    series = {f"s{index}": pair for index, pair in enumerate(_SERIES)}
    return {**_PAGE, **fills, **{f"h{level}": pair for level, pair in enumerate(_HEAT)}, **series}


def color_rules(*, switched: bool = False) -> str:
    """Return the variables of a style sheet, and the classes of fills and heat.

    Args:
        switched: ``data-scheme`` of the root, light or dark, is stronger than what the visitor's system says.
    """
    colors = page_colors()
    light, dark = (" ".join(f"--{name}: {pair[side]};" for name, pair in colors.items()) for side in (0, 1))
    fills = " ".join(f".l{slot} {{ background: var(--f{slot}); }}" for slot in range(len(FILLS)))
    heat = " ".join(f".h{level} {{ background: var(--h{level}); }}" for level in range(HEAT_LEVELS))
    series = " ".join(
        f".chart .s{index} {{ stroke: var(--s{index}); }} .chart .dot.s{index} {{ fill: var(--s{index}); }}"
        for index in range(NUM_SERIES)
    )
    by_system = ":root:not([data-scheme=light])" if switched else ":root"
    switch = f":root[data-scheme=dark] {{ {dark} }}\n" if switched else ""
    for scheme in ("light", "dark") if switched else ():
        switch += f":root[data-scheme={scheme}] {{ color-scheme: {scheme}; }}\n"
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ {by_system} {{ {dark} }} }}\n"
        f"{switch}{fills}\n{heat}\n{series}\n"
    )
