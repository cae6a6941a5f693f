"""A trained model as an object, and how to get one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data
from onoma.api.jobs import SAME_CALL, Watch, train_run, unwatched
from onoma.api.settings import Options, flatten, run_config
from onoma.errors import ModelError

if TYPE_CHECKING:
    from onoma.metrics.report import Evaluation
    from onoma.runtime.tagger import Tagger


class TrainedRun:
    """A finished run: its folder, its scores, its model.

    Args:
        folder: of the run.

    Raises:
        ModelError: there is no finished run.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            self.metrics: dict[str, Any] = json.loads(
                (self.folder / "metrics.json").read_text(encoding="utf-8")
            )
        except (OSError, ValueError):
            raise ModelError(f"{folder}: no finished run is here") from None

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """A row an epoch: losses, dev scores, seconds."""
        lines = (self.folder / "history.jsonl").read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines if line]

    @property
    def dev_f1(self) -> float:
        """Entity F1 on dev."""
        return float(self.metrics["dev"]["entity"]["f1"])

    @property
    def test_f1(self) -> float | None:
        """Entity F1 on test; None where there is no test file."""
        test = self.metrics.get("test")
        return None if test is None else float(test["entity"]["f1"])

    def tagger(self, **options: Any) -> Tagger:
        """Return the model, ready to tag; options as of `onoma.load`."""
        from onoma.runtime.loading import load

        return load(self.folder, **options)

    def evaluate(self, data: Data, **options: Any) -> Evaluation:
        """Score the model on labelled data; see `onoma.evaluate`."""
        from onoma.api.evaluating import evaluate

        return evaluate(self, data, **options)

    def __fspath__(self) -> str:
        """Return the folder: a run goes wherever a path to one does."""
        return str(self.folder)

    def __repr__(self) -> str:
        test = "" if self.test_f1 is None else f", test F1 {self.test_f1:.4f}"
        return f"<TrainedRun {self.metrics['model']} in {self.folder}: dev F1 {self.dev_f1:.4f}{test}>"

    def _repr_html_(self) -> str | None:
        from onoma.api.notebook import run_html

        return run_html(self)


def train(
    model: str | None = None,
    data: str | Path | Mapping[str, Data] | None = None,
    out: str | Path = "run",
    *,
    config: str | Path | None = None,
    resume: bool = False,
    model_options: Options = None,
    training_options: Options = None,
    data_options: Options = None,
    watch: Watch = unwatched,
    **settings: Any,
) -> TrainedRun:
    """Train a model and score it; what ``onoma train`` does.

    With ``resume=True`` a finished run is returned as it is; one that was killed goes on, to the very same
    weights. What is done is logged as information by the loggers below ``onoma``.

    Args:
        model: a rung: see ``onoma models``.
        data: folder with train, dev and test files; ``en`` or ``ru``; or splits by name, each a file or data
            in memory (see `onoma.read`), which is written beside the run as ``OUT-data``.
        out: folder for the run.
        config: TOML file, or the name of a preset.
        resume: go on with the run in ``out``.
        model_options: settings of the model: ``{"dropout": 0.4}``.
        training_options: settings of the training: ``{"learning_rate": 1e-3}``.
        data_options: settings of the data: ``{"tag_column": 2, "label_map": ["PERSON=PER"]}``.
        watch: sees updates, epochs and the end, as they happen: objects of `onoma.training.events`.
        settings: any of these by name: ``epochs=20, seed=1, head="crf"``.

    Raises:
        ConfigError: an option does not exist or fit.
        DataError: the data cannot be used.
        StoppedError: Ctrl-C or SIGTERM; the same call with ``resume=True`` goes on.
        MissingExtraError: PyTorch is not installed.
    """
    given = flatten(settings, model=model_options, training=training_options, data=data_options)
    return train_given(model, data, Path(out), given, config=config, resume=resume, watch=watch)


def train_given(
    model: str | None,
    data: str | Path | Mapping[str, Data] | None,
    folder: Path,
    given: Mapping[str, Any],
    *,
    config: str | Path | None = None,
    resume: bool = False,
    watch: Watch = unwatched,
    go_on: str = SAME_CALL,
) -> TrainedRun:
    """Train a model, or take the finished run that is there; arguments as of `train`.

    Args:
        model: a rung.
        data: what to learn from.
        folder: for the run.
        given: settings by their names.
        config: TOML file, or the name of a preset.
        resume: go on with the run in ``folder``.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Raises:
        OnomaError: data, settings or folder cannot be used.
        StoppedError: Ctrl-C or SIGTERM; what was trained is saved.
        MissingExtraError: PyTorch is not installed.
    """
    from onoma.extras import require

    require("train")
    from onoma.training.folder import is_finished, stored_config

    stored = stored_config(folder) if resume else None
    resolved = run_config(model, data, folder, given, config=config, stored=stored)
    if stored is None or not is_finished(folder):
        train_run(resolved, folder, resume=resume, watch=watch, go_on=go_on)
    return TrainedRun(folder)
