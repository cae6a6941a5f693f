"""What every kind of input features can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary
from onoma.features.word_types import Batch, Rows, WordTypes


class Features(Protocol):
    """Turns words into model inputs; see `WordFeatures` and `PieceFeatures`."""

    @property
    def words(self) -> Vocabulary:
        """The word vocabulary; all but empty where a model reads pieces only."""
        ...

    @property
    def characters(self) -> Vocabulary | None:
        """The character vocabulary, if the model reads characters."""
        ...

    @property
    def vectors(self) -> WordVectors | None:
        """Pretrained vectors, if the model has some."""
        ...

    @property
    def overhead(self) -> int:
        """Units that are added to every input, such as a begin and an end piece."""
        ...

    @property
    def context(self) -> int:
        """Words of the document that are read on either side of a sentence, 0 for none."""
        ...

    @property
    def together(self) -> bool:
        """Whether sentences with context are read in passages; see `onoma.features.context`."""
        ...

    @property
    def types(self) -> WordTypes:
        """The table of word types in use; several threads may ask one table at the same time."""
        ...

    def new_types(self) -> WordTypes:
        """Return an empty table, beside the one in use."""
        ...

    def rows(self, words: Sequence[str]) -> Rows:
        """Return each word's row in the table in use. [T]"""
        ...

    def sizes(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Return the units (words or pieces) that each word costs. [T]"""
        ...

    def trim(self, limit: int | None = None) -> None:
        """Begin a new table of word types when this one has more; rows from before are of the old."""
        ...

    def batch(self, sentences: Sequence[Rows]) -> Batch:
        """Gather the model inputs of sentences of rows, what is read around each among them."""
        ...

    def state(self) -> dict[str, Any]:
        """Return JSON-ready values to rebuild the features from, with `arrays`."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return named arrays to rebuild the features from, with `state`."""
        ...
