"""Rung ``transformer-lstm``: a Transformer, then an LSTM; trained from scratch."""

from __future__ import annotations

from onoma.models.transformer_inputs import TransformerConfig, transformer_rung
from onoma.tasks.options import HeadName, WidthOrNone


class Config(TransformerConfig):
    """Defaults of ``transformer-lstm``."""

    head: HeadName = "crf"
    char_dim: WidthOrNone = 30
    use_lstm: bool = True


RUNG = transformer_rung("transformer-lstm", "Transformer, then LSTM, over words or pieces, CRF", Config)
