"""``onoma predict``: tag texts from files or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onoma.cli.options import Compute, MinScore, ModelArgument, Quiet, Threads, WantedPrecision, say_threshold
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.text import Document


@reads(
    "on_misaligned", "document_labels", format="Input format: text, or one of `onoma formats`; by content."
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
        Literal["pretty", "jsonl", "conll", "html"], typer.Option("--to", help="How to show the result.")
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
    min_score: MinScore = None,
    precision: WantedPrecision = None,
    threads: Threads = 0,
    compute: Compute = "fp32",
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Tag texts from files or standard input.

    Every character offset is kept; it streams, so that input may be endless.
    """
    from onoma.cli.gold import GoldQueue
    from onoma.cli.inputs import read_inputs
    from onoma.errors import ConfigError
    from onoma.runtime.loading import load

    if gold and to != "html":
        raise ConfigError("--gold is shown on the page of --to html only")
    as_text = reading.format == "text"
    options = (reading.without("format") if as_text else reading).options(
        gold=gold is True, on_misaligned="expand"
    )
    tagger = load(model, threads=threads, min_score=min_score, precision=precision, compute=compute)
    if not quiet:
        say_threshold(tagger, precision)
    queue = GoldQueue(gold) if to == "html" else None
    read = (read_inputs([path], options, as_text=as_text) for path in inputs or ["-"])
    documents = chain.from_iterable(map(queue.watch, read) if queue is not None else read)
    # Someone typing, or a program that waits for each answer, gets it line by line.
    live = not inputs or inputs == ["-"]
    tagged = tagger.pipe(documents, chunk_tokens=1) if live and sys.stdin.isatty() else tagger.pipe(documents)
    title = ", ".join(inputs or ["standard input"])
    _write(tagged, to, out, title=title, scores=scores, gold=queue)


def _write(
    documents: Iterator[Document],
    to: str,
    out: Path | None,
    *,
    title: str,
    scores: bool,
    gold: Iterable[Document | None] | None,
) -> None:
    from onoma.files import atomic_path
    from onoma.readers import write_documents

    if to in ("jsonl", "conll"):
        format = "spans-jsonl" if to == "jsonl" else "conll"
        write_documents(out or sys.stdout, documents, format=format)
    elif out is None:
        for piece in _render(documents, to, title, scores, gold, color=sys.stdout.isatty()):
            sys.stdout.write(piece)
    else:
        with atomic_path(out) as part, part.open("w", encoding="utf-8") as file:
            file.writelines(_render(documents, to, title, scores, gold, color=False))


def _render(
    documents: Iterator[Document],
    to: str,
    title: str,
    scores: bool,
    gold: Iterable[Document | None] | None,
    *,
    color: bool,
) -> Iterator[str]:
    if to == "html":
        from onoma.reports.page import html_page

        yield from html_page(documents, title=title, gold=gold)
    else:
        from onoma.reports.render import pretty

        for document in documents:
            yield pretty(document, color=color, scores=scores) + "\n"
