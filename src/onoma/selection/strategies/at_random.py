"""At random: what every other strategy has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from onoma.selection.strategy import Strategy, View


def _judge(_: Sequence[View], generator: np.random.Generator) -> float:
    return float(generator.random())


STRATEGY = Strategy("random", "any document as likely as any other", _judge, by_kinds=False)
