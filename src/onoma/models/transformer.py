"""Rung ``transformer``: a Transformer over words with characters, or over pieces, trained from scratch."""

from __future__ import annotations

from onoma.models.base import HeadName, WidthOrNone
from onoma.models.transformer_inputs import TransformerConfig, transformer_rung


class Config(TransformerConfig):
    """Defaults of ``transformer``."""

    head: HeadName = "crf"
    char_dim: WidthOrNone = 30


RUNG = transformer_rung("transformer", "Transformer encoder over words and characters or pieces, CRF", Config)
