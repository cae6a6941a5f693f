"""Searching for the settings of a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data
from onoma.api.jobs import Watch, tune_study, unwatched
from onoma.api.settings import Options, flatten, run_config

if TYPE_CHECKING:
    from onoma.training.tuning.records import StudyResult


def tune(
    model: str | None = None,
    data: str | Path | Mapping[str, Data] | None = None,
    out: str | Path = "study",
    *,
    trials: int = 20,
    minutes: float = 0.0,
    space: str | Path | None = None,
    storage: str | None = None,
    name: str | None = None,
    config: str | Path | None = None,
    model_options: Options = None,
    training_options: Options = None,
    data_options: Options = None,
    watch: Watch = unwatched,
    **settings: Any,
) -> StudyResult:
    """Search for the settings of a model with the best dev F1; what ``onoma tune`` does.

    The result's ``best`` is the best trial, with its ``values``; ``OUT/best.toml`` is its configuration, for
    ``onoma.train(config=...)``. The same call goes on with a study that was stopped, or with more trials.

    Args:
        model: a rung: see ``onoma models``.
        data: as for `onoma.train`; a test split is not read.
        out: folder of the study.
        trials: that the study shall have.
        minutes: for all trials together, 0 for no end.
        space: TOML file with what to search; the default space without what is given here by default.
        storage: URL of a database that several processes share; None for a file in the folder.
        name: of the study in the database; that of the folder by default.
        config: TOML file with settings, or the name of a preset.
        model_options: settings of the model, which are not searched.
        training_options: settings of the training, which are not searched.
        data_options: settings of the data.
        watch: sees what happens: objects of `onoma.training.events`.
        settings: any of these by name.

    Raises:
        ConfigError: an option does not exist or fit, or the study is of other settings.
        DataError: the data cannot be used.
        StoppedError: Ctrl-C or SIGTERM; the same call goes on.
        MissingExtraError: PyTorch or Optuna is not installed.
    """
    from onoma.extras import require

    require("train")
    from onoma.training.tuning.defaults import choose_space

    folder = Path(out)
    given = flatten(settings, model=model_options, training=training_options, data=data_options)
    resolved = run_config(model, data, folder, given, config=config)
    fixed = {setting.rpartition(".")[2] for setting in given}
    searched = choose_space(resolved, None if space is None else Path(space), fixed)
    ended = tune_study(
        resolved,
        searched,
        folder,
        num_trials=trials,
        name=name or folder.resolve().name,
        url=storage,
        minutes=minutes,
        watch=watch,
    )
    return ended.result
