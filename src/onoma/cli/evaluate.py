"""``onoma evaluate``: score a model on labelled data."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onoma.cli.options import Encoding, Format, Json, ModelArgument, OnError, SchemeOption, Threads

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
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Score a model: entities, labels, partial matches, tokens, kinds of error. All gold entities count."""
    from onoma.cli.progress import say
    from onoma.metrics.report import evaluate
    from onoma.metrics.seen import train_mentions
    from onoma.readers import ReadOptions, read_corpus
    from onoma.runtime.loading import load
    from onoma.tokenize import tokenize_document

    options = ReadOptions(format=format, scheme=scheme, encoding=encoding, on_error=on_error)
    corpus = read_corpus(data, options)
    mentions = None
    known, known_options = (train, options) if train else _own_training_file(Path(model))
    if known is not None:
        mentions = train_mentions(read_corpus(known, known_options).documents)
    tagger = load(model, threads=threads)
    gold = [tokenize_document(document) for document in corpus.documents]
    evaluation = evaluate(gold, tagger.tag(gold), train_mentions=mentions, scheme=tagger.scheme.name)
    say(f"{data}: {corpus.ledger}")
    if as_json:
        print(json.dumps(evaluation.as_dict()))
    else:
        from onoma.cli.scores import print_evaluation

        print_evaluation(evaluation.as_dict(), f"{model} on {data}")


def _own_training_file(run: Path) -> tuple[Path | None, ReadOptions]:
    """Return the training file that a run was made from, if both are still there, and how to read it."""
    from onoma.readers import ReadOptions

    try:
        data = tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))["data"]
        path = Path(data["train"])
    except (OSError, ValueError, KeyError):
        return None, ReadOptions()
    options = ReadOptions(
        format=data.get("format"),
        scheme=data.get("tag_scheme"),
        encoding=data.get("encoding", "utf-8"),
        on_error=data.get("on_error", "strict"),
    )
    return (path if path.is_file() else None), options
