"""Rung ``lstm``: long short-term memory, left to right."""

from __future__ import annotations

from onoma.models.recurrent import RecurrentConfig, recurrent_rung


class Config(RecurrentConfig):
    """Defaults of ``lstm``."""


RUNG = recurrent_rung("lstm", "LSTM, left to right, softmax", Config)
