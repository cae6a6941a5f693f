"""``onoma inspect --suspects``: gold that models contradict which have not seen it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.cli.progress import say, say_nothing
from onoma.errors import ConfigError, ModelError
from onoma.extras import require
from onoma.files import is_filled, set_aside

if TYPE_CHECKING:
    from onoma.cli.reading import Reading
    from onoma.inspection.suspects import JudgedDocument, Suspect, Suspicion
    from onoma.readers import ReadOptions
    from onoma.runtime.tagger import Tagger
    from onoma.text import Document
    from onoma.training.config import RunConfig
    from onoma.training.data import RunData

SHOWN = 20
SPLITS = ("out-of-fold", "dev", "test", "train", "all")
_DOCUMENTS = "documents"
_SAME_FILES = ("train", "dev", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for.

    Args:
        runs: finished runs of the same data; the first one's settings are those of reading, and of folds.
        data: files to judge in place of the run's own.
        split: of the run's data: one of `SPLITS`; ``out-of-fold`` is dev and test.
        folds: models that train is judged by.
        seed: of the folds.
        epochs: of the folds' models, the run's own when None.
        limit: the most suspects that are listed and written; all when None, `SHOWN` on the terminal.
        out: folder for files, and for the folds' runs.
        threads: of the encoder, 0 for all cores.
    """

    runs: Sequence[Path]
    data: Sequence[str] = ()
    split: str = "out-of-fold"
    folds: int = 5
    seed: int = 13
    epochs: int | None = None
    limit: int | None = None
    out: Path | None = None
    threads: int = 0

    @property
    def run(self) -> Path:
        """The first of the runs."""
        return self.runs[0]


@dataclass(frozen=True, slots=True)
class _Split:
    """Documents that models judge which have not seen them: (model, documents); None for the runs' own."""

    split: str
    path: str
    options: ReadOptions
    judges: Sequence[tuple[Path | None, Sequence[Document]]]


def inspect_suspects(request: Request, reading: Reading, on_error: str, *, as_json: bool, quiet: bool) -> int:
    """Find, show and write suspects; return how many there are.

    Args:
        request: what is asked for.
        reading: how to read ``request.data``; what is not given is as the run was trained.
        on_error: policy for faults in it.
        as_json: print JSON.
        quiet: show results and errors only.

    Raises:
        OnomaError: the run, its data or the folder cannot be used.
        StoppedError: a signal came while a fold was trained.
    """
    from onoma.inspection.suspect_ranking import merge, weigh
    from onoma.reports.suspects_files import write_suspects

    if request.out is not None:
        require("report")
    tell = say_nothing if quiet else say
    config = _finished(request.run)
    _check(request, config)
    data = _run_data(request, config, tell)
    parts = (
        _given_parts(request, config, reading, on_error, tell)
        if data is None or request.data
        else _own_parts(request, config, data, quiet)
    )
    suspicion = merge([_suspicion(parts, run, config, request.threads, tell) for run in request.runs])
    judged = [document for part in parts for _, documents in part.judges for document in documents]
    suspicion = weigh(suspicion, judged, data.splits["train"].documents if data is not None else ())
    if request.limit is not None:
        suspicion = replace(suspicion, suspects=suspicion.suspects[: request.limit])
    suspicion, wanted = _located(suspicion, parts)
    if request.out is not None:
        title = f"{request.run.name}: {', '.join(part.split for part in parts)}"
        write_suspects(suspicion, request.out, title=title)
        _export(wanted, request.out / _DOCUMENTS, tell)
        tell(f"written to {request.out}")
    _show(suspicion, request, as_json=as_json)
    return len(suspicion.suspects)


def _finished(run: Path) -> RunConfig:
    from onoma.training.folder import is_finished, stored_config

    config = stored_config(run) if is_finished(run) else None
    if config is None:
        raise ConfigError(f"{run}: is no finished run; name the folder that `onoma train --out` has filled")
    return config


def _check(request: Request, config: RunConfig) -> None:
    from onoma.errors import did_you_mean
    from onoma.training.folder import is_begun

    if request.split not in SPLITS:
        raise ConfigError(f"--split {request.split}: no such split{did_you_mean(request.split, SPLITS)}")
    if request.data and request.split != SPLITS[0]:
        raise ConfigError("--split is of the run's own data; leave it out, or the files")
    if "-" in request.data:
        raise ConfigError("--suspects reads the data a second time: give a file, not standard input")
    if request.split in ("train", "all") and request.out is None:
        raise ConfigError("models are trained to judge train: name a folder for them with --out")
    if request.split in ("train", "all") and len(request.runs) > 1:
        raise ConfigError("train is judged by models of one run's settings: name one run")
    if request.out is not None and is_begun(request.out):
        raise ConfigError(f"{request.out}: is a run's own folder; name another one for the suspects")
    if len({run.resolve() for run in request.runs}) < len(request.runs):
        raise ConfigError("a run is named twice, and would agree with itself; name each once")
    for run in request.runs[1:]:
        _check_other(request, config, run)


def _check_other(request: Request, config: RunConfig, run: Path) -> None:
    """Refuse a further run that learned from other data, or from what it is to judge."""
    from onoma.readers.options import MEANINGS
    from onoma.training.config import READING_SETTINGS

    other = _finished(run)
    if any(getattr(other.data, name) != getattr(config.data, name) for name in _SAME_FILES):
        raise ConfigError(
            f"{run}: was trained on other data than {request.run}; their suspects cannot be compared"
        )
    meanings = [READING_SETTINGS[option] for option in ("scheme", *MEANINGS)]
    if any(getattr(other.data, name) != getattr(config.data, name) for name in meanings):
        raise ConfigError(
            f"{run}: read its data in another way than {request.run} ({', '.join(meanings)}); their "
            "suspects cannot be compared"
        )
    drawn = [(one.training.seed, one.data.dev_share) for one in (config, other)]
    if config.data.dev is None and not request.data and request.split != "test" and drawn[0] != drawn[1]:
        raise ConfigError(
            f"{run}: learned from a part of what {request.run} held out of train as dev, since their seeds "
            "differ; judge what neither has seen: --split test, or files"
        )


def _given_parts(
    request: Request, config: RunConfig, reading: Reading, on_error: str, tell: Callable[[str], None]
) -> list[_Split]:
    """Files that the user names; they must not be what the run was trained on."""
    from onoma.api.trained import was_trained_on
    from onoma.cli.accounts import tell_reading
    from onoma.cli.trained import TrainedReading
    from onoma.readers import ReadLog
    from onoma.readers.plausible import check_gold
    from onoma.tokenize import get_tokenizer
    from onoma.training.data import load_corpus

    trained = TrainedReading(reading, str(request.run), tell)
    parts = []
    for split, name in _named_apart(request.data).items():
        path = Path(name)
        if was_trained_on(path, config.data):
            raise ConfigError(f"{path}: the run was trained on this; --split train judges it by folds")
        options = trained.for_file(name).options(on_error=on_error)
        log = ReadLog()
        corpus = load_corpus(path, options, split, get_tokenizer(config.data.tokenizer), log)
        used = options.labels.names.keys() - reading.options().labels.names.keys()
        tell_reading({name: log}, options, corpus.entity_labels, tell, used=used)
        check_gold(corpus.documents, log, options, name)
        parts.append(_Split(split, str(path), options, [(None, corpus.documents)]))
    return parts


def _named_apart(files: Iterable[str]) -> dict[str, str]:
    """Return files by names of their own, which name what is written of each; a file counts once."""
    named: dict[str, str] = {}
    for file in {Path(file).resolve(): file for file in files}.values():
        stem, number = Path(file).stem, 1
        while (name := stem if number == 1 else f"{stem}-{number}") in named:
            number += 1
        named[name] = file
    return named


def _run_data(request: Request, config: RunConfig, tell: Callable[[str], None]) -> RunData | None:
    """Read what the run learned from; None where it is gone, and other files are judged."""
    from onoma.errors import OnomaError
    from onoma.training.data import load_run_data

    try:
        return load_run_data(config.data, config.training.seed)
    except OnomaError as error:
        if not request.data:
            raise
        tell(f"without the precedents of train: {error}")
        return None


def _own_parts(request: Request, config: RunConfig, data: RunData, quiet: bool) -> list[_Split]:
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
            judges = _fold_judges(request, config, documents, data.splits["dev"].documents, quiet)
        path = getattr(config.data, name) or config.data.train
        parts.append(_Split(name, path, config.data.read_options(), judges))
    return parts


def _fold_judges(
    request: Request,
    config: RunConfig,
    train: Sequence[Document],
    dev: Sequence[Document],
    quiet: bool,
) -> list[tuple[Path | None, Sequence[Document]]]:
    """Train the folds' runs that are not there yet."""
    from onoma.api.suites import train_suite
    from onoma.cli.suites import train_shown
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
    if config.training.init_from and not quiet:
        say("the folds' runs start from fresh weights: those of init_from may have seen the documents")
    for group in train_suite(suite, request.out, partial(train_shown, quiet=quiet)):
        for name, message in group.failures:
            raise ModelError(f"{name}: {message}")
    return [(request.out / RUNS / fold.run, fold.held_out) for fold in folds]


def _suspicion(
    parts: Iterable[_Split], run: Path, config: RunConfig, threads: int, tell: Callable[[str], None]
) -> Suspicion:
    from onoma.inspection.suspects import find_suspects

    return find_suspects(_judged(parts, run, config, threads, tell))


def _judged(
    parts: Iterable[_Split], run: Path, config: RunConfig, threads: int, tell: Callable[[str], None]
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
            tell(f"{part.split}: {place.name} judges {len(documents):,} documents")
            theirs = {span.label for document in documents for span in document.entities}
            if message := nothing_in_common(loaded[1].labels, sorted(theirs)):
                raise ConfigError(f"{part.path}: {message}")
            yield from judge(loaded[1], documents, on_nested=config.data.on_nested, split=part.split)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Documents of a part that have suspects, as their file has them."""

    split: str
    format: str
    scheme: str | None
    documents: Sequence[Document]


def _located(suspicion: Suspicion, parts: Iterable[_Split]) -> tuple[Suspicion, list[_Wanted]]:
    """Read the files once more: for the lines, and for the documents as they were before tokenising."""
    from onoma.inspection.places import LocatedReader
    from onoma.readers import ReadLog, get_format

    wanted: list[_Wanted] = []
    lines: dict[tuple[str, str, int], tuple[str, int | None]] = {}
    for part in parts:
        starts: dict[str, set[int]] = {}
        for suspect in suspicion.suspects:
            if suspect.split == part.split:
                starts.setdefault(suspect.document, set()).add(suspect.start)
        log = ReadLog()
        reader = LocatedReader(part.path, part.options, log)
        has_lines = not Path(part.path).is_dir() and not get_format(log.format or "").binary
        documents = []
        for document in reader:
            if document.id in starts:
                documents.append(document)
                for start in starts[document.id]:
                    line = reader.line(document, _sentence(document, start)) if has_lines else None
                    lines[part.split, document.id, start] = (part.path, line)
        if documents:
            wanted.append(_Wanted(part.split, log.format or "", log.scheme, documents))
    suspects = tuple(_placed(suspect, lines) for suspect in suspicion.suspects)
    return replace(suspicion, suspects=suspects), wanted


def _sentence(document: Document, start: int) -> int:
    """The number of the sentence that a character is in; 0 where the file has no sentences."""
    ends = [document.tokens[end - 1].end for first, end in document.sentences if end > first]
    return next((number for number, end in enumerate(ends) if start < end), 0)


def _placed(suspect: Suspect, lines: dict[tuple[str, str, int], tuple[str, int | None]]) -> Suspect:
    path, line = lines.get((suspect.split, suspect.document, suspect.start), ("", None))
    return replace(suspect, path=path, line=line)


def _export(wanted: Iterable[_Wanted], folder: Path, tell: Callable[[str], None]) -> None:
    from onoma.files import atomic_folder
    from onoma.reports.suspects_files import export_documents

    if is_filled(folder):  # somebody may have begun to mend them
        tell(f"{folder}: the documents of an earlier time are kept in {set_aside(folder).name}")
    with atomic_folder(folder) as place:
        for part in wanted:
            exported = export_documents(part.documents, place, part.split, part.format, part.scheme)
            note = f" ({exported.note})" if exported.note else ""
            tell(
                f"{part.split}: {exported.documents} documents as {exported.format}{note}; {exported.ledger}"
            )


def _show(suspicion: Suspicion, request: Request, *, as_json: bool) -> None:
    if as_json:
        suspects = [suspect.as_dict() for suspect in suspicion.suspects]
        print(json.dumps({**suspicion.as_dict(), "suspects": suspects}, ensure_ascii=False))
        return
    from onoma.cli.consoles import SafeConsole
    from onoma.reports.suspects import summary_lines, suspects_table

    shown = min(len(suspicion.suspects), SHOWN if request.limit is None else request.limit)
    console = SafeConsole()
    if shown:
        console.print(suspects_table(suspicion, shown, title=f"{request.run}: label suspects"))
    for line in summary_lines(suspicion, shown):
        console.print(line)
