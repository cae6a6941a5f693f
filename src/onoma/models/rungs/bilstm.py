"""Rung ``bilstm``: two LSTM layers that read both ways, tags chosen apart."""

from __future__ import annotations

from onoma.models.recurrent import RecurrentConfig, recurrent_rung
from onoma.tasks.options import Layers


class Config(RecurrentConfig):
    """Defaults of ``bilstm``."""

    num_layers: Layers = 2
    bidirectional: bool = True


RUNG = recurrent_rung("bilstm", "2-layer BiLSTM, softmax", Config)
