"""``onoma encoder``: cut a pretrained encoder down to the word pieces that texts use."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onoma.cli.options import Encoding, Json, LongestLine, Quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_TOLD_WORDS = 20_000

group = typer.Typer(help="Make pretrained encoders smaller.", no_args_is_help=True, rich_markup_mode=None)


@group.callback()
def _several() -> None:
    """Commands stand under their names even where there is one."""


@group.command()
def trim(
    encoder: Annotated[str, typer.Argument(metavar="ENCODER", help="Folder, or an id on the Hub.")],
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT...", help="Raw text, a paragraph a line; .gz too, - for standard input."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="New folder for the smaller encoder.")],
    min_count: Annotated[
        int, typer.Option("--min-count", min=1, help="Keep pieces that the texts use so often.")
    ] = 1,
    cased: Annotated[
        bool | None,
        typer.Option("--cased/--uncased", help="Whether capitals count, for a bare vocab.txt."),
    ] = None,
    encoding: Encoding = "utf-8",
    max_document_mb: LongestLine = 64,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Keep the word pieces that texts use: of a multilingual encoder, most weights are rows of others."""
    from onoma.extras import require

    require("bert")
    from onoma.cli.progress import Progress, say
    from onoma.files import refuse_filled
    from onoma.models.encoder_folder import find_encoder
    from onoma.models.encoder_trimming import trim_encoder
    from onoma.readers import RawText

    refuse_filled(out)
    folder = find_encoder(encoder)
    raw = RawText(tuple(texts), encoding, max_document_mb)
    with Progress(quiet=quiet) as progress:
        lines = _told(raw.lines(), progress)
        done = trim_encoder(folder, lines, out, min_count=min_count, cased=cased)
    if not quiet:
        say(
            f"{out}: {done.pieces:,} of {done.pieces_before:,} pieces, {done.parameters:,} of "
            f"{done.parameters_before:,} weights"
        )
        share = done.words_as_before / done.words
        say(f"{done.words_as_before:,} of {done.words:,} distinct words are cut as before ({share:.2%})")
        say(f"try: onoma train --model bert --set {shlex.quote(f'encoder={out}')} ...")
    if as_json:
        print(json.dumps({**asdict(done), "folder": str(out)}))


def _told(lines: Iterable[str], report: Callable[[object], None]) -> Iterator[str]:
    """Yield the lines, and report how many words have been read."""
    from onoma.training.events import WordsRead

    words = told = 0
    for line in lines:
        yield line
        words += line.count(" ") + 1
        if words - told >= _TOLD_WORDS:
            told = words
            report(WordsRead(words))
