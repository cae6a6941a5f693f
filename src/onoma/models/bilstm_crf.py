"""Rung ``bilstm-crf``: the BiLSTM with a CRF over the tags (Huang et al. 2015)."""

from __future__ import annotations

from onoma.models.base import HeadName, Layers, Rung, WordTaggerConfig


class Config(WordTaggerConfig):
    """Defaults of ``bilstm-crf``."""

    head: HeadName = "crf"
    num_layers: Layers = 2
    bidirectional: bool = True


RUNG = Rung("bilstm-crf", "2-layer BiLSTM, CRF", Config)
