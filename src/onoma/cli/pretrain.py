"""``onoma pretrain``: from raw text to an encoder."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from onoma.cli.option_groups import takes
from onoma.cli.options import Encoding, Json, LongestLine, Quiet
from onoma.cli.training_options import Computing


@takes(Computing, seed="Seed of weights, masks, and what is held out.")
def command(
    *,
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT...", help="Raw text, a paragraph a line; .gz too, - for standard input."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the encoder; empty or new.")],
    size: Annotated[
        Literal["tiny", "mini", "small"],
        typer.Option("--size", help="2 layers of 128, 4 of 256, or 6 of 384."),
    ] = "mini",
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Encoder (a BERT or ModernBERT) to train further on the text."),
    ] = None,
    pieces: Annotated[
        int,
        typer.Option(
            "--pieces",
            "--vocab-size",
            min=0,
            help="Word pieces to learn; 0: 8,000, 12,000 or 16,000 by size.",
        ),
    ] = 0,
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Drop capitals.")] = False,
    begin: Annotated[
        Literal["vectors", "random"],
        typer.Option("--begin", help="Embeddings begin as word2vec's (needs onoma[vectors]), or at random."),
    ] = "vectors",
    block: Annotated[int, typer.Option("--block", min=16, max=512, help="Pieces read at a time.")] = 128,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Blocks an update.")] = 16,
    epochs: Annotated[
        int, typer.Option("--epochs", min=0, help="Passes over the text; 1 without --steps or --minutes.")
    ] = 0,
    steps: Annotated[int, typer.Option("--steps", min=0, help="Updates to make.")] = 0,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0, help="Time to train; reading the text comes on top.")
    ] = 0.0,
    masked: Annotated[
        float, typer.Option("--masked", min=0.01, max=0.9, help="Share of words that is hidden.")
    ] = 0.3,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            "--learning-rate", min=0, help="Peak; by size 0.005, 0.0025, 0.0015; with --from 0.0001."
        ),
    ] = None,
    memory_mb: Annotated[
        int,
        typer.Option("--memory-mb", min=0, help="For the text; more of it is read from the disk of --out."),
    ] = 1_000,
    computing: Computing,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the killed run in --out.")] = False,
    encoding: Encoding = "utf-8",
    max_document_mb: LongestLine = 64,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Train a small encoder as a masked language model, or an existing one further.

    The folder is one that Hugging Face's libraries load, and that `onoma train --model bert --set
    encoder=FOLDER` fine-tunes.
    """
    from onoma.extras import require

    require("train", "bert")
    from onoma.api.jobs import SAME_COMMAND, pretrain_encoder
    from onoma.cli.progress import Progress, lines_shown, say
    from onoma.errors import ConfigError
    from onoma.readers import RawText
    from onoma.training.config import validate
    from onoma.training.pretraining.config import PretrainingConfig

    if sum(map(bool, (epochs, steps, minutes))) > 1:
        raise ConfigError("--epochs, --steps and --minutes are three ways to say how long: give one")
    given = dict(
        size=size,
        source=str(source) if source else None,
        begin=begin,
        pieces=pieces,
        lowercase=lowercase,
        block=block,
        batch_size=batch_size,
        epochs=epochs,
        steps=steps,
        minutes=minutes,
        masked=masked,
        learning_rate=learning_rate,
        memory_mb=memory_mb,
        **computing.settings(),
    )
    config = validate(PretrainingConfig, given, "pretraining")
    raw = RawText(tuple(texts), encoding, max_document_mb)
    with lines_shown(quiet=quiet), Progress(quiet=quiet) as progress:
        done = pretrain_encoder(raw, config, out, resume=resume, watch=progress, go_on=SAME_COMMAND)
    last = done.history[-1]
    if not quiet:
        setting = shlex.quote(f"encoder={out}")
        say(f"perplexity {last['perplexity']:.2f}; try: onoma train --model bert --set {setting} ...")
    if as_json:
        print(json.dumps({**last, "folder": str(out)}))
    return 0
