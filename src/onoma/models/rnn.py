"""Rung ``rnn``: an Elman network that reads left to right. The floor of every comparison."""

from __future__ import annotations

from typing import Literal

from onoma.models.base import Rung, WordTaggerConfig


class Config(WordTaggerConfig):
    """Defaults of ``rnn``."""

    cell: Literal["rnn", "lstm", "gru"] = "rnn"


RUNG = Rung("rnn", "Elman RNN, left to right, softmax", Config)
