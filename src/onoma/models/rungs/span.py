"""Rung ``span``: every span is scored, so that entities may lie in one another (Yu et al. 2020)."""

from __future__ import annotations

from dataclasses import replace

from onoma.models.base import Rung, TaggerConfig
from onoma.models.based import based_rung, extend_config
from onoma.models.rungs.charcnn_bilstm_crf import RUNG as DEFAULT


def _make(below: Rung, tasks: str) -> Rung:
    return replace(
        below,
        name="span",
        summary="biaffine span head on any encoder (option base): entities within entities",
        config=extend_config("SpanConfig", below, TaggerConfig, head="span"),
    )


RUNG = based_rung(DEFAULT, _make)
