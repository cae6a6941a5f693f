"""Rung ``lstm``: long short-term memory, left to right."""

from __future__ import annotations

from onoma.models.base import Rung, WordTaggerConfig


class Config(WordTaggerConfig):
    """Defaults of ``lstm``."""


RUNG = Rung("lstm", "LSTM, left to right, softmax", Config)
