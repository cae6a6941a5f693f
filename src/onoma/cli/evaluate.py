"""``onoma evaluate``: score a model on labelled data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onoma.cli.options import (
    DocumentLabels,
    Encoding,
    Format,
    Json,
    ModelArgument,
    OffsetUnit,
    OnError,
    OnMisaligned,
    SchemeOption,
    TagColumn,
    Threads,
    read_options,
)

if TYPE_CHECKING:
    from onoma.readers import ReadOptions


def command(
    model: ModelArgument,
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Labelled file in any readable format.")],
    train: Annotated[
        Path | None,
        typer.Option(
            "--train", help="Training file, to tell seen from unseen mentions; a run knows its own."
        ),
    ] = None,
    format: Format = None,
    scheme: SchemeOption = None,
    encoding: Encoding = "utf-8",
    on_error: OnError = "strict",
    on_misaligned: OnMisaligned = None,
    offset_unit: OffsetUnit = None,
    tag_column: TagColumn = None,
    document_labels: DocumentLabels = None,
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Score a model on labelled data.

    Entities, labels, partial matches, tokens, kinds of error; all gold entities count.
    """
    from onoma.cli.progress import say
    from onoma.metrics.report import evaluate
    from onoma.metrics.seen import train_mentions
    from onoma.readers import read_corpus
    from onoma.runtime.loading import load
    from onoma.tokenize import tokenize_document

    options = read_options(
        format,
        scheme,
        encoding,
        on_error,
        on_misaligned or "expand",
        offset_unit,
        tag_column,
        document_labels,
    )
    corpus = read_corpus(data, options)
    mentions = None
    known, known_options = (train, options) if train else _own_training_file(Path(model))
    if known is not None:
        mentions = train_mentions(read_corpus(known, known_options).documents)
    tagger = load(model, threads=threads)
    gold = [tokenize_document(document) for document in corpus.documents]
    evaluation = evaluate(
        gold,
        tagger.tag(gold),
        train_mentions=mentions,
        num_unread=corpus.ledger.num_unread,
    )
    say(f"{data}: {corpus.ledger}")
    if as_json:
        print(json.dumps(evaluation.as_dict()))
    else:
        from onoma.cli.scores import print_evaluation

        print_evaluation(evaluation.as_dict(), f"{model} on {data}")


def _own_training_file(run: Path) -> tuple[Path | None, ReadOptions]:
    """Return the training file that a run was made from, if both are still there, and how to read it."""
    from onoma.errors import ConfigError
    from onoma.readers import ReadOptions
    from onoma.training.config import DataConfig, read_settings, validate

    try:
        data = validate(DataConfig, read_settings(run / "config.toml").get("data", {}), "data")
    except ConfigError:
        return None, ReadOptions()
    path = Path(data.train)
    return (path if path.exists() else None), data.read_options()
