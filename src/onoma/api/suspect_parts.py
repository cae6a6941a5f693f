"""Documents that are judged, each by a model that has not seen it; those of a run's own data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.suspect_request import Request
from onoma.errors import ConfigError, ModelError
from onoma.extras import require
from onoma.inspection.suspect_places import JudgedFile

if TYPE_CHECKING:
    from onoma.text import Document
    from onoma.training.config import RunConfig
    from onoma.training.data import RunData
    from onoma.training.suites.supervision import TrainHere


@dataclass(frozen=True, slots=True)
class Part:
    """The documents of a file, and who judges them.

    Args:
        file: what they are read from.
        judges: runs that have not seen the documents beside them; None stands for each run that was named.
    """

    file: JudgedFile
    judges: Sequence[tuple[Path | None, Sequence[Document]]]


def own_parts(
    request: Request, config: RunConfig, data: RunData, tell: Callable[[str], None], train: TrainHere | None
) -> list[Part]:
    """Return splits of the run's own data; to judge train, models are trained that are not there yet.

    Args:
        request: what is asked for.
        config: of the run.
        data: of the run.
        tell: is told what is done.
        train: trains one run, in a process of its own; see `onoma.api.suites.train_suite`.

    Raises:
        ConfigError: the run has no such split, or train cannot be divided into so many folds.
        ModelError: a training failed.
        StoppedError: a signal came while a model was trained.
        OutputError: the folder cannot be written.
        MissingExtraError: PyTorch is needed and not installed.
    """
    names = {"out-of-fold": ("dev", "test"), "all": ("train", "dev", "test")}.get(
        request.split, (request.split,)
    )
    parts = []
    for name in names:
        if name not in data.splits:
            if name == request.split:
                raise ConfigError(f"{request.run}: has no {name} file")
            continue
        documents = data.splits[name].documents
        judges: list[tuple[Path | None, Sequence[Document]]] = [(None, documents)]
        if name == "train":
            judges = _by_folds(request, config, documents, data.splits["dev"].documents, tell, train)
        path = getattr(config.data, name) or config.data.train  # dev may be a part of train
        parts.append(Part(JudgedFile(name, path, path, config.data.read_options()), judges))
    return parts


def _by_folds(
    request: Request,
    config: RunConfig,
    train: Sequence[Document],
    dev: Sequence[Document],
    tell: Callable[[str], None],
    train_one: TrainHere | None,
) -> list[tuple[Path | None, Sequence[Document]]]:
    """Train the folds' runs that are not there yet."""
    require("train")
    from onoma.api.suites import train_suite
    from onoma.training.suites.folds import plan_folds
    from onoma.training.suites.runner import RUNS

    assert request.out is not None
    suite, folds = plan_folds(
        config,
        train,
        dev,
        request.out,
        num_folds=request.folds,
        seed=request.seed,
        epochs=request.epochs,
    )
    if config.training.init_from:
        tell("the folds' runs start from fresh weights: those of init_from may have seen the documents")
    for group in train_suite(suite, request.out, train_one):
        for name, message in group.failures:
            raise ModelError(f"{name}: {message}")
    return [(request.out / RUNS / fold.run, fold.held_out) for fold in folds]
