"""Which words are hidden from the model: a pure function of seed and place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from onoma.training.pretraining.corpus import Blocks

_REPLACED, _KEPT = 0.1, 0.1


class Masked(NamedTuple):
    """A batch with hidden words.

    Args:
        inputs: [B, P] ids as the model sees them.
        places: [M] places of the hidden pieces in the batch laid flat.
        targets: [M] what stood there.
    """

    inputs: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]

    def part(self, rows: npt.NDArray[np.int64], width: int) -> Masked:
        """Return some blocks of the batch, with what is hidden in them.

        Args:
            rows: which, in ascending order. [R]
            width: P.
        """
        if len(rows) == len(self.inputs):
            return self
        new = np.full(len(self.inputs), -1)
        new[rows] = np.arange(len(rows))
        blocks = new[self.places // width]  # [M]
        kept = blocks >= 0
        places = blocks[kept] * width + self.places[kept] % width
        return Masked(self.inputs[rows], places, self.targets[kept])


def mask_words(
    blocks: Blocks,
    rows: npt.NDArray[np.int64],
    share: float,
    mask_id: int,
    num_pieces: int,
    seed: tuple[int, ...],
) -> Masked:
    """Hide whole words of some blocks.

    Each word is chosen with probability ``share``, with all its pieces. Of the chosen pieces eight in ten
    become the mask, one in ten any piece, and one stays, so that the model cannot rely on seeing the mask
    (Devlin et al. 2019). What is hidden in a block depends on the seed and the block alone, not on its batch.

    Args:
        blocks: all blocks.
        rows: [B] which of them.
        share: probability that a word is chosen.
        mask_id: the piece that hides others.
        num_pieces: ids from which replacements are drawn.
        seed: of the choice.
    """
    pieces = blocks.pieces[rows].astype(np.int64)  # [B, P]
    words = np.cumsum(blocks.starts[rows], axis=1, dtype=np.int64)  # [B, P], the piece's word, from 1
    fixed = np.isin(pieces, blocks.specials)  # [B, P]
    width = pieces.shape[1]
    draws = np.empty((len(rows), 3, width + 1))
    for draw, row in zip(draws, rows.tolist(), strict=True):
        np.random.default_rng((*seed, row)).random(out=draw)
    chosen = np.take_along_axis(draws[:, 0] < share, words, axis=1) & ~fixed  # [B, P]
    if not chosen.any():  # a loss needs something to predict
        chosen[0, int(np.argmin(fixed[0]))] = True
    fate = draws[:, 1, :width]  # [B, P]
    inputs = np.where(chosen & (fate >= _REPLACED + _KEPT), mask_id, pieces)
    drawn = (draws[:, 2, :width] * num_pieces).astype(np.int64)
    inputs = np.where(chosen & (fate < _REPLACED), drawn, inputs)
    places = np.flatnonzero(chosen)
    return Masked(inputs, places, pieces.ravel()[places])
