"""``onoma annotate``: tag archives by many processes, so that whatever dies costs a shard."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onoma.cli.answering import Answering
from onoma.cli.option_groups import takes
from onoma.cli.options import Json, ModelArgument, Quiet
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.annotation.events import AnnotationEnded


@takes(Answering)
@reads(
    "on_misaligned",
    "document_labels",
    format="Input format: text, or one of `onoma formats`; by content.",
    on_error="skip: leave out what cannot be read, and list it (default); repair; strict: stop at it.",
    labels="Rename (A=B), merge or drop (A=) the labels that are found; may be repeated.",
)
def command(
    model: ModelArgument,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="IN...", help="Files, folders, URLs: texts (a line is a document) or data."),
    ],
    out: Annotated[
        str, typer.Option("--out", help="Folder, or URL of one, for the parts, the ledger and the totals.")
    ],
    to: Annotated[
        Literal["jsonl", "jsonl.gz", "parquet", "conll"], typer.Option("--to", help="What is written.")
    ] = "jsonl",
    engine: Annotated[
        str, typer.Option("--engine", help="local: processes here; ray: Ray (onoma[cluster]); or another's.")
    ] = "local",
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Workers of one thread each, 0 for one a core.")
    ] = 0,
    address: Annotated[
        str | None, typer.Option("--address", help="Of a Ray cluster; without it Ray is started here.")
    ] = None,
    shard_mb: Annotated[
        float, typer.Option("--shard-mb", help="Millions of bytes (2 ** 20) of input a shard.")
    ] = 32,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what was begun in --out.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    answering: Answering,
    reading: Reading,
) -> int:
    """Tag files and folders by many processes; what was done when something died is done.

    The output is the same, whatever the engine, the number of workers and the history.
    """
    from onoma.api.annotating import annotate_files
    from onoma.cli.progress import Progress, lines_shown, say

    given = reading.options(on_misaligned="expand", on_error="skip", gold=False)
    with lines_shown(quiet=quiet), Progress(quiet=quiet) as progress:
        done = annotate_files(
            model,
            inputs,
            out,
            loading=answering.loading(),
            reading=given,
            to=to,
            engine=engine,
            address=address,
            workers=workers,
            resume=resume,
            shard_mb=shard_mb,
            watch=progress,
            go_on=f"go on with: {_command_to_go_on()}",
        )
    if not quiet:
        say(_summary(done))
    for line in _warnings(done):
        say(line)
    if as_json:
        rate = {"seconds": round(done.seconds, 2), "tokens_per_second": round(done.tokens_per_second)}
        print(json.dumps({"folder": out, **done.totals.to_dict(), **rate}, ensure_ascii=False))
    return 1 if done.totals.broken or not done.totals.documents else 0


def _summary(done: AnnotationEnded) -> str:
    from onoma.cli.events import format_seconds

    totals = done.totals
    speed = f", {done.tokens_per_second:,.0f} tokens/s" if done.new_tokens else ""
    return (
        f"{totals.documents:,} documents, {totals.tokens:,} tokens, {totals.entities.total():,} entities in "
        f"{totals.shards:,} parts; {format_seconds(done.seconds)}{speed}, "
        f"{format_seconds(totals.cpu_seconds)} of processors in all"
    )


def _warnings(done: AnnotationEnded) -> list[str]:
    """What is said with ``--quiet``, too."""
    from onoma.annotation.refused import REFUSED

    totals, lines = done.totals, []
    if totals.refused:
        kinds = ", ".join(f"{code} {count:,}" for code, count in totals.refused.most_common())
        lines.append(f"warning: {totals.refused.total():,} refused ({kinds}): see {done.folder}/{REFUSED}")
    if totals.broken:
        lines.append(f"warning: {totals.broken:,} files could not be read to their end")
    if totals.flattened:
        lines.append(
            f"warning: {totals.flattened:,} entities have no room in this format and are not written"
        )
    if not totals.documents:
        lines.append("warning: no document was found")
    return lines


def _command_to_go_on() -> str:
    given = sys.argv[1:]
    return shlex.join(["onoma", *given, *([] if "--resume" in given else ["--resume"])])
