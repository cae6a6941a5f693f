"""``onoma train``: from labelled files to a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from onoma.cli.options import (
    Encoding,
    Format,
    Json,
    OffsetUnit,
    OnError,
    OnMisaligned,
    Quiet,
    SchemeOption,
    TagColumn,
    Threads,
)


def command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the run; must be empty or new.")],
    model: Annotated[str | None, typer.Option("--model", help="Which rung; see `onoma models`.")] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data", help="Folder with train, dev (or valid) and test files; en or ru: bundled ones."
        ),
    ] = None,
    train: Annotated[Path | None, typer.Option("--train", help="Training file.")] = None,
    dev: Annotated[Path | None, typer.Option("--dev", help="Development file.")] = None,
    test: Annotated[Path | None, typer.Option("--test", help="Test file.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="TOML file with settings.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, such as dropout=0.3; may be repeated.")
    ] = None,
    head: Annotated[str | None, typer.Option("--head", help="softmax or crf.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of weights, batches, dropout.")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Passes over the data.")] = None,
    format: Format = None,
    scheme: SchemeOption = None,
    encoding: Encoding = "utf-8",
    on_error: OnError = "strict",
    on_misaligned: OnMisaligned = None,
    on_nested: Annotated[
        str | None,
        typer.Option("--on-nested", help="Of nested entities, learn the outermost or the innermost."),
    ] = None,
    offset_unit: OffsetUnit = None,
    tag_column: TagColumn = None,
    threads: Threads = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a model and score it.

    The run's folder gets the model as a bundle, scores, predictions, plots, and how it was made.
    """
    from onoma.cli.settings import gather_settings

    given = {
        "head": head,
        "seed": seed,
        "epochs": epochs,
        "format": format,
        "tag_scheme": scheme,
        "encoding": encoding if encoding != "utf-8" else None,
        "on_error": on_error if on_error != "strict" else None,
        "on_misaligned": on_misaligned,
        "on_nested": on_nested,
        "offset_unit": offset_unit,
        "tag_column": tag_column,
        "threads": threads or None,
    }
    files = {"train": train, "dev": dev, "test": test}
    resolved = gather_settings(model, config, data, files, settings or [], given)

    from onoma.cli.progress import TrainingProgress, say, say_nothing
    from onoma.errors import MissingExtraError

    try:
        from onoma.training.loop import Epoch, Step
        from onoma.training.run import Run
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise MissingExtraError("PyTorch", "train") from None
        raise
    from onoma.cli.scores import print_metrics
    from onoma.reports.runs import write_plots

    tell = say_nothing if quiet else say
    run = Run(resolved, out, tell)
    tell(f"{run.threads} threads, {run.device}, {run.precision}")
    with TrainingProgress(resolved.training.epochs, quiet=quiet) as progress:
        for event in run.execute():
            if isinstance(event, Step):
                progress.step(event)
            elif isinstance(event, Epoch):
                progress.epoch(event)
            else:
                finished = event
    write_plots(out / "plots", finished)
    metrics = finished.metrics
    if as_json:
        print(json.dumps(metrics))
    else:
        print_metrics(metrics)
        tell(f"run written to {out}; try: onoma predict {out} -")
