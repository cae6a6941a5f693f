"""Which of the searched settings mattered."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna import Study

_FEWEST = 4
"""Complete trials below which there is nothing to say."""


def importance_of(study: Study) -> tuple[dict[str, float], str]:
    """Return each setting's share of the objective's variance, largest first, and the method's name.

    fANOVA (Hutter et al. 2014), a random forest's; where scikit-learn is missing PED-ANOVA (Watanabe et al.
    2023). Empty with fewer than four complete trials, or where all are equally good.
    """
    from optuna.exceptions import ExperimentalWarning
    from optuna.importance import (
        BaseImportanceEvaluator,
        FanovaImportanceEvaluator,
        PedAnovaImportanceEvaluator,
        get_param_importances,
    )
    from optuna.trial import TrialState

    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < _FEWEST or len({trial.value for trial in complete}) < 2:
        return {}, ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        evaluator: BaseImportanceEvaluator
        if find_spec("sklearn") is not None:
            evaluator, name = FanovaImportanceEvaluator(seed=0), "fANOVA"
        else:
            evaluator, name = PedAnovaImportanceEvaluator(), "PED-ANOVA"
        try:
            found = get_param_importances(study, evaluator=evaluator)
        except (RuntimeError, ValueError):  # nothing varies
            return {}, ""
    return {key: float(value) for key, value in found.items()}, name
