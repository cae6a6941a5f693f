"""Rung ``charcnn-bilstm-crf``: words, casing and a character CNN under BiLSTM and CRF (Ma and Hovy 2016)."""

from __future__ import annotations

from onoma.models.base import HeadName, Rung, WordTaggerConfig


class Config(WordTaggerConfig):
    """Defaults of ``charcnn-bilstm-crf``."""

    head: HeadName = "crf"
    char_dim: int = 30
    num_layers: int = 2
    bidirectional: bool = True


RUNG = Rung("charcnn-bilstm-crf", "words, casing and character CNN, 2-layer BiLSTM, CRF", Config)
