"""Rung ``bilstm-crf``: the BiLSTM with a CRF over the tags (Huang et al. 2015)."""

from __future__ import annotations

from onoma.models.recurrent import RecurrentConfig, recurrent_rung
from onoma.tasks.options import HeadName, Layers


class Config(RecurrentConfig):
    """Defaults of ``bilstm-crf``."""

    head: HeadName = "crf"
    num_layers: Layers = 2
    bidirectional: bool = True


RUNG = recurrent_rung("bilstm-crf", "2-layer BiLSTM, CRF", Config)
