"""Rung ``bilstm``: two LSTM layers that read both ways, tags chosen apart."""

from __future__ import annotations

from onoma.models.base import Layers, Rung, WordTaggerConfig


class Config(WordTaggerConfig):
    """Defaults of ``bilstm``."""

    num_layers: Layers = 2
    bidirectional: bool = True


RUNG = Rung("bilstm", "2-layer BiLSTM, softmax", Config)
