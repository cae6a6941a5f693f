"""Cross-validation over documents: a run for each fold, trained on all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from onoma.errors import ConfigError, OutputError
from onoma.readers import write_documents
from onoma.readers.partition import assign_parts
from onoma.text import Document
from onoma.training.config import DataConfig, RunConfig
from onoma.training.suites.plan import PlannedRun, Suite

FOLDS = "folds"


@dataclass(frozen=True, slots=True)
class Fold:
    """A part of the documents, and the run that is trained without it.

    Args:
        run: name of the run.
        held_out: documents that the run has not seen.
    """

    run: str
    held_out: tuple[Document, ...]


def divide_into_folds(documents: Sequence[Document], num_folds: int, seed: int) -> list[tuple[Document, ...]]:
    """Return folds of about equal size, each with its share of every label; equal texts are in one fold.

    Args:
        documents: each kept whole.
        num_folds: at least 2.
        seed: the same seed gives the same folds.

    Raises:
        ConfigError: fewer than two folds, or fewer documents than folds.
    """
    if num_folds < 2:
        raise ConfigError(f"--folds {num_folds}: at least 2 are needed, so that each is judged by the others")
    if len(documents) < num_folds:
        raise ConfigError(
            f"{len(documents)} documents cannot be divided into {num_folds} folds: fewer --folds"
        )
    size, rest = divmod(len(documents), num_folds)
    sizes = {f"{number}": size + (number <= rest) for number in range(1, num_folds + 1)}
    labels = [Counter(span.label for span in document.entities) for document in documents]
    parts = assign_parts(labels, sizes, seed, keys=[document.text for document in documents])
    folds = [
        tuple(document for document, part in zip(documents, parts, strict=True) if part == name)
        for name in sizes
    ]
    return [fold for fold in folds if fold]


def plan_folds(
    config: RunConfig,
    train: Sequence[Document],
    dev: Sequence[Document],
    folder: Path,
    *,
    num_folds: int,
    seed: int,
    epochs: int | None = None,
) -> tuple[Suite, list[Fold]]:
    """Write the data of each fold's run below ``folder`` and return the runs, for `run_suite`.

    The runs have the settings of ``config``, but start from fresh weights, which have seen nothing, and are
    all scored on the same development documents.

    Args:
        config: of the run that is to be repeated.
        train: its training documents, tokenised.
        dev: its development documents, which no fold is trained on.
        folder: of the suite.
        num_folds: K.
        seed: of the division.
        epochs: instead of those of ``config``.

    Raises:
        ConfigError: the documents cannot be divided so.
        OutputError: the folder cannot be written.
    """
    folds = divide_into_folds(train, num_folds, seed)
    place = (folder / FOLDS).resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{place}: cannot write here: {error.strerror}") from None
    write_documents(place / "dev.jsonl", dev)
    training = config.training.model_copy(
        update={"init_from": None, **({"epochs": epochs} if epochs is not None else {})}
    )
    runs, planned = [], []
    for number, held_out in enumerate(folds, 1):
        hidden = {id(document) for document in held_out}
        path = place / f"fold-{number}-train.jsonl"
        write_documents(path, (document for document in train if id(document) not in hidden))
        data = DataConfig(
            train=str(path),
            dev=str(place / "dev.jsonl"),
            format="spans-jsonl",
            on_misaligned=config.data.on_misaligned,
            on_nested=config.data.on_nested,
            tokenizer=config.data.tokenizer,
        )
        run = RunConfig(config.rung, config.model, training, data)
        name = f"fold-{number}"
        runs.append(PlannedRun(name, config.rung.name, 1.0, run))
        planned.append(Fold(name, held_out))
    return Suite("folds", tuple(runs), models=(config.rung.name,)), planned
