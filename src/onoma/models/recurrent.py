"""What the recurrent rungs share: word inputs under a recurrent encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from onoma.features.protocol import Features
from onoma.models.base import Rung
from onoma.models.word_inputs import WordInputs, build_word_embedder, fit_word_features
from onoma.tasks.options import Layers, Width

if TYPE_CHECKING:
    from onoma.nn.network import Body


TAUGHT = {"dropout": 0.1, "word_dropout": 0.2}
"""What teachers say of text is more than gold, and nothing to learn by heart: what holds a network back from
that costs a student about a point of F1 (docs/results.md)."""


class RecurrentConfig(WordInputs):
    """Options of a word-based recurrent tagger; each rung only changes defaults."""

    cell: Literal["rnn", "lstm", "gru"] = Field("lstm", description="kind of recurrent unit")
    hidden_dim: Width = Field(256, description="units in each direction")
    num_layers: Layers = Field(1, description="recurrent layers")
    bidirectional: bool = Field(False, description="read in both directions")


def build_body(config: RecurrentConfig, features: Features) -> Body:
    """Make embedder and encoder with fresh weights.

    Raises:
        ValueError: features and configuration do not fit each other.
    """
    from onoma.nn.network import Body
    from onoma.nn.recurrent import RecurrentEncoder

    embedder = build_word_embedder(config, features)
    encoder = RecurrentEncoder(
        config.cell,
        embedder.output_dim,
        config.hidden_dim,
        num_layers=config.num_layers,
        bidirectional=config.bidirectional,
        dropout=config.dropout,
    )
    return Body(embedder, encoder)


def recurrent_rung(name: str, summary: str, config: type[RecurrentConfig]) -> Rung:
    """Return a rung of the recurrent family."""
    return Rung(name, summary, config, fit_word_features, build_body, taught=TAUGHT)
