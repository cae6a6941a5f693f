"""Which forms a run learns its sentences in."""

from __future__ import annotations

from collections.abc import Callable

from onoma.features.examples import Examples, Ids
from onoma.features.protocol import Features
from onoma.features.windows import DEFAULT_WINDOW
from onoma.training.augmentation.case import CaseChange
from onoma.training.augmentation.mentions import MentionReplacement
from onoma.training.config import TrainingConfig

Augment = Callable[[Examples, Ids, int], Examples]
"""Some examples of train alone, their places in train, and the epoch, to what is learned of them then."""


def make_augmentation(
    config: TrainingConfig, examples: Examples, features: Features, window: int
) -> Augment | None:
    """Return what is done to sentences of train before they are learned; None where nothing is.

    Args:
        config: of the training.
        examples: of train.
        features: theirs.
        window: units of an input.
    """
    limit = window or DEFAULT_WINDOW
    steps: list[Augment] = []
    for share, kind in (
        (config.mention_replacement, MentionReplacement),
        (config.case_augmentation, CaseChange),
    ):
        if share:
            steps.append(kind(share, config.seed, examples, features, limit))
    if not steps:
        return None

    def augment(some: Examples, indices: Ids, epoch: int) -> Examples:
        for step in steps:
            some = step(some, indices, epoch)
        return some

    return augment
