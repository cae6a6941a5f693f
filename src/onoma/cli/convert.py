"""``onoma convert``: data from one format to another, with the account of every entity."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from onoma.cli.options import Json, Quiet, ToFormat
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.tokenize import MisalignedPolicy


@reads("scheme")
def command(
    source: Annotated[str, typer.Argument(metavar="IN", help="File in any readable format; - is a pipe.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="File to write, .gz packs it; - is a pipe.")],
    to_format: ToFormat = None,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="Tag scheme to write; BIO when not given.")
    ] = None,
    from_scheme: Annotated[
        str | None, typer.Option("--from-scheme", help="Tag scheme of IN; found by content when not given.")
    ] = None,
    on_nested: Annotated[
        str | None,
        typer.Option(
            "--on-nested",
            help="Of overlapping entities write the outermost (columns' default), the innermost; "
            "keep all (spans' default); or error.",
        ),
    ] = None,
    suggest: Annotated[
        bool | None,
        typer.Option(
            "--suggest/--no-suggest",
            help="Write entities as what a model suggests, or as annotations. By default those with scores "
            "are suggestions, where OUT's format can tell.",
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Convert data to another format.

    It streams, whatever the size. What became of every entity is said on standard error.
    """
    from onoma.api.writing import SUGGESTED, target_format, write_fitted
    from onoma.cli.accounts import Tally, tell_doubts, tell_reading
    from onoma.cli.progress import say, say_nothing
    from onoma.readers import ReadLog, read_documents
    from onoma.readers.account import mapped_labels
    from onoma.readers.plausible import some_documents

    options = reading.options(scheme=from_scheme)
    _check_target(source, target, to_format, as_json=as_json)
    log = ReadLog()
    documents = some_documents(read_documents(source, options, log), source, allow_empty=options.allow_empty)
    tally = Tally("converted", quiet=quiet)
    tell = say_nothing if quiet else say
    written = write_fitted(
        sys.stdout if target == "-" else Path(target),
        tally(documents),
        target_format(target, to_format, log.format, scheme=scheme),
        scheme=scheme,
        on_nested=on_nested,
        on_misaligned=cast("MisalignedPolicy", reading.on_misaligned or "expand"),
        suggest=suggest,
        origin=Path(source).name if source != "-" else "unknown",
    )
    if written.suggested and suggest is None:
        tell(f"{SUGGESTED} (--no-suggest: as annotations)")
    tell_reading({source: log}, options, tally.gold.labels, tell)
    tell(f"read {source} ({log.format}): {tally.documents} documents; {log.ledger()}")
    tell_doubts(tally.gold, log, options, source, tell)
    tell(f"written {target} ({written.format}): {written.writing}")
    for note in written.notes():
        tell(note)
    if as_json:
        account = {
            "from": log.format,
            "to": written.format,
            "documents": tally.documents,
            "reading": log.ledger().as_dict(),
            "fitting": written.fitting.as_dict(),
            "writing": written.writing.as_dict(),
            "suggestions": written.suggested,
            "labels": mapped_labels(log),
            "problems": dict(log.problem_counts),
        }
        print(json.dumps(account))


def _check_target(source: str, target: str, to_format: str | None, *, as_json: bool) -> None:
    from onoma.errors import ConfigError
    from onoma.files import refuse_originals

    if target == "-":
        if as_json:
            raise ConfigError("OUT '-' and --json would both go to standard output: name a file")
        if to_format is None:
            raise ConfigError("standard output has no suffix: name the format with --to")
    else:
        refuse_originals([target], [source], "OUT")
