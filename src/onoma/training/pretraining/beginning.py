"""What the embeddings of a new encoder begin as: word2vec's vectors of the pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.training.pretraining.corpus import Blocks
from onoma.training.vectors import import_gensim

_MOST_PIECES = 4_000_000
"""Read at most; more text hardly betters the beginning, and the rest is the encoder's to read."""
_WINDOW, _NEGATIVE, _EPOCHS = 5, 5, 1


def piece_vectors(blocks: Blocks, num_pieces: int, dim: int, seed: int) -> npt.NDArray[np.float32]:
    """Skip-gram vectors (Mikolov et al. 2013) of the pieces, of mean length 1.

    With them an encoder knows from its first step which pieces are alike, which costs seconds here and many
    minutes there. The same text and seed give the same vectors.

    Args:
        blocks: of the text to learn from.
        num_pieces: ids of the tokenizer; those that the text has not get random vectors of length 1.
        dim: width of the encoder.
        seed: of all draws.

    Returns:
        [V, dim]

    Raises:
        MissingExtraError: gensim is not installed.
    """
    rows = blocks.pieces[: -(-_MOST_PIECES // blocks.pieces.shape[1])]
    trained = _train([list(map(str, row)) for row in rows.tolist()], dim, seed)
    vectors = np.random.default_rng((seed, 5)).standard_normal((num_pieces, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = np.array([int(piece) for piece in trained.index_to_key])
    found = np.asarray(trained.vectors, dtype=np.float32)
    vectors[known] = found / np.linalg.norm(found, axis=1).mean()
    return vectors


def _train(sentences: list[list[str]], dim: int, seed: int) -> Any:
    kind = import_gensim().Word2Vec
    return kind(
        sentences,
        vector_size=dim,
        window=_WINDOW,
        negative=_NEGATIVE,
        epochs=_EPOCHS,
        sg=1,
        min_count=1,
        workers=1,
        seed=seed,
    ).wv
