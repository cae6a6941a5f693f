"""Options by which ``onoma serve`` is Label Studio's backend."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from onoma.cli.option_groups import OptionGroup, option

if TYPE_CHECKING:
    from onoma.service.label_studio.settings import StudioSettings

_DEFAULT_AFTER, _DEFAULT_MARGIN = 50, 0.5


@dataclass(frozen=True)
class Studio(OptionGroup):
    """How to be Label Studio's backend."""

    label_studio: Annotated[
        bool, option("--label-studio", help="Answer Label Studio as its ML backend, by the first model.")
    ] = False
    label_map: Annotated[
        list[str] | None,
        option(
            "--label-map",
            metavar="MODEL=PROJECT",
            help="What the project calls a label of the model; MODEL= drops it; repeatable.",
        ),
    ] = None
    annotations: Annotated[
        Path | None,
        option(
            "--annotations", metavar="DIR", help="Folder to keep annotated tasks in, and retrained models."
        ),
    ] = None
    retrain: Annotated[
        str | None,
        option(
            "--retrain",
            metavar="DATA",
            help="Train on annotated tasks, together with this data (a folder with splits), in a process "
            "beside; a model is served if it is not worse on its test.",
        ),
    ] = None
    retrain_after: Annotated[
        int | None,
        option(
            "--retrain-after",
            min=0,
            help=f"Newly annotated tasks that begin a training ({_DEFAULT_AFTER}); 0: only when asked.",
        ),
    ] = None
    retrain_margin: Annotated[
        float | None,
        option(
            "--retrain-margin",
            min=0.0,
            max=100.0,
            help=f"F1 points that a new model may lose ({_DEFAULT_MARGIN:g}), by the rule of `onoma decide`.",
        ),
    ] = None
    retrain_set: Annotated[
        list[str] | None,
        option("--retrain-set", metavar="KEY=VALUE", help="A setting of these trainings; repeatable."),
    ] = None
    init_from: Annotated[
        str | None,
        option(
            "--init-from", help="Run or bundle to start trainings from, where the served model is exported."
        ),
    ] = None

    def settings(self, workers: int) -> StudioSettings | None:
        """Return how to be the backend; None where that is not asked for.

        Args:
            workers: processes that serve.

        Raises:
            ConfigError: options that do not go together, or a map that cannot be read.
        """
        from onoma.errors import ConfigError
        from onoma.service.label_studio.settings import Retraining, StudioSettings

        self._check(workers)
        if not self.label_studio:
            return None
        retraining = None
        if self.retrain is not None:
            self._check_data(self.retrain)
            retraining = Retraining(
                self.retrain,
                _DEFAULT_AFTER if self.retrain_after is None else self.retrain_after,
                _DEFAULT_MARGIN if self.retrain_margin is None else self.retrain_margin,
                self.init_from,
                tuple(self.retrain_set or ()),
            )
        label_map = {}
        for one in self.label_map or ():
            model, equals, project = one.partition("=")
            if not equals or not model:
                raise ConfigError(f"--label-map {one}: write MODEL=PROJECT, such as PER=Person")
            label_map[model] = project
        folder = None if self.annotations is None else self.annotations.resolve()
        return StudioSettings(label_map, folder, retraining)

    def _check(self, workers: int) -> None:
        from onoma.errors import ConfigError

        given = [
            name for name, value in vars(self).items() if name != "label_studio" and value not in (None, [])
        ]
        if given and not self.label_studio:
            raise ConfigError(f"{_written(given[0])}: is for --label-studio")
        of_trainings = [name for name in given if name.startswith("retrain_") or name == "init_from"]
        if of_trainings and self.retrain is None:
            raise ConfigError(f"{_written(of_trainings[0])}: is for --retrain DATA")
        if self.retrain is not None and self.annotations is None:
            raise ConfigError("--retrain: name a folder for annotation and new models: --annotations DIR")
        if self.annotations is not None and workers > 1:
            raise ConfigError("--annotations: is kept by one process; leave --workers at 1")

    def _check_data(self, data: str) -> None:
        """Refuse data that no training could use, before anything is served."""
        from onoma.readers.splits import find_splits
        from onoma.resources import data_folder

        find_splits(data_folder(data), required=())


def _written(name: str) -> str:
    return f"--{name.replace('_', '-')}"
