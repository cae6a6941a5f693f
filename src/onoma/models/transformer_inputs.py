"""What the Transformer rungs share: words or pieces under a Transformer, perhaps with an LSTM on top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from onoma.errors import ConfigError
from onoma.features.pieces import PieceFeatures
from onoma.features.protocol import Features
from onoma.models.base import Rung
from onoma.models.word_inputs import WordInputs, build_word_embedder, fit_word_features
from onoma.tasks.options import Context, Layers, Share, Width

if TYPE_CHECKING:
    from onoma.nn.network import Body


class TransformerConfig(WordInputs):
    """Options of a Transformer trained from scratch."""

    OUTSIDE: ClassVar[tuple[str, ...]] = ("vectors", "tokenizer")

    units: Literal["words", "pieces"] = Field(
        "words",
        validate_default=True,
        description="what the Transformer reads; word features stand beside pieces, too",
    )
    tokenizer: str | None = Field(
        None, description="tokenizer.json, vocab.txt or a folder with one; without, pieces of train"
    )
    vocabulary_size: int = Field(
        8_000, ge=100, le=1_000_000, description="pieces to learn without a tokenizer"
    )
    cased: bool | None = Field(
        None, description="whether capitals count in learned pieces (they do) and in a bare vocab.txt"
    )
    specials: bool = Field(False, description="put the tokenizer's begin and end piece around the input")
    piece_dim: Width = Field(256, description="width of piece vectors")
    pooling: Literal["first", "mean"] = Field(
        "first", description="a word's state: that of its first piece, or the mean over its pieces"
    )
    hidden_dim: Width = Field(256, description="width of the Transformer")
    num_layers: Layers = Field(2, description="layers of the Transformer")
    num_heads: Layers = Field(8, validate_default=True, description="attention heads")
    feedforward_dim: Width = Field(512, description="inner width of its feed-forward networks")
    norm: Literal["pre", "post"] = Field("pre", description="layer norm before or after each part of a layer")
    activation: Literal["gelu", "relu"] = Field("gelu", description="of the feed-forward networks")
    positions: Literal["sinusoidal", "learned", "relative", "none"] = Field(
        "relative", description="relative: attention knows distance and direction (TENER)"
    )
    scaled: bool = Field(False, description="scale attention scores; unscaled ones are sharper (TENER)")
    input_dropout: Share = Field(0.5, description="dropout on the features of words")
    dropout: Share = Field(0.2, description="dropout within the encoder")
    attention_dropout: Share = Field(0.0, description="dropout of attention weights")
    use_lstm: bool = Field(False, description="an LSTM reads what the Transformer has seen")
    lstm_dim: Width = Field(256, description="units of the LSTM in each direction")
    lstm_bidirectional: bool = Field(True, description="read in both directions")
    lstm_dropout: Share = Field(0.5, description="dropout after the LSTM")
    context: Context = 0

    @field_validator("vectors")
    @classmethod
    def _check_word_vectors(cls, path: str | None, info: ValidationInfo) -> str | None:
        return path or None  # pieces do without words

    @field_validator("units")
    @classmethod
    def _check_units(cls, units: str, info: ValidationInfo) -> str:
        if units == "words" and not info.data.get("word_dim") and not info.data.get("vectors"):
            raise ValueError("units = words needs word vectors: word_dim, or a file of pretrained ones")
        return units

    @field_validator("num_heads")
    @classmethod
    def _check_heads(cls, heads: int, info: ValidationInfo) -> int:
        width = info.data.get("hidden_dim", 0)
        if width % heads or (width // heads) % 2:
            raise ValueError(f"hidden_dim {width} is not an even number for each of {heads} heads")
        return heads


def fit_features(config: TransformerConfig, sentences: Iterable[Sequence[str]]) -> Features:
    """Collect vocabularies; load or learn the pieces.

    Raises:
        DataError: a file of vectors or the tokenizer is unreadable or damaged.
        ConfigError: the tokenizer does not fit the options, or learned positions do not reach over a word.
    """
    if config.units == "words":
        return fit_word_features(config, sentences, config.context)
    words = fit_word_features(config, sentences)
    if config.tokenizer:
        from onoma.features.tokenizers import load_tokenizer

        tokenizer = load_tokenizer(Path(config.tokenizer), cased=config.cased)
    else:
        from onoma.features.tokenizer_training import train_wordpiece

        counts = Counter(word for sentence in sentences for word in sentence)
        tokenizer = train_wordpiece(counts, config.vocabulary_size, lowercase=config.cased is False)
    try:
        features = PieceFeatures(words, tokenizer, specials=config.specials, context=config.context)
    except ValueError as error:
        raise ConfigError(f"model.tokenizer: {error}") from None
    if config.positions == "learned" and config.max_length < features.longest_word:
        raise ConfigError(
            "model.max_length: learned positions are as many, and a long word has up to "
            f"{features.longest_word} pieces: give at least {features.longest_word}, or other positions"
        )
    return features


def build_body(config: TransformerConfig, features: Features) -> Body:
    """Make embedder and encoder with fresh weights.

    Raises:
        ValueError: features and configuration do not fit each other.
    """
    from onoma.nn.embedder import WordEmbedder
    from onoma.nn.network import Body
    from onoma.nn.piece_embedder import PieceEmbedder
    from onoma.nn.pooling import WordPooling
    from onoma.nn.recurrent import RecurrentEncoder
    from onoma.nn.transformer import StackedEncoder, TransformerEncoder

    if isinstance(features, PieceFeatures) != (config.units == "pieces"):
        raise ValueError("the option 'units' and the kind of features do not agree")
    inputs = config.model_copy(update={"dropout": config.input_dropout})
    reads_words = config.word_dim or config.casing_dim or config.char_dim or config.vectors
    words = build_word_embedder(inputs, features) if reads_words else None
    embedder: PieceEmbedder | WordEmbedder | None = words
    if isinstance(features, PieceFeatures):
        embedder = PieceEmbedder(features.num_pieces, config.piece_dim, words)
    assert embedder is not None  # units = words has word vectors
    encoder = TransformerEncoder(
        embedder.output_dim,
        config.hidden_dim,
        num_layers=config.num_layers,
        num_heads=config.num_heads,
        feedforward_dim=config.feedforward_dim,
        dropout=config.dropout,
        attention_dropout=config.attention_dropout,
        norm=config.norm,
        activation=config.activation,
        positions=config.positions,
        scaled=config.scaled,
        max_length=config.max_length,
    )
    pooling = WordPooling(config.pooling) if config.units == "pieces" else None
    if not config.use_lstm:
        return Body(embedder, encoder, pooling)
    lstm = RecurrentEncoder(
        "lstm",
        config.hidden_dim,
        config.lstm_dim,
        num_layers=1,
        bidirectional=config.lstm_bidirectional,
        dropout=config.lstm_dropout,
    )
    return Body(embedder, StackedEncoder(encoder, lstm, lstm.output_dim), pooling)


def transformer_rung(name: str, summary: str, config: type[TransformerConfig]) -> Rung:
    """Return a rung of the Transformer family."""
    training = {"learning_rate": 7e-4, "warmup": 0.1, "clip": 1.0}
    return Rung(name, summary, config, fit_features, build_body, training=training)
