"""Who takes part in a comparison: runs, bundles without a run, and predictions, by what a user calls them."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from onoma.errors import ConfigError, DataError
from onoma.resources import portable_path

if TYPE_CHECKING:
    from onoma.comparison.runs import LoadedRun, ModelRuns
    from onoma.training.config import DataConfig
    from onoma.training.judged.exam import Exam
    from onoma.training.judged.model import FinishedModel

_LOG = logging.getLogger(__name__)

JUDGED = "judged"
"""Folder, beside the report, of what models that were only scored here found."""


class Contestant(NamedTuple):
    """What a user named, and the name that was given to it; an empty one is made of what was named."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """What finished models are scored on, where a user says so.

    Args:
        gold: labelled file; the data of the first run when None.
        train: training file, to tell seen from unseen mentions.
        labels: what becomes of labels, as ``A=B``: of the models', and of gold's where a file is named.
        reading: settings of the data, how the files are read; for a file of gold only.
    """

    gold: str | None = None
    train: str | None = None
    labels: tuple[str, ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> DataConfig:
        """Return the files as the data of a run.

        Raises:
            ConfigError: a setting does not exist or fit.
        """
        from onoma.training.config import DataConfig, validate

        settings = {key: value for key, value in self.reading.items() if value is not None}
        files = {"train": _absolute(self.train or ""), "test": _absolute(self.gold or "")}
        return validate(DataConfig, {"label_map": self.map, **settings, **files}, "data")

    @property
    def map(self) -> dict[str, str]:
        """What becomes of each label.

        Raises:
            ConfigError: it is no ``A=B``, nor a file of them.
        """
        from onoma.readers.label_map import read_label_map

        return dict(read_label_map(self.labels).names)

    def check_use(self, *, any_finished: bool) -> None:
        """Refuse what would be passed over.

        Raises:
            ConfigError: options for a file of gold that is not named, or for models that are not scored here.
        """
        if self.gold:
            return
        given = [name for name, value in self.reading.items() if value not in (None, False)]
        if self.train or given:
            what = given[0].replace("_", "-") if given else "train"
            raise ConfigError(f"--{what} says how a file is read that --gold names; runs know how theirs is")
        if self.labels and not any_finished:
            raise ConfigError(
                "--map is for models that are scored here, and all of these were scored when trained"
            )


def _absolute(path: str) -> str:
    return path if not path or "://" in path else str(Path(path).resolve())


def read_contestants(given: Iterable[str]) -> list[Contestant]:
    """Return what was named as ``PLACE`` or ``NAME=PLACE``."""
    found = []
    for one in given:
        name, equals, place = one.partition("=")
        named = equals and name and place and not os.path.exists(one)  # noqa: PTH110 - raises on no name
        found.append(Contestant(name, place) if named else Contestant("", one))
    return found


def gather_models(given: Sequence[Contestant], out: Path, sitting: Sitting) -> list[ModelRuns]:
    """Return all models with their scores on the same documents: runs by model, then what is finished.

    Args:
        given: runs, bundles and files of predictions.
        out: folder of the report; what finished models find is kept in it.
        sitting: on which documents, and how their labels are read.

    Raises:
        OnomaError: one of them cannot be used, or not be scored on these documents.
    """
    from onoma.comparison.runs import group_runs, load_run, shared_split
    from onoma.training.judged.exam import read_exam

    runs = [(Path(one.place), one.name) for one in given if _is_run(one.place)]
    finished = [_finished(one, sitting.map) for one in given if not _is_run(one.place)]
    sitting.check_use(any_finished=bool(finished))
    groups = group_runs([load_run(folder) for folder, _ in runs], [name for _, name in runs])
    check_names([*(group.name for group in groups), *(model.name for model in finished)])
    if sitting.gold:
        exam = read_exam(sitting.data(), "test")
        for group in groups:
            _judge_again(group, exam, out, sitting.map)
    elif not finished:
        return groups
    elif groups:
        first = (*groups[0].runs, *groups[0].partial)[0]
        exam = _exam_of(first, shared_split(groups))
        _check_unchanged(groups, exam)
    else:
        raise ConfigError("none of these is a run, which knows its data: name a file to score on with --gold")
    return [*groups, *judge_all(finished, exam, out)]


def judge_all(models: Sequence[FinishedModel], exam: Exam, out: Path) -> list[ModelRuns]:
    """Score finished models, each unless it was before.

    Args:
        models: with names of their own.
        exam: on what.
        out: folder of the report.

    Raises:
        OnomaError: one cannot be used, or is not for these documents.
    """
    from onoma.comparison.runs import ModelRuns

    groups = []
    for model in models:
        group = ModelRuns(model.name)
        group.add(_judge(model, exam, out / JUDGED / model.name))
        groups.append(group)
        for note in group.notes:
            _LOG.warning(f"{model.name}: {note}")
    return groups


def check_names(names: Iterable[str]) -> None:
    """Refuse equal names, as those of folders, too.

    Raises:
        ConfigError: two are equal.
    """
    name, count = Counter(name.casefold() for name in names).most_common(1)[0]
    if count > 1:
        raise ConfigError(f"two models are called '{name}'; give one another name: NAME=PLACE")


def _is_run(place: str) -> bool:
    """Whether it is the folder of a run, finished or not; `load_run` refuses those that are not."""
    from onoma.training.folder import is_begun, is_finished

    folder = Path(place)
    return os.path.isdir(folder) and (is_begun(folder) or is_finished(folder))  # noqa: PTH112


def _exam_of(run: LoadedRun, split: str) -> Exam:
    """Read again what a run was scored on.

    Raises:
        DataError: it cannot be; gold in another place can be named.
    """
    from onoma.training.config import DataConfig, validate
    from onoma.training.judged.exam import read_exam

    try:
        return read_exam(validate(DataConfig, run.config.get("data", {}), "data"), split, run.seed)
    except DataError as error:
        raise DataError(
            f"{error.message}; it is data of {run.folder}: name what all are to be scored on with --gold",
            code=error.code,
            path=error.path,
            line=error.line,
            column=error.column,
            text=error.text,
        ) from None


def _check_unchanged(groups: Sequence[ModelRuns], exam: Exam) -> None:
    """Refuse runs that were scored on other content of the file than it has now.

    Raises:
        ConfigError: it has changed since, so that the others would be scored on other gold.
    """
    path = portable_path(exam.path)
    for run in (run for group in groups for run in (*group.runs, *group.partial)):
        inputs = {portable_path(name): digest for name, digest in run.environment.get("inputs", {}).items()}
        if inputs.get(path, exam.inputs[path]) != exam.inputs[path]:
            raise ConfigError(
                f"{exam.path} has changed since {run.folder} was scored on it; "
                f"score all on what it holds now with --gold {exam.path}"
            )


def _finished(one: Contestant, names: Mapping[str, str]) -> FinishedModel:
    """The model that is named: predictions where it is a file, else a bundle."""
    from onoma.training.config import validate
    from onoma.training.judged.bundle import FinishedBundle
    from onoma.training.judged.predictions import FinishedPredictions

    told = {"name": one.name, "map": dict(names)}
    model: FinishedModel
    if os.path.isfile(one.place):  # noqa: PTH113
        model = validate(FinishedPredictions, {**told, "predictions": one.place}, one.place)
    else:
        model = validate(FinishedBundle, {**told, "bundle": one.place}, one.place)
        assert model.place  # it is there, or that is the error
    return model.named()


def _judge_again(group: ModelRuns, exam: Exam, out: Path, names: Mapping[str, str]) -> None:
    """Put the scores on other documents in the place of those that runs have."""
    from onoma.training.judged.bundle import FinishedBundle

    for listed in (group.runs, group.partial):
        for place, run in enumerate(listed):
            model = FinishedBundle(bundle=str(run.folder), map=dict(names)).named()
            path = str(run.folder.resolve())
            digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:8]
            judged = _judge(model, exam, out / JUDGED / f"{model.name}-{digest}")
            own = {key: value for key, value in run.metrics.items() if key not in ("dev", "test")}
            share = {"train_share": run.share} if run.share < 1 else {}
            listed[place] = replace(
                judged,
                metrics={**judged.metrics, **own, "seed": run.seed},
                config={**run.config, "data": {**judged.config["data"], **share}},
                history=run.history,
            )
            for note in group.notes:
                _LOG.warning(f"{run.folder}: {note}")


def _judge(model: FinishedModel, exam: Exam, folder: Path) -> LoadedRun:
    from onoma.comparison.runs import load_run
    from onoma.training.judged.judging import judge

    _LOG.info(f"scoring {model.name} on {exam.path}")
    if not judge(model, exam, folder):
        _LOG.info(f"{model.name}: was scored on it before")
    return load_run(folder)
