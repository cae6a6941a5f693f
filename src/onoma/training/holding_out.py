"""Which documents are held out for measuring: some with entities, as long as some are left to learn from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def redrawn(held: Mask, named: Mask) -> Mask | None:
    """Draw anew where either part was left without an entity: nothing can be learned, or measured, from it.

    Args:
        held: whether a document was drawn, from some to all but one. [N]
        named: whether it has an entity. [N]

    Returns:
        As many documents, spread evenly over those with entities and over the others; None where the draw
        is to stay: both parts hold entities, or fewer than two documents do.
    """
    size, total = int(held.sum()), int(named.sum())
    if total < 2 or size in (0, len(named)) or 0 < int((held & named).sum()) < total:
        return None
    others = len(named) - total
    # At least one, and one stays; the others have to make up the rest.
    share = min(max(1, size - others, round(total * size / len(named))), size, total - 1)
    drawn = np.zeros(len(named), np.bool_)
    drawn[_spread(np.flatnonzero(named), share)] = True
    drawn[_spread(np.flatnonzero(~named), size - share)] = True
    return drawn


def _spread(places: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.intp]:
    """Return so many of the places, at even distances."""
    ends = np.arange(1, count + 1) * len(places) // max(count, 1)
    return places[ends - 1]
