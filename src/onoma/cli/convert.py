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
    from onoma.readers import Format
    from onoma.text import Document
    from onoma.tokenize import MisalignedPolicy


_SUGGESTED = (
    "the entities have scores, so they are a model's: written as suggestions, which nobody has confirmed "
    "(--no-suggest: as annotations)"
)


class _Scores:
    """Counts entities with scores that pass by."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, document: Document) -> Document:
        self.number += sum(span.score is not None for span in document.entities)
        return document


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
    from onoma.cli.accounts import Tally, tell_doubts, tell_reading
    from onoma.cli.progress import say, say_nothing
    from onoma.readers import ReadLog, read_documents, write_documents
    from onoma.readers.account import mapped_labels
    from onoma.readers.fitting import Fitter
    from onoma.readers.plausible import some_documents
    from onoma.readers.registry import Suggested
    from onoma.readers.suggesting import by_a_model, write_suggestions

    options = reading.options(scheme=from_scheme)
    _refuse_same(source, target, as_json=as_json)
    log = ReadLog()
    documents = some_documents(read_documents(source, options, log), source, allow_empty=options.allow_empty)
    format = _target_format(target, to_format, log.format, scheme)
    fitter = Fitter(
        tagged=format.tagged,
        on_nested=on_nested,
        on_misaligned=cast("MisalignedPolicy", reading.on_misaligned or "expand"),
    )
    tally = Tally("converted", quiet=quiet)
    tell = say_nothing if quiet else say
    scored, found = by_a_model(map(fitter.fit, tally(documents)))
    if suggest is None:
        suggest = scored and format.suggest is not None and not format.own
        if suggest:
            tell(_SUGGESTED)
    counted = _Scores()
    place = sys.stdout if target == "-" else Path(target)
    if suggest:
        model = Path(source).name if source != "-" else "unknown"
        suggestions = (Suggested(document, model, None, "converted") for document in found)
        written = write_suggestions(place, suggestions, format.name)
    else:
        written = write_documents(place, map(counted, found), format.name, scheme or "BIO")
    tell_reading({source: log}, options, tally.gold.labels, tell)
    tell(f"read {source} ({log.format}): {tally.documents} documents; {log.ledger()}")
    tell_doubts(tally.gold, log, options, source, tell)
    if fitter.ledger.kept != fitter.ledger.read:
        tell(f"made to fit {format.name}: {fitter.ledger}")
    tell(f"written {target} ({format.name}): {written}")
    if counted.number and not format.scores:
        tell(f"scores of {counted.number} entities are left out: {format.name} has no place for them")
    if tally.relations and not format.relations:
        tell(f"{tally.relations} relations are left out: {format.name} has no place for them")
    if as_json:
        account = {
            "from": log.format,
            "to": format.name,
            "documents": tally.documents,
            "reading": log.ledger().as_dict(),
            "fitting": fitter.ledger.as_dict(),
            "writing": written.as_dict(),
            "suggestions": suggest,
            "labels": mapped_labels(log),
            "problems": dict(log.problem_counts),
        }
        print(json.dumps(account))


def _refuse_same(source: str, target: str, *, as_json: bool) -> None:
    from onoma.errors import ConfigError

    if target == "-":
        if as_json:
            raise ConfigError("OUT '-' and --json would both go to standard output: name a file")
    elif source != "-" and Path(source).resolve() == Path(target).resolve():
        raise ConfigError(f"{target}: IN and OUT are the same file; give OUT another name")


def _target_format(target: str, asked: str | None, preferred: str | None, scheme: str | None) -> Format:
    """Return the format to write, which must be one that can be written and can hold what was asked for."""
    from onoma.errors import ConfigError
    from onoma.readers import get_format
    from onoma.readers.registry import format_for_target
    from onoma.tags import get_scheme

    if asked is None and target == "-":
        raise ConfigError("standard output has no suffix: name the format with --to")
    format = format_for_target(target, preferred) if asked is None else get_format(asked)
    if scheme is not None:
        get_scheme(scheme)
        if not format.tagged:
            raise ConfigError(f"{format.name} has no tag scheme; that of the input is --from-scheme")
    return format
