"""Rung ``rnn``: an Elman network that reads left to right. The floor of every comparison."""

from __future__ import annotations

from typing import Literal

from onoma.models.recurrent import RecurrentConfig, recurrent_rung


class Config(RecurrentConfig):
    """Defaults of ``rnn``."""

    cell: Literal["rnn", "lstm", "gru"] = "rnn"


RUNG = recurrent_rung("rnn", "Elman RNN, left to right, softmax", Config)
