"""What a rung is, and the configuration and build that the recurrent word taggers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from onoma.features.casing import CASINGS
from onoma.features.characters import MAX_CHARACTERS
from onoma.features.class_weights import ClassWeights
from onoma.features.vectors import load_model_vectors
from onoma.features.words import WordFeatures
from onoma.tags import Scheme

if TYPE_CHECKING:
    from onoma.nn.tagger import TaggerNetwork

HeadName = Literal["softmax", "crf"]
SchemeName = Literal["IO", "IOB1", "BIO", "BIOES", "BILOU"]

# Bounds far beyond use: a slip, or a bundle from a stranger, must not ask for all memory or all time. They
# are part of the type, so that a rung that gives another default keeps them.
Width = Annotated[int, Field(ge=1, le=65_536)]
WidthOrNone = Annotated[int, Field(ge=0, le=65_536)]
Layers = Annotated[int, Field(ge=1, le=64)]
Window = Annotated[int, Field(ge=1, le=MAX_CHARACTERS)]
Windows = Annotated[tuple[Window, ...], Field(min_length=1, max_length=MAX_CHARACTERS)]


class WordTaggerConfig(BaseModel):
    """Options of a word-based recurrent tagger; each rung only changes defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: HeadName = Field("softmax", description="softmax: tags apart; crf: tags as a sequence")
    scheme: SchemeName = Field("BIOES", description="tag scheme the model is trained in")
    class_weights: ClassWeights = Field(
        "none", description="weigh tags in the softmax loss: inverse (frequency) or effective (number)"
    )
    constrained: bool = Field(True, description="never output tag sequences that the scheme forbids")
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
    cell: Literal["rnn", "lstm", "gru"] = Field("lstm", description="kind of recurrent unit")
    hidden_dim: Width = Field(256, description="units in each direction")
    num_layers: Layers = Field(1, description="recurrent layers")
    bidirectional: bool = Field(False, description="read in both directions")
    dropout: float = Field(0.5, ge=0, lt=1, description="dropout before, between and after recurrent layers")
    word_dropout: float = Field(0.5, ge=0, description="a: a word seen n times is hidden with a/(n+a)")

    @field_validator("class_weights")
    @classmethod
    def _check_class_weights(cls, kind: ClassWeights, info: ValidationInfo) -> ClassWeights:
        if kind != "none" and info.data.get("head") == "crf":
            raise ValueError("class weights are of the softmax head; a CRF scores whole sentences")
        return kind

    @field_validator("vectors")
    @classmethod
    def _check_word_vectors(cls, path: str | None, info: ValidationInfo) -> str | None:
        if not path and info.data.get("word_dim") == 0:
            raise ValueError("word_dim = 0 leaves no word vectors: name a file of pretrained ones")
        return path or None


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: a name, one line about it, and its configuration with defaults.

    `fit_features` and `build` turn the configuration into parts.
    """

    name: str
    summary: str
    config: type[WordTaggerConfig]

    def fit_features(self, config: WordTaggerConfig, sentences: Sequence[Sequence[str]]) -> WordFeatures:
        """Collect the vocabularies that the model needs from the training sentences; load its vectors.

        Raises:
            DataError: the file of pretrained vectors is unreadable or damaged.
        """
        return WordFeatures.fit(
            sentences,
            lowercase=config.lowercase,
            min_count=config.min_count,
            characters=config.char_dim > 0,
            vectors=load_model_vectors(Path(config.vectors), config.vector_words) if config.vectors else None,
        )

    def build(
        self, config: WordTaggerConfig, features: WordFeatures, tags: Sequence[str], scheme: Scheme
    ) -> TaggerNetwork:
        """Make the network with fresh weights (seed torch first).

        Raises:
            ValueError: features and configuration do not fit each other.
        """
        import torch

        from onoma.decode.transitions import scheme_transitions
        from onoma.nn.charcnn import CharacterCNN
        from onoma.nn.embedder import WordEmbedder
        from onoma.nn.heads import CRFHead, SoftmaxHead
        from onoma.nn.recurrent import RecurrentEncoder
        from onoma.nn.tagger import TaggerNetwork

        if (features.characters is None) != (config.char_dim == 0):
            raise ValueError("character vectors and a character vocabulary need each other")
        if (features.vectors is None) != (config.vectors is None):
            raise ValueError("the option 'vectors' and an array of vectors need each other")
        characters = None
        if features.characters is not None:
            characters = CharacterCNN(
                len(features.characters), config.char_dim, config.char_filters, config.char_widths
            )
        embedder = WordEmbedder(
            torch.from_numpy(features.words.frequencies()),
            config.word_dim,
            len(CASINGS),
            config.casing_dim,
            characters,
            config.dropout,
            config.word_dropout,
            features.vectors.dim if features.vectors else 0,
            config.vectors_mode == "tuned",
        )
        encoder = RecurrentEncoder(
            config.cell,
            embedder.output_dim,
            config.hidden_dim,
            config.num_layers,
            config.bidirectional,
            config.dropout,
        )
        constraints = scheme_transitions(tags, scheme) if config.constrained else None
        head = CRFHead if config.head == "crf" else SoftmaxHead
        return TaggerNetwork(embedder, encoder, head(encoder.output_dim, len(tags), constraints))
