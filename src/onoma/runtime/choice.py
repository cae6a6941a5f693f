"""Which of the entities that a model finds are given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from onoma.decode.protocol import Decoder, Found
from onoma.decode.resolving import resolve
from onoma.runtime.recall import Promise
from onoma.runtime.sentence_parts import Part


class Choice(NamedTuple):
    """What is given, as one value: an answer goes by one from its beginning to its end.

    Args:
        min_score: entities of the best path with a lower score are left out.
        promise: of recall; with one, candidates off the best path are given in their place.
    """

    min_score: float = 0.0
    promise: Promise | None = None

    def of(self, part: Part, decoder: Decoder) -> Iterable[Found]:
        """Return the entities of some sentences that are sure enough."""
        if (promise := self.promise) is not None:
            candidates = part.candidates(decoder, promise.floor)
            kept = (one for one in candidates if promise.gives(one.label, one.score or 0.0))
            return resolve(kept, nested=decoder.nested)
        found = part.decode(decoder)
        if not self.min_score:
            return found
        return (one for one in found if one.score is None or one.score >= self.min_score)
