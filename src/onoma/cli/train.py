"""``onoma train``: from labelled files to a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onoma.cli.options import Json, Quiet, Threads, Tokenizer
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.training.config import RunConfig


@reads()
def command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the run; empty or new, unless --resume.")],
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
    head: Annotated[
        str | None, typer.Option("--head", help="softmax, crf, or span for entities within entities.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of weights, batches, dropout.")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Passes over the data.")] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the killed run in --out; it keeps its settings."),
    ] = False,
    init_from: Annotated[
        Path | None, typer.Option("--init-from", help="Run or bundle whose weights to start from.")
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option("--vectors", help="File of pretrained word vectors for a word-based model.")
    ] = None,
    on_nested: Annotated[
        str | None,
        typer.Option("--on-nested", help="Of nested entities, learn the outermost or the innermost."),
    ] = None,
    tokenizer: Tokenizer = None,
    threads: Threads = 0,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> int:
    """Train a model and score it.

    The run's folder gets the model as a bundle, scores, predictions, plots, and how it was made. A run that
    was killed goes on with --resume; its weights will be those of a run that never was.
    """
    from onoma.cli.accounts import tell_passed_over
    from onoma.cli.progress import say
    from onoma.errors import ConfigError
    from onoma.training.folder import METRICS, is_finished, stored_config, tidy_finished
    from onoma.training.settings import data_folder, gather_settings, read_assignments

    options = {
        "head": head,
        "seed": seed,
        "epochs": epochs,
        "on_nested": on_nested,
        **reading.settings(),
        "threads": threads or None,
        "init_from": str(init_from.resolve()) if init_from else None,
        "vectors": str(vectors.resolve()) if vectors else None,
        "data.tokenizer": tokenizer,
    }
    given = read_assignments(settings or []) | {k: v for k, v in options.items() if v is not None}
    files = {"train": train, "dev": dev, "test": test}
    stored = stored_config(out) if resume else None
    if resume and stored is None and model is None and config is None:
        raise ConfigError(f"{out}: no run has begun here; to begin one, give --model and --data")
    resolved = gather_settings(model, given, config=config, data=data, files=files, stored=stored)
    if data is not None and not quiet:
        taken = [path for path in (resolved.data.train, resolved.data.dev, resolved.data.test) if path]
        tell_passed_over(data_folder(data), taken, say)

    if stored is not None and is_finished(out):
        say(f"{out}: this run is finished, there is nothing to resume")
        tidy_finished(out)
        _show(json.loads((out / METRICS).read_text(encoding="utf-8")), as_json=as_json)
        return 0
    return _train(resolved, out, resume=resume, as_json=as_json, quiet=quiet)


def _train(config: RunConfig, out: Path, *, resume: bool, as_json: bool, quiet: bool) -> int:
    from onoma.api.jobs import train_run
    from onoma.cli.progress import TrainingProgress, say, say_nothing
    from onoma.errors import StoppedError

    tell = say_nothing if quiet else say
    try:
        with TrainingProgress(config.training.epochs, quiet=quiet) as progress:
            finished = train_run(config, out, resume=resume, say=tell, warn=say, watcher=progress)
    except StoppedError as stopped:
        say(str(stopped))
        return stopped.exit_code
    _show(finished.metrics, as_json=as_json)
    if not as_json:
        tell(f"run written to {out}; try: onoma predict {out} -")
    return 0


def _show(metrics: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(metrics))
    else:
        from onoma.cli.scores import print_metrics

        print_metrics(metrics)
