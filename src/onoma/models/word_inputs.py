"""Inputs made of words: learned and pretrained vectors, casing, characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from onoma.features.casing import CASINGS
from onoma.features.protocol import Features
from onoma.features.vectors import load_model_vectors
from onoma.features.words import WordFeatures
from onoma.models.base import TaggerConfig
from onoma.tasks.options import Share, Width, WidthOrNone, Windows

if TYPE_CHECKING:
    from onoma.nn.embedder import WordEmbedder


class WordInputs(TaggerConfig):
    """Options of a model that reads words."""

    OUTSIDE: ClassVar[tuple[str, ...]] = ("vectors",)

    word_dim: WidthOrNone = Field(
        100, description="width of learned word vectors, 0 for none beside pretrained ones"
    )
    vectors: str | None = Field(
        None, validate_default=True, description="file of pretrained word vectors; see onoma vectors"
    )
    vectors_mode: Literal["frozen", "tuned"] = Field(
        "frozen", description="use them as they are, or learn a difference for each word of train"
    )
    vector_words: int = Field(
        400_000, ge=1, le=100_000_000, description="take the first so many words of their file"
    )
    lowercase: bool = Field(True, description="look words up in lower case; casing is a feature of its own")
    min_count: int = Field(1, ge=1, description="rarer words of train are unknown")
    casing_dim: WidthOrNone = Field(16, description="width of casing vectors, 0 for none")
    char_dim: WidthOrNone = Field(0, description="width of character vectors, 0 for no character CNN")
    char_filters: Width = Field(50, description="filters for each window width")
    char_widths: Windows = Field((3,), description="window widths of the character CNN")
    dropout: Share = Field(0.5, description="dropout before, between and after the encoder's layers")
    word_dropout: float = Field(0.5, ge=0, description="a: a word seen n times is hidden with a/(n+a)")

    @field_validator("vectors")
    @classmethod
    def _check_word_vectors(cls, path: str | None, info: ValidationInfo) -> str | None:
        if not path and info.data.get("word_dim") == 0:
            raise ValueError("word_dim = 0 leaves no word vectors: name a file of pretrained ones")
        return path or None


def fit_word_features(
    config: WordInputs, sentences: Iterable[Sequence[str]], context: int = 0
) -> WordFeatures:
    """Collect the vocabularies that the model needs from the training sentences; load its vectors.

    Args:
        config: its options.
        sentences: of train.
        context: words that are to be read on either side of a sentence.

    Raises:
        DataError: the file of pretrained vectors is unreadable or damaged.
    """
    return WordFeatures.fit(
        sentences,
        lowercase=config.lowercase,
        min_count=config.min_count,
        characters=config.char_dim > 0,
        vectors=load_model_vectors(Path(config.vectors), config.vector_words) if config.vectors else None,
        context=context,
    )


def build_word_embedder(config: WordInputs, features: Features) -> WordEmbedder:
    """Make the embedder with fresh weights.

    Raises:
        ValueError: features and configuration do not fit each other.
    """
    import torch

    from onoma.nn.charcnn import CharacterCNN
    from onoma.nn.embedder import WordEmbedder

    if (features.characters is None) != (config.char_dim == 0):
        raise ValueError("character vectors and a character vocabulary need each other")
    if (features.vectors is None) != (config.vectors is None):
        raise ValueError("the option 'vectors' and an array of vectors need each other")
    characters = None
    if features.characters is not None:
        characters = CharacterCNN(
            len(features.characters), config.char_dim, config.char_filters, config.char_widths
        )
    return WordEmbedder(
        torch.from_numpy(features.words.frequencies()),
        word_dim=config.word_dim,
        num_casings=len(CASINGS),
        casing_dim=config.casing_dim,
        characters=characters,
        dropout=config.dropout,
        word_dropout=config.word_dropout,
        vector_dim=features.vectors.dim if features.vectors else 0,
        tuned=config.vectors_mode == "tuned",
    )
