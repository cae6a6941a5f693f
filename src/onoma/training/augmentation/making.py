"""Which forms a run learns its sentences in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onoma.features.examples import Examples, Ids
from onoma.features.protocol import Features
from onoma.features.windows import DEFAULT_WINDOW
from onoma.features.word_types import Rows
from onoma.training.augmentation.case import CaseChange, LessonCaseChange
from onoma.training.augmentation.mentions import MentionReplacement
from onoma.training.config import TrainingConfig

Augment = Callable[[Examples, Ids, int], Examples]
"""Some examples of train alone, their places in train, and the epoch, to what is learned of them then."""

AugmentLessons = Callable[[Ids, int], list[Rows]]
"""Places of lessons and the epoch to the words of each that are learned then."""


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


def make_lesson_augmentation(
    config: TrainingConfig, lessons: Sequence[Rows], features: Features, window: int
) -> AugmentLessons | None:
    """Return what is done to sentences that teachers have labelled; None where nothing is.

    Their case is turned as that of train is. Mentions are not replaced: a teacher has
    probabilities of tags, and no mentions.

    Args:
        config: of the training.
        lessons: the words of each sentence.
        features: the student's.
        window: units of an input.
    """
    if not config.case_augmentation or not lessons:
        return None
    limit = window or DEFAULT_WINDOW
    return LessonCaseChange(config.case_augmentation, config.seed, lessons, features, limit)
