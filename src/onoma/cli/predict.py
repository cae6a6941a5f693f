"""``onoma predict``: tag texts from files or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from onoma.cli.answering import Answering, say_threshold
from onoma.cli.option_groups import takes
from onoma.cli.options import ModelArgument, Quiet, Threads
from onoma.cli.reading import Reading, reads
from onoma.cli.terminal import beneath, takes_color

if TYPE_CHECKING:
    from onoma.readers import ReadOptions
    from onoma.text import Document

_WRITTEN = {"jsonl": "spans-jsonl", "conll": "conll", "csv": "csv-text", "parquet": "parquet"}
"""What ``--to`` writes as data, and the name of its format."""
_MAX_NAMES = 5
"""Of inputs, in the title of a page."""


@takes(Answering)
@reads(
    "on_misaligned",
    "document_labels",
    format="Input format: text, or one of `onoma formats`; by content.",
    labels="Rename (A=B), merge or drop (A=) the labels that are found; may be repeated.",
)
def command(
    model: ModelArgument,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE ...|-]", help="Texts (a line is a document) or data in any readable format."
        ),
    ] = None,
    to: Annotated[
        Literal["pretty", "jsonl", "conll", "csv", "parquet", "html", "svg"],
        typer.Option("--to", help="How to show the result; parquet needs --out, svg is one picture of all."),
    ] = "pretty",
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; standard output when not given.")
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="Show each entity's probability (pretty).")
    ] = False,
    gold: Annotated[
        bool | None,
        typer.Option(
            "--gold/--no-gold",
            help="Show the input's own entities beside the predicted ones (html); by default if it has any.",
        ),
    ] = None,
    show_labels: Annotated[
        bool | None,
        typer.Option(
            "--show-document-labels/--hide-document-labels",
            help="Show document labels; when not given, of documents from three sentences on, and in data.",
        ),
    ] = None,
    threads: Threads = 0,
    quiet: Quiet = False,
    *,
    answering: Answering,
    reading: Reading,
) -> None:
    """Tag texts from files or standard input.

    Every character offset is kept; it streams, so that input may be endless.
    """
    from onoma.api.inputs import TaggingInputs
    from onoma.cli.gold import GoldQueue
    from onoma.cli.progress import say, say_nothing
    from onoma.errors import ConfigError
    from onoma.extras import require
    from onoma.files import refuse_originals
    from onoma.readers.inputs import has_sound_gold, told_apart
    from onoma.readers.label_map import map_entities
    from onoma.runtime.loading import load
    from onoma.runtime.recall import check_promise

    if to == "html":
        require("report")
    if gold and to != "html":
        raise ConfigError("--gold is shown on the page of --to html only")
    if to == "parquet" and out is None:
        raise ConfigError("parquet is binary and cannot go to standard output: name a file with --out")
    if out is not None:
        refuse_originals([out], inputs or ())
    labels = reading.options().labels
    check_promise(answering.min_recall is not None, labels)
    tell = say_nothing if quiet else say

    def with_gold(path: str, options: ReadOptions) -> ReadOptions:
        options = replace(options, labels=labels)
        shown = gold or (to == "html" and gold is None and has_sound_gold(path, options))
        return replace(options, gold=bool(shown))

    wanted = answering.loading()
    tagger = load(model, threads=threads, **wanted)
    if not quiet:
        say_threshold(tagger, wanted["min_precision"])
        if show_labels and tagger.documents is None:
            say(f"{model}: gives no document labels, so that there are none to show")
    queue = GoldQueue(gold) if to == "html" else None
    reader = TaggingInputs(reading.given(), model, tell, with_gold)
    read = (reader.documents(path) for path in inputs or ["-"])
    each = chain.from_iterable(map(queue.watch, read) if queue is not None else read)
    documents = told_apart(each, tell) if len(inputs or ()) > 1 else each
    # Someone typing, or a program that waits for each answer, gets it line by line.
    live = not inputs or inputs == ["-"]
    tagged = tagger.pipe(documents, chunk_tokens=1) if live and sys.stdin.isatty() else tagger.pipe(documents)
    tagged = (map_entities(document, labels) for document in tagged)
    shown = _Shown(_title(inputs or ["-"]), scores, show_labels)
    _write(tagged, to, out, shown, gold=queue)


class _Shown(NamedTuple):
    """What people see beside the entities; ``labels`` is None where nothing was said of document labels."""

    title: str
    scores: bool
    labels: bool | None


def _title(inputs: list[str]) -> str:
    """Return the names of the inputs, without their places: a page is shown to others."""
    names = [
        "standard input" if name == "-" else name if "://" in name else Path(name).name or name
        for name in inputs
    ]
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _write(
    documents: Iterator[Document],
    to: str,
    out: Path | None,
    shown: _Shown,
    *,
    gold: Iterable[Document | None] | None,
) -> None:
    from onoma.files import atomic_path
    from onoma.readers import write_documents
    from onoma.reports.topics import without_labels

    if to in _WRITTEN:
        if shown.labels is False:
            documents = map(without_labels, documents)
        write_documents(out or sys.stdout, documents, format=_WRITTEN[to])
    elif out is None:
        color = takes_color(sys.stdout)
        drawn = to in ("html", "svg")  # the others' colours are for terminals; `pretty` escapes the data
        stream = beneath(sys.stdout) if color and not drawn else sys.stdout
        for piece in _render(documents, to, shown, gold, color=color):
            stream.write(piece)
    else:
        with atomic_path(out) as part, part.open("w", encoding="utf-8") as file:
            file.writelines(_render(documents, to, shown, gold, color=False))


def _render(
    documents: Iterator[Document],
    to: str,
    shown: _Shown,
    gold: Iterable[Document | None] | None,
    *,
    color: bool,
) -> Iterator[str]:
    if to == "html":
        from onoma.reports.pages import prediction

        yield from prediction.PAGE.pieces(documents, title=shown.title, gold=gold, labels=shown.labels)
    elif to == "svg":
        from onoma.reports.picture import picture

        yield picture(documents)
    else:
        from onoma.reports.render import pretty

        for document in documents:
            yield pretty(document, color=color, scores=shown.scores, labels=shown.labels) + "\n"
