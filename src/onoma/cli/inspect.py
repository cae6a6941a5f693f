"""``onoma inspect``: what is in the data, and what is wrong with it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onoma.cli.options import Json, Quiet, Threads
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.api.suspect_request import Request
    from onoma.inspection import Inspection
    from onoma.readers import ReadOptions
    from onoma.training.advice.advising import Advice

_SHOWN_PROBLEMS = 20
_KEPT_PROBLEMS = 1000
_EXIT_USAGE = 2


@reads("on_error")
def command(
    data: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DATA...", help="Folder with train, dev and test; files; or a bundled corpus: en, ru."
        ),
    ] = None,
    suspects: Annotated[
        list[Path] | None,
        typer.Option(
            "--suspects",
            metavar="RUN",
            help="Find gold that the run's model contradicts, in what it was not trained on: "
            "the run's dev and test, or DATA. Repeated: of several models of the same data.",
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option("--split", help="Of the run's data: dev, test, or train and all, judged by folds."),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="Models that train is judged by.")] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the folds.")] = 13,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Of the folds' models; the run's own by default.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Most suspects listed and written.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the suspects, their documents, and the folds' runs."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Draw it: write a web page to this file.")
    ] = None,
    advise: Annotated[
        bool,
        typer.Option(
            "--advise", help="Say what to train on it, how many epochs, and how many minutes that takes here."
        ),
    ] = False,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help="Pretrained encoder to advise on: a folder, or an id on the Hub."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there are problems.")] = False,
    max_problems: Annotated[
        int | None,
        typer.Option(
            "--max-problems",
            min=0,
            help="Problems listed for each file, all are counted; "
            f"{_SHOWN_PROBLEMS}, or {_KEPT_PROBLEMS} with --json and --html.",
        ),
    ] = None,
    on_error: Annotated[
        str,
        typer.Option(
            "--on-error",
            help="skip or repair: list the faults and go on; strict: stop at the first.",
        ),
    ] = "skip",
    threads: Threads = 0,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> int:
    """Tell what is in the data and what is wrong with it.

    It streams, whatever the size. Faults are listed with their lines; a file that cannot be read at all is
    one error. With --suspects it lists labels that are probably wrong, and writes their documents to be
    annotated again.
    """
    from onoma.cli.accounts import Tally
    from onoma.cli.pages import refuse_page
    from onoma.errors import ConfigError
    from onoma.inspection import find_parts, inspect_parts

    options = reading.options(on_error=on_error)
    _check_advice(advise=advise, encoder=encoder, suspects=suspects)
    if suspects:
        from onoma.api.suspect_request import OUT_OF_FOLD, Request, named_apart

        request = Request(
            runs=suspects,
            data=named_apart(data or ()),
            reading={"on_error": on_error, **reading.given()},
            split=split or OUT_OF_FOLD,
            folds=folds,
            seed=seed,
            epochs=epochs,
            limit=limit,
            out=out,
            threads=threads,
        )
        return _find_suspects(request, html, strict=strict, as_json=as_json, quiet=quiet)
    _refuse_alone({"--split": split, "--epochs": epochs, "--limit": limit, "--out": out})
    if not data:
        raise ConfigError("name the DATA to inspect, or a run with --suspects RUN")
    parts = find_parts(data)
    _tell_passed_over(data, [part.path for part in parts], quiet=quiet)
    if html is not None:
        refuse_page(html, [part.path for part in parts])
    kept = _KEPT_PROBLEMS if max_problems is None else max_problems
    began = time.perf_counter()
    inspection = inspect_parts(parts, options, max_problems=kept, watch=Tally("inspected", quiet=quiet))
    seconds = time.perf_counter() - began
    arguments = _reading_words(reading, on_error, inspection)
    timing = partial(_advise, encoder=encoder, threads=threads, reading_seconds=seconds, quiet=quiet)
    advice = timing(inspection, data, options, arguments) if advise else None
    if html is not None:
        _write_page(inspection, advice, html, " ".join(data), quiet=quiet)
    if as_json:
        print(json.dumps(inspection.as_dict() | ({"advice": advice.as_dict()} if advice else {})))
    else:
        _print_tables(inspection, _SHOWN_PROBLEMS if max_problems is None else max_problems)
        _print_advice(advice)
    _tell_unused(inspection, options, quiet=quiet)
    if not reading.allow_empty and _tell_doubts(inspection):
        return _EXIT_USAGE
    return 1 if strict and inspection.num_problems else 0


def _check_advice(*, advise: bool, encoder: str | None, suspects: list[Path] | None) -> None:
    from onoma.errors import ConfigError
    from onoma.extras import require

    if encoder is not None and not advise:
        raise ConfigError("--encoder goes with --advise")
    if advise and suspects:
        raise ConfigError("--advise is about data; without --suspects")
    if advise:
        require("train", *(["bert"] if encoder else []))


def _advise(
    inspection: Inspection,
    data: list[str],
    options: ReadOptions,
    arguments: Sequence[str],
    *,
    encoder: str | None,
    threads: int,
    reading_seconds: float,
    quiet: bool,
) -> Advice | None:
    """The advice; None where the data is probably misunderstood, which is said later."""
    from onoma.cli.progress import say
    from onoma.training.advice.advising import advise

    if any(split.doubts for split in inspection.splits):
        return None
    if not quiet:
        say("timing trainings on a sample of the data")
    return advise(
        inspection,
        data,
        options,
        encoder=encoder,
        threads=threads,
        reading_seconds=reading_seconds,
        arguments=arguments,
    )


def _reading_words(reading: Reading, on_error: str, inspection: Inspection) -> list[str]:
    """How a training is told to read as was read here, where faults alone stop nothing."""
    faults = {code for split in inspection.splits for code in split.problem_counts} - {"unseen-label"}
    return [*reading.words(), *(["--on-error", on_error] if faults else ())]


def _print_advice(advice: Advice | None) -> None:
    from onoma.cli.consoles import SafeConsole
    from onoma.reports.advice import advice_lines

    console = SafeConsole(soft_wrap=True)
    for line in ("", "what to train", *advice_lines(advice)) if advice else ():
        console.print(line)


def _tell_passed_over(data: list[str], taken: list[str], *, quiet: bool) -> None:
    from onoma.cli.accounts import tell_passed_over
    from onoma.cli.progress import say

    for name in () if quiet else data:
        folder = Path(name)
        if any(Path(path).parent == folder for path in taken):
            tell_passed_over(folder, taken, say)


def _tell_doubts(inspection: Inspection) -> bool:
    """Say on standard error which files are probably misunderstood; return whether there are any."""
    from onoma.cli.progress import say
    from onoma.readers.plausible import ALL_THE_SAME

    doubts = [f"{split.path}: {doubt.message}" for split in inspection.splits for doubt in split.doubts]
    for doubt in doubts:
        say(f"onoma: error: {doubt}; {ALL_THE_SAME}")
    return bool(doubts)


def _tell_unused(inspection: Inspection, options: ReadOptions, *, quiet: bool) -> None:
    """Say which labels of the map no file has."""
    from onoma.cli.progress import say
    from onoma.readers.account import unused_labels

    mapped = {one.partition("=")[0] for split in inspection.splits for one in split.mapped_labels}
    known = {label for split in inspection.splits for label in split.labels}
    for line in () if quiet else unused_labels(options.labels, (), known, mapped):
        say(line)


def _find_suspects(request: Request, html: Path | None, *, strict: bool, as_json: bool, quiet: bool) -> int:
    from onoma.cli.progress import lines_shown
    from onoma.cli.suspects import inspect_suspects
    from onoma.errors import ConfigError

    if html is not None:
        raise ConfigError("--html draws data; with --suspects, --out DIR gets a page")
    with lines_shown(quiet=quiet):
        found = inspect_suspects(request, as_json=as_json, quiet=quiet)
    return 1 if strict and found else 0


def _refuse_alone(options: Mapping[str, object]) -> None:
    from onoma.errors import ConfigError

    for name, value in options.items():
        if value is not None:
            raise ConfigError(f"{name} goes with --suspects RUN")


def _print_tables(inspection: Inspection, max_problems: int) -> None:
    from onoma.cli.consoles import SafeConsole
    from onoma.reports.inspection_tables import inspection_tables

    console = SafeConsole()
    for part in inspection_tables(inspection, max_problems=max_problems):
        console.print(part, soft_wrap=getattr(part, "no_wrap", None) is True)


def _write_page(
    inspection: Inspection, advice: Advice | None, target: Path, title: str, *, quiet: bool
) -> None:
    from onoma.cli.progress import say
    from onoma.files import write_text
    from onoma.reports.pages import inspection as page

    write_text(target, page.PAGE.render(inspection, title=title, advice=advice))
    if not quiet:
        say(f"written {target}")
