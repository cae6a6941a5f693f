"""Pretrained word vectors: look-up with fallbacks, the files they come in, what of a text they cover."""

from onoma.features.vectors.coverage import Coverage
from onoma.features.vectors.files import (
    LoadedVectors,
    load_model_vectors,
    load_vectors,
    save_vectors,
    write_word2vec_text,
)
from onoma.features.vectors.subwords import Subwords
from onoma.features.vectors.table import WordVectors

__all__ = [
    "Coverage",
    "LoadedVectors",
    "Subwords",
    "WordVectors",
    "load_model_vectors",
    "load_vectors",
    "save_vectors",
    "write_word2vec_text",
]
