"""What is tried next, and what is given up: TPE and the median rule, by Optuna."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from optuna import Study, Trial
from optuna.distributions import BaseDistribution
from optuna.pruners import MedianPruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial

from onoma.training.tuning.records import RETRY_OF
from onoma.training.tuning.space import Choices, Dimension, decode, encode

_RANDOM_TRIALS = 6
"""Trials before the sampler begins to learn from them."""
_UNPRUNED_TRIALS = 4
"""Trials that must be whole before any is given up."""


def suggest(trial: Trial, name: str, dimension: Dimension) -> Any:
    """Let the sampler choose a setting's value for a trial, and return it."""
    if isinstance(dimension, Choices):
        value: Any = trial.suggest_categorical(name, [encode(one) for one in dimension.values])
    elif dimension.integer:
        low, high, step = int(dimension.low), int(dimension.high), int(dimension.step or 1)
        value = trial.suggest_int(name, low, high, log=dimension.log, step=step)
    else:
        low_end, high_end = dimension.low, dimension.high
        value = trial.suggest_float(name, low_end, high_end, log=dimension.log, step=dimension.step)
    return decode(dimension, value)


class SeededSampler(BaseSampler):
    """The tree-structured Parzen estimator (Bergstra et al. 2011), seeded anew for each trial by its place.

    So a study that was interrupted draws what it would have drawn, and no two processes that share a study
    draw the same. Trial 0 is that of the settings as given. Repeated trials have no place of their own.

    Args:
        seed: of the study.
        given: what the settings as given have for the space; None where that lies outside it.
    """

    def __init__(self, seed: int, given: Mapping[str, Any] | None) -> None:
        self._seed = seed
        self._given = given
        self._number = -1
        self._sampler = TPESampler(seed=seed)

    def _of(self, study: Study, trial: FrozenTrial) -> TPESampler:
        if trial.number != self._number:
            self._number = trial.number
            earlier = (one for one in study.get_trials(deepcopy=False) if one.number < trial.number)
            place = sum(RETRY_OF not in one.user_attrs for one in earlier)
            seed = zlib.crc32(f"{self._seed} {place}".encode())
            self._sampler = TPESampler(seed=seed, n_startup_trials=_RANDOM_TRIALS)
        return self._sampler

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return what is drawn together."""
        if trial.number == 0:
            return {}
        return self._of(study, trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw it."""
        return self._of(study, trial).sample_relative(study, trial, search_space) if trial.number else {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw one setting alone."""
        if trial.number == 0 and self._given is not None:
            return encode(self._given[param_name])
        return self._of(study, trial).sample_independent(study, trial, param_name, param_distribution)


def make_pruner(epochs: int) -> MedianPruner:
    """Return the rule that ends a trial whose best dev F1 so far is below the median of the others' by then.

    The first trials are never ended, nor any in its first fifth of epochs, at least one.
    """
    return MedianPruner(n_startup_trials=_UNPRUNED_TRIALS, n_warmup_steps=max(2, 1 + epochs // 5))
