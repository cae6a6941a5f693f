"""Annotating archives by many processes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from onoma.api.data import label_map, read_options
from onoma.api.jobs import SAME_CALL, Watch, unwatched
from onoma.errors import ConfigError, excerpt

if TYPE_CHECKING:
    from onoma.annotation.events import AnnotationEnded
    from onoma.api.runs import TrainedRun
    from onoma.readers import ReadOptions

_MAX_SHARD_MB = 1 << 20
_OF_ONE_PROCESS = "memory://"


def annotate(
    model: str | Path | TrainedRun,
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    engine: str = "local",
    workers: int = 0,
    address: str | None = None,
    to: str = "jsonl",
    resume: bool = False,
    shard_mb: float = 32,
    min_score: float | None = None,
    min_precision: float | None = None,
    min_recall: float | None = None,
    watch: Watch = unwatched,
    **reading: Any,
) -> AnnotationEnded:
    """Tag files and folders by many processes; what ``onoma annotate`` does.

    Args:
        model: a run, a bundle, or a model that comes with Onoma.
        inputs: files and folders; also URLs such as ``s3://bucket/texts``.
        out: folder for the parts, the ledger and the totals; or the URL of one.
        engine: ``local`` or ``ray``.
        workers: processes; 0 for one a core.
        address: of a Ray cluster.
        to: ``jsonl``, ``jsonl.gz``, ``parquet`` or ``conll``.
        resume: go on with what was begun in ``out``.
        shard_mb: size of a shard, in 2 ** 20 bytes of input.
        min_score: see `onoma.load`, as ``min_precision`` and ``min_recall``.
        min_precision: see there.
        min_recall: see there.
        watch: sees what happens: objects of `onoma.annotation.events`.
        reading: fields of `onoma.readers.ReadOptions`; ``format="text"`` takes every input as text.

    Raises:
        DataError: an input cannot be read.
        ConfigError: an option does not fit, or differs from what was begun.
        ModelError: the model cannot be used.
        OutputError: the folder is in use, is not empty, or cannot be written.
        StoppedError: Ctrl-C or SIGTERM; the same call with ``resume=True`` goes on.
        MissingExtraError: Ray, pyarrow or PyTorch is needed and not installed.
    """
    reading["labels"] = label_map(reading.get("labels"))
    options = read_options({"on_error": "skip", "on_misaligned": "expand", "gold": False, **reading})
    loading = {
        "min_score": min_score,
        "min_precision": min_precision,
        "min_recall": min_recall,
        "precision": "fp32",
    }
    paths = [inputs] if isinstance(inputs, str | Path) else inputs
    return annotate_files(
        os.fspath(model),
        [os.fspath(path) for path in paths],
        out,
        loading=loading,
        reading=options,
        to=to,
        engine=engine,
        address=address,
        workers=workers,
        resume=resume,
        shard_mb=shard_mb,
        watch=watch,
        go_on=SAME_CALL,
    )


def annotate_files(
    model: str,
    paths: Sequence[str],
    out: str | Path,
    *,
    loading: dict[str, Any],
    reading: ReadOptions,
    to: str,
    engine: str,
    address: str | None,
    workers: int,
    resume: bool,
    shard_mb: float,
    watch: Watch,
    go_on: str,
) -> AnnotationEnded:
    """Annotate with options that are made; see `annotate`.

    Args:
        model: as of `annotate`; the others too, but for
        paths: files and folders.
        out: folder for everything.
        loading: how the model is loaded: arguments of `onoma.load`.
        reading: how inputs are read.
        to: what is written.
        engine: its name.
        address: of a cluster.
        workers: how many.
        resume: whether to go on.
        shard_mb: size of a shard.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Raises:
        OnomaError: see `annotate`.
    """
    from onoma.annotation.driver import Annotation
    from onoma.annotation.engine import get_run
    from onoma.annotation.folders import open_folder
    from onoma.annotation.planned import PLAN
    from onoma.annotation.settings import SUFFIXES, Settings
    from onoma.errors import did_you_mean
    from onoma.readers.tables.arrow_tables import import_pyarrow
    from onoma.runtime.loading import find_bundle, load
    from onoma.runtime.recall import check_promise
    from onoma.training.jobs.following import follow

    check_promise(loading["min_recall"] is not None, reading.labels)
    if to not in SUFFIXES:
        raise ConfigError(f"unknown output '{to}'{did_you_mean(to, SUFFIXES)}")
    if not 0 < shard_mb <= _MAX_SHARD_MB or workers < 0:
        raise ConfigError(
            "the size of a shard is above 0 and below a terabyte, the number of workers not below 0"
        )
    if to == "parquet":
        import_pyarrow("pyarrow", "parquet files")
    run = get_run(engine, address)
    for place in (*paths, str(out)):
        _check_shared(place)
    bundle = find_bundle(model)
    load(bundle, **loading)  # what is wrong with the model is said before anything is written
    settings = Settings(str(bundle.absolute()), loading, reading, to)
    folder = open_folder(out)

    def prepare() -> Annotation:
        return Annotation(
            settings,
            paths,
            folder.place,
            run,
            workers=workers,
            resume=resume,
            shard_mb=shard_mb,
        )

    def is_begun() -> bool:
        return folder.read(PLAN) is not None

    done = follow(cast("Any", prepare), watch, begun=is_begun, go_on=go_on)
    return cast("AnnotationEnded", done)


def _check_shared(place: str) -> None:
    """Refuse what each process has of its own: workers would neither find nor leave anything there."""
    if place.startswith(_OF_ONE_PROCESS):
        raise ConfigError(f"{excerpt(place)}: this is in the memory of one process, and workers are others")
