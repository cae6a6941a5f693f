"""Labels that are probably wrong; what ``onoma inspect --suspects`` does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from onoma.api.data import IN_MEMORY, Data, Labels, label_map
from onoma.api.data_files import data_files
from onoma.api.records import split_path
from onoma.api.suspect_request import Request, Split, check_request, named_apart
from onoma.api.taggers import place_of
from onoma.errors import ConfigError, OnomaError
from onoma.extras import require

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.api.suspect_parts import Part
    from onoma.inspection.suspect_places import SuspectDocuments
    from onoma.inspection.suspects import JudgedDocument, Suspicion
    from onoma.runtime.tagger import Tagger
    from onoma.text import Document
    from onoma.training.config import RunConfig
    from onoma.training.data import RunData
    from onoma.training.suites.supervision import TrainHere

_LOG = logging.getLogger("onoma")
_DOCUMENTS = "documents"

Tell = Callable[[str], None]


def suspects(
    runs: str | Path | TrainedRun | Sequence[str | Path | TrainedRun],
    data: Data | Sequence[str | Path] | Mapping[str, Data] | None = None,
    *,
    split: Split = "out-of-fold",
    folds: int = 5,
    seed: int = 13,
    epochs: int | None = None,
    limit: int | None = None,
    out: str | Path | None = None,
    threads: int = 0,
    labels: Labels = (),
    **options: Any,
) -> Suspicion:
    """Find gold that models contradict which have not seen it; what ``onoma inspect --suspects`` does.

    Args:
        runs: a finished run, whose model judges; or several of the same data, which judge together.
        data: to judge in place of the run's own, and not what it was trained on: as `onoma.read` takes it,
            several files, or several by name, which becomes the ``split`` of their suspects.
        split: of the run's own data: ``dev``, ``test``, or both (``out-of-fold``), judged by the run itself;
            ``train``, or ``all``, where models are trained to judge train, each on the other folds.
        folds: how many these are.
        seed: of their division.
        epochs: of their models; the run's own when not given.
        limit: the most suspects that are returned and written; all when not given.
        out: folder for the suspects, a page, their documents to be annotated again, and the folds' runs,
            which are used again; needed for these.
        threads: of the models; 0 for as many as they choose.
        labels: renames and drops labels of ``data``, behind the run's own map; see `onoma.read`.
        options: of reading ``data``, as in `onoma.read`; ``on_error`` is ``skip`` here. What is not given is
            as the run was trained.

    Returns:
        The suspects, the most suspect first, and what was judged. The line of what is in memory is the number
        of the record or document.

    Raises:
        ConfigError: a run that is not finished, or has seen what it is to judge; an option that does not
            exist or fit.
        DataError: data that cannot be read, or holds no gold.
        ModelError: a model that cannot be loaded, or judges no entities; a training that failed.
        OutputError: the folder cannot be written.
        StoppedError: Ctrl-C or SIGTERM while models are trained; the same call goes on.
        MissingExtraError: PyTorch is not installed, or, with ``out``, Jinja2.
        TypeError: data that is none, see `onoma.read`.
    """
    reading = {**options, **({"labels": names} if (names := label_map(labels)) else {})}
    if data is None and reading:
        raise ConfigError(
            f"{next(iter(reading))} says how data is read that is given; runs know how theirs is"
        )
    request = Request(
        runs=_places(runs),
        data=_by_name(data),
        reading={"on_error": "skip", **reading},
        split=split,
        folds=folds,
        seed=seed,
        epochs=epochs,
        limit=limit,
        out=None if out is None else Path(out),
        threads=threads,
    )
    return suspects_for(request, _LOG.info, _LOG.warning)


def _places(runs: Any) -> list[Path]:
    several = isinstance(runs, Iterable) and not isinstance(runs, str)
    return [Path(place_of(run)) for run in (runs if several else [runs])]


def _by_name(data: Data | Sequence[str | Path] | Mapping[str, Data] | None) -> Mapping[str, Data]:
    if data is None:
        return {}
    if isinstance(data, str | Path):
        return named_apart([data])
    if isinstance(data, Mapping):
        if not data:
            raise ConfigError("name the data to judge, or leave it out for the run's own")
        for name in data:
            split_path(Path(), name)  # what is suspect is written under it
        return data
    if isinstance(data, list | tuple) and data and all(isinstance(one, str | Path) for one in data):
        return named_apart(data)
    return {IN_MEMORY: cast("Data", data)}


def suspects_for(request: Request, tell: Tell, warn: Tell, *, train: TrainHere | None = None) -> Suspicion:
    """Find suspects, and write them where a folder is named; errors are those of `suspects`.

    Args:
        request: what is asked for.
        tell: is told what is done.
        warn: is told what was odd.
        train: trains a fold's run, in a process of its own; see `onoma.api.suites.train_suite`.
    """
    from onoma.api.suspect_data import GivenData
    from onoma.api.suspect_parts import own_parts
    from onoma.inspection.suspect_places import locate

    if request.out is not None:
        require("report")
    config = check_request(request)
    own = _own_data(request, config, warn)
    learned = () if own is None else own.splits["train"].documents
    with data_files(request.data) as files:
        if own is None or files:
            texts = {document.text for document in learned}
            given = GivenData(request.run, config, request.reading, texts, tell, warn)
            parts = [given.part(split, file) for split, file in files.items()]
        else:
            parts = own_parts(request, config, own, tell, train)
        suspicion = _ranked(request, config, parts, learned, tell)
        suspicion, wanted = locate(suspicion, [part.file for part in parts])
    if request.out is not None:
        _write(suspicion, wanted, request, [part.file.split for part in parts], tell)
    return suspicion


def _own_data(request: Request, config: RunConfig, warn: Tell) -> RunData | None:
    """Read what the run learned from; None where it is gone, and other data is judged."""
    from onoma.training.data import load_run_data

    try:
        return load_run_data(config.data, config.training.seed)
    except OnomaError as error:
        if not request.data:
            raise
        warn(f"without the precedents of train: {error}")
        return None


def _ranked(
    request: Request, config: RunConfig, parts: Sequence[Part], learned: Sequence[Document], tell: Tell
) -> Suspicion:
    """Return what all runs suspect together, the most suspect first, as many as are wanted."""
    from onoma.inspection.suspect_ranking import merge, weigh
    from onoma.inspection.suspects import find_suspects

    found = [find_suspects(_judged(parts, run, config, request.threads, tell)) for run in request.runs]
    judged = [document for part in parts for _, documents in part.judges for document in documents]
    suspicion = weigh(merge(found), judged, learned, itself="train" if request.by_folds else None)
    return replace(suspicion, suspects=suspicion.suspects[: request.limit])


def _judged(
    parts: Iterable[Part], run: Path, config: RunConfig, threads: int, tell: Tell
) -> Iterator[JudgedDocument]:
    """Yield the documents as a run's model sees them; what has judges of its own, as these do."""
    from onoma.placing.labels import nothing_in_common
    from onoma.runtime.judging import judge
    from onoma.runtime.loading import load

    loaded: tuple[Path, Tagger] | None = None
    for part in parts:
        for judging, documents in part.judges:
            place = judging or run
            if loaded is None or loaded[0] != place:
                loaded = place, load(place, threads=threads)
            tell(f"{part.file.split}: {place.name} judges {len(documents):,} documents")
            theirs = {span.label for document in documents for span in document.entities}
            if message := nothing_in_common(loaded[1].labels, sorted(theirs)):
                raise ConfigError(f"{part.file.shown}: {message}")
            yield from judge(loaded[1], documents, on_nested=config.data.on_nested, split=part.file.split)


def _write(
    suspicion: Suspicion,
    wanted: Sequence[SuspectDocuments],
    request: Request,
    splits: Sequence[str],
    tell: Tell,
) -> None:
    from onoma.reports.suspects_files import export_all, write_suspects

    assert request.out is not None
    write_suspects(suspicion, request.out, title=f"{request.run.name}: {', '.join(splits)}")
    export_all(wanted, request.out / _DOCUMENTS, tell)
    tell(f"written to {request.out}")
