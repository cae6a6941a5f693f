"""Rung ``charcnn-bilstm-crf``: words, casing and a character CNN under BiLSTM and CRF (Ma and Hovy 2016)."""

from __future__ import annotations

from onoma.models.recurrent import RecurrentConfig, recurrent_rung
from onoma.tasks.options import HeadName, Layers, WidthOrNone


class Config(RecurrentConfig):
    """Defaults of ``charcnn-bilstm-crf``."""

    head: HeadName = "crf"
    char_dim: WidthOrNone = 30
    num_layers: Layers = 2
    bidirectional: bool = True


RUNG = recurrent_rung("charcnn-bilstm-crf", "words, casing and character CNN, 2-layer BiLSTM, CRF", Config)
