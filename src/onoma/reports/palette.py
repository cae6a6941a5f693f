"""Which colour a label has: the same on the terminal, on pages and in plots.

The fills are the "light" qualitative scheme of Paul Tol (Colour Schemes, SRON technical note, 2021), made
to lie under black text and to stay apart for colour-blind readers. Colour is never the only sign: labels
are always written.
"""

from __future__ import annotations

import zlib

# One row a slot: the fill under black text, and the nearest colour of the 256 that terminals have.
FILLS: tuple[tuple[str, int], ...] = (
    ("#77AADD", 110),
    ("#EE8866", 209),
    ("#44BB99", 72),
    ("#EEDD88", 222),
    ("#FFAABB", 217),
    ("#BBCC33", 149),
    ("#99DDFF", 117),
    ("#AAAA00", 142),
    ("#DDDDDD", 253),
)

# Lines and bars on white: Okabe & Ito (2008), the darker ones.
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"

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
