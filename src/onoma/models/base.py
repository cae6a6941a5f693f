"""What a rung is, and the configuration and build that the recurrent word taggers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from onoma.features.casing import CASINGS
from onoma.features.words import WordFeatures
from onoma.tags import Scheme

if TYPE_CHECKING:
    from onoma.nn.tagger import TaggerNetwork

HeadName = Literal["softmax", "crf"]
SchemeName = Literal["IO", "IOB1", "BIO", "BIOES", "BILOU"]


class WordTaggerConfig(BaseModel):
    """Options of a word-based recurrent tagger; each rung only changes defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: HeadName = Field("softmax", description="softmax: tags apart; crf: tags as a sequence")
    scheme: SchemeName = Field("BIOES", description="tag scheme the model is trained in")
    constrained: bool = Field(True, description="never output tag sequences that the scheme forbids")
    word_dim: int = Field(100, ge=1, description="width of word vectors")
    lowercase: bool = Field(True, description="look words up in lower case; casing is a feature of its own")
    min_count: int = Field(1, ge=1, description="rarer words of train are unknown")
    casing_dim: int = Field(16, ge=0, description="width of casing vectors, 0 for none")
    char_dim: int = Field(0, ge=0, description="width of character vectors, 0 for no character CNN")
    char_filters: int = Field(50, ge=1, description="filters for each window width")
    char_widths: tuple[int, ...] = Field((3,), description="window widths of the character CNN")
    cell: Literal["rnn", "lstm", "gru"] = Field("lstm", description="kind of recurrent unit")
    hidden_dim: int = Field(256, ge=1, description="units in each direction")
    num_layers: int = Field(1, ge=1, description="recurrent layers")
    bidirectional: bool = Field(False, description="read in both directions")
    dropout: float = Field(0.5, ge=0, lt=1, description="dropout before, between and after recurrent layers")
    word_dropout: float = Field(0.5, ge=0, description="a: a word seen n times is hidden with a/(n+a)")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: a name, one line about it, and its configuration with defaults.

    `fit_features` and `build` turn the configuration into parts.
    """

    name: str
    summary: str
    config: type[WordTaggerConfig]

    def fit_features(self, config: WordTaggerConfig, sentences: Sequence[Sequence[str]]) -> WordFeatures:
        """Collect the vocabularies that the model needs from the training sentences."""
        return WordFeatures.fit(
            sentences,
            lowercase=config.lowercase,
            min_count=config.min_count,
            characters=config.char_dim > 0,
        )

    def build(
        self, config: WordTaggerConfig, features: WordFeatures, tags: Sequence[str], scheme: Scheme
    ) -> TaggerNetwork:
        """Make the network with fresh weights (seed torch first)."""
        import torch

        from onoma.decode.transitions import scheme_transitions
        from onoma.nn.charcnn import CharacterCNN
        from onoma.nn.embedder import WordEmbedder
        from onoma.nn.heads import CRFHead, SoftmaxHead
        from onoma.nn.recurrent import RecurrentEncoder
        from onoma.nn.tagger import TaggerNetwork

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
