"""Rung ``transformer``: a Transformer over words with characters, or over pieces, trained from scratch."""

from __future__ import annotations

from onoma.models.transformer_inputs import TransformerConfig, transformer_rung
from onoma.tasks.options import HeadName, WidthOrNone


class Config(TransformerConfig):
    """Defaults of ``transformer``."""

    head: HeadName = "crf"
    char_dim: WidthOrNone = 30


RUNG = transformer_rung("transformer", "Transformer encoder over words and characters or pieces, CRF", Config)
