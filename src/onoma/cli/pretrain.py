"""``onoma pretrain``: from raw text to an encoder."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onoma.cli.option_groups import takes
from onoma.cli.options import Encoding, Json, Quiet
from onoma.cli.training_options import Computing
from onoma.training.signals import StopSignals

if TYPE_CHECKING:
    from onoma.training.pretraining.loop import Measured, Update
    from onoma.training.pretraining.run import Pretraining

_PLAIN_SECONDS = 15.0


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
    computing: Computing,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the killed run in --out.")] = False,
    encoding: Encoding = "utf-8",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Train a small encoder as a masked language model, or an existing one further.

    The folder is one that Hugging Face's libraries load, and that `onoma train --model bert --set
    encoder=FOLDER` fine-tunes.
    """
    from onoma.extras import require

    require("train", "bert")
    from onoma.cli.progress import say, say_nothing
    from onoma.errors import ConfigError
    from onoma.training.pretraining.config import SIZES, PretrainingConfig
    from onoma.training.pretraining.run import Pretraining

    if sum(map(bool, (epochs, steps, minutes))) > 1:
        raise ConfigError("--epochs, --steps and --minutes are three ways to say how long: give one")
    config = PretrainingConfig(
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
        learning_rate=learning_rate or (1e-4 if source else SIZES[size].learning_rate),
        **computing.settings(),
    )
    shown = _Progress(quiet=quiet)
    tell = say_nothing if quiet else say
    run = Pretraining(texts, encoding, config, out, tell, shown.read, resume=resume)
    signals = _train(run, shown)
    if run.stopping:
        done = f"stopped by {signals.name} after step {run.trainer.step}"
        say(f"{done}; go on with the same command and --resume")
        return signals.exit_code
    last = run.trainer.history[-1]
    tell(f"perplexity {last['perplexity']:.2f}; try: onoma train --model bert --set encoder={out} ...")
    if as_json:
        print(json.dumps({**last, "folder": str(out)}))
    return 0


def _train(run: Pretraining, shown: _Progress) -> StopSignals:
    from onoma.training.pretraining.loop import Update

    def request() -> bool:
        run.stop()
        return True

    with StopSignals(request) as signals:
        for event in run.execute():
            if isinstance(event, Update):
                shown.update(event)
            else:
                shown.measured(event)
    return signals


class _Progress:
    """One line that changes on a terminal, lines now and then elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._started = self._last = time.perf_counter()
        self._share = -1.0  # done before the first update of this process
        self._speed = 0.0

    def read(self, words: int) -> None:
        self._show(f"reading: {words:,} words")

    def update(self, event: Update) -> None:
        from onoma.cli.progress import format_seconds

        now = event.pieces / max(1e-9, event.seconds)
        self._speed = 0.95 * self._speed + 0.05 * now if self._speed else now
        if self._share < 0:  # it also warms up: what is left is told from the second on
            self._started, self._share = time.perf_counter(), event.share
            return
        taken = time.perf_counter() - self._started
        left = (1 - event.share) * taken / max(1e-9, event.share - self._share)
        self._show(
            f"step {event.step:,} {event.share:.0%}: loss {event.loss:.3f}, "
            f"{self._speed:,.0f} pieces/s, {format_seconds(left)} left"
        )

    def measured(self, event: Measured) -> None:
        self._show(
            f"step {event.step:,}: train loss {event.train_loss:.3f}, held-out perplexity "
            f"{event.perplexity:.2f}, {event.pieces_per_second:,.0f} pieces/s, {event.seconds:,.0f} s",
            always=True,
        )

    def _show(self, line: str, *, always: bool = False) -> None:
        now = time.perf_counter()
        if self._quiet or not (always or now - self._last >= (0.5 if self._live else _PLAIN_SECONDS)):
            return
        self._last = now
        clear = "\r\x1b[K" if self._live else ""
        print(clear + line, file=sys.stderr, end="" if self._live and not always else "\n", flush=True)
