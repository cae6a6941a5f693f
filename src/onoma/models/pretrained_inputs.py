"""What rungs over a pretrained encoder share: its options, features and network."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from onoma.errors import ConfigError
from onoma.features.casing import CASINGS
from onoma.features.pieces import PieceFeatures
from onoma.features.words import WordFeatures
from onoma.models.base import TaggerConfig
from onoma.models.encoder_folder import find_encoder, load_encoder_tokenizer, read_encoder_config
from onoma.nn.architectures import Architecture, check_architecture, describe_architecture
from onoma.tasks.options import Context, Share, Units, Width, WidthOrNone, Windows

if TYPE_CHECKING:
    from onoma.nn.embedder import WordEmbedder
    from onoma.nn.network import Body, Network


_LOG = logging.getLogger(__name__)

CASING_DIM = 16
"""Width of casing vectors where an encoder does not see capitals."""


class PretrainedInputs(TaggerConfig):
    """Options of a model over a pretrained encoder."""

    OUTSIDE: ClassVar[tuple[str, ...]] = ("encoder",)

    encoder: str | None = Field(None, description="folder of a Hugging Face encoder, or its id on the Hub")
    cased: bool | None = Field(
        None, description="whether capitals count, for an encoder with a bare vocab.txt that does not say"
    )
    pooling: Literal["first", "mean"] = Field(
        "first", description="a word's state: that of its first piece, or the mean over its pieces"
    )
    dropout: Share = Field(0.1, description="dropout on the encoder's states; within, it has its own")
    casing_dim: WidthOrNone | None = Field(
        None,
        description=f"width of casing vectors beside the states, 0 for none; by default {CASING_DIM} for an "
        "encoder that does not see capitals",
    )
    char_dim: WidthOrNone = Field(0, description="width of character vectors, 0 for no character CNN")
    char_filters: Width = Field(50, description="filters for each window width")
    char_widths: Windows = Field((3,), description="window widths of the character CNN")
    frozen_layers: int = Field(
        -1,
        ge=-1,
        le=256,
        description="keep the embeddings and so many lower layers as they are, -1 for nothing",
    )
    gradient_checkpointing: bool = Field(
        False, description="compute layers twice in training: less memory, a third slower"
    )
    context: Context = 0
    max_length: Units = Field(
        512, description="longest input in pieces; longer sentences go through in windows"
    )


def fit_pretrained_features(config: PretrainedInputs, sentences: Iterable[Sequence[str]]) -> PieceFeatures:
    """Read the encoder's tokenizer and architecture; collect characters of the training sentences.

    Raises:
        ConfigError: no encoder is named, or it does not fit the options.
        DataError: one of its files is damaged.
        ModelError: it cannot be found or used.
        MissingExtraError: transformers is not installed.
    """
    if not config.encoder:
        raise ConfigError("model.encoder: name the folder of a Hugging Face encoder, or its id on the Hub")
    folder = find_encoder(config.encoder)
    description = read_encoder_config(folder)
    tokenizer = load_encoder_tokenizer(folder, config.cased)
    # No word of its own: the encoder reads pieces.
    fitted = WordFeatures.fit(sentences, lowercase=True, min_count=1 << 62, characters=config.char_dim > 0)
    try:
        architecture = describe_architecture(description)
        features = PieceFeatures(fitted, tokenizer, encoder=architecture.as_dict(), context=config.context)
        _check_fit(config, features, architecture)
    except ValueError as error:
        raise ConfigError(f"{folder}: {error}") from None
    if config.casing_dim is None and _casing_dim(config, features):
        _LOG.info(f"the encoder does not see capitals: model.casing_dim is {CASING_DIM} (0 for none)")
    return features


def build_pretrained_body(config: PretrainedInputs, features: PieceFeatures) -> Body:
    """Build the encoder with fresh weights, from what the features carry.

    Raises:
        ValueError: features and options do not fit each other.
        MissingExtraError: transformers is not installed.
    """
    from onoma.nn.network import Body
    from onoma.nn.pooling import WordPooling
    from onoma.nn.pretrained import PieceIds, PretrainedEncoder

    if not isinstance(features, PieceFeatures) or features.encoder is None:
        raise ValueError("a pretrained encoder needs piece features that describe it")
    architecture = check_architecture(features.encoder)
    _check_fit(config, features, architecture)
    encoder = PretrainedEncoder(
        architecture, config.dropout, config.frozen_layers, config.gradient_checkpointing
    )
    return Body(PieceIds(), encoder, WordPooling(config.pooling), _build_beside(config, features))


def load_pretrained_encoder(config: PretrainedInputs, network: Network) -> str:
    """Give a fresh network the encoder's weights; returns a line on what was read.

    Raises:
        ModelError: the weights cannot be had or used.
    """
    from onoma.nn.pretrained import PretrainedEncoder
    from onoma.nn.pretrained_weights import load_weights

    folder = find_encoder(config.encoder or "")
    if not isinstance(network.encoder, PretrainedEncoder):
        raise TypeError("not the network of a pretrained encoder")
    return load_weights(folder, describe_architecture(read_encoder_config(folder)), network.encoder)


def _check_fit(config: PretrainedInputs, features: PieceFeatures, architecture: Architecture) -> None:
    if features.num_pieces > architecture.vocab_size:
        raise ValueError(
            f"its tokenizer has {features.num_pieces} pieces, its embeddings {architecture.vocab_size}"
        )
    longest, needed = architecture.num_positions, features.longest_word
    if longest < needed:
        raise ValueError(f"the encoder reads {longest} pieces at most; {needed} are needed for a long word")
    if config.max_length > longest:
        raise ValueError(f"the encoder reads {longest} pieces at most: set max_length = {longest}")
    if (features.characters is None) != (config.char_dim == 0):
        raise ValueError("character vectors and a character vocabulary need each other")


def _casing_dim(config: PretrainedInputs, features: PieceFeatures) -> int:
    if config.casing_dim is not None:
        return config.casing_dim
    return 0 if features.sees_capitals else CASING_DIM


def _build_beside(config: PretrainedInputs, features: PieceFeatures) -> WordEmbedder | None:
    """What joins the states of words: their casing and characters."""
    import torch

    from onoma.nn.charcnn import CharacterCNN
    from onoma.nn.embedder import WordEmbedder

    casing_dim = _casing_dim(config, features)
    if not casing_dim and not config.char_dim:
        return None
    characters = None
    if features.characters is not None:
        characters = CharacterCNN(
            len(features.characters), config.char_dim, config.char_filters, config.char_widths
        )
    return WordEmbedder(
        torch.from_numpy(features.words.frequencies()),
        word_dim=0,
        num_casings=len(CASINGS),
        casing_dim=casing_dim,
        characters=characters,
        dropout=config.dropout,
        word_dropout=0.0,
    )
