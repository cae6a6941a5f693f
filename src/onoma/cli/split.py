"""``onoma split``: one file into train, dev and test."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from onoma.cli.options import Json, Quiet, ToFormat
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.readers import Format as DataFormat
    from onoma.text import Document

_MANY = 1_000_000


@reads()
def command(
    source: Annotated[str, typer.Argument(metavar="IN", help="File in any readable format; - is a pipe.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the parts; must be empty or new.")],
    test: Annotated[float, typer.Option("--test", help="Share of the test part; 0 leaves it out.")] = 0.1,
    dev: Annotated[float, typer.Option("--dev", help="Share of the dev part; 0 leaves it out.")] = 0.1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same parts.")] = 13,
    by: Annotated[
        Literal["document", "sentence"], typer.Option("--by", help="What is kept whole.")
    ] = "document",
    stratify: Annotated[
        bool, typer.Option("--stratify/--no-stratify", help="Give each part its share of every label.")
    ] = True,
    group_duplicates: Annotated[
        bool,
        typer.Option("--group-duplicates/--no-group-duplicates", help="Keep equal texts in one part."),
    ] = True,
    to_format: ToFormat = None,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Divide a file into train, dev and test.

    The parts have the sizes asked for and each its share of every label; the order of the input is kept.
    """
    from onoma.api.splitting import sentences_of
    from onoma.cli.accounts import Tally, tell_doubts, tell_reading
    from onoma.cli.progress import say, say_nothing
    from onoma.files import refuse_filled
    from onoma.readers import ReadLog, read_documents
    from onoma.readers.account import mapped_labels
    from onoma.readers.partition import divide_documents, part_sizes

    options = reading.options()
    shares = {"dev": dev, "test": test}
    part_sizes(_MANY, shares)  # wrong shares are said before a long reading
    refuse_filled(out)
    tell = say_nothing if quiet else say
    log = ReadLog()
    tally = Tally("read", quiet=quiet)
    stream = read_documents(source, options, log)
    format = _writable(to_format, log.format)
    documents = list(tally(stream))
    tell_reading({source: log}, options, tally.gold.labels, tell)
    tell(f"read {source} ({log.format}): {tally.documents} documents; {log.ledger()}")
    tell_doubts(tally.gold, log, options, source, tell)
    units, dividing = sentences_of(documents, say) if by == "sentence" else (documents, None)
    parts = divide_documents(units, shares, seed, stratify=stratify, group_duplicates=group_duplicates)
    files, writing = _write(parts, out, format, log.scheme or "BIO")
    summary: dict[str, Any] = {
        "format": format.name,
        "files": files,
        "by": by,
        "seed": seed,
        "duplicates": len(units) - len({unit.text for unit in units}),
        "parts": {name: _count(members) for name, members in parts.items()},
        "sentences_also_in_train": _count_seen(parts),
        "reading": log.ledger().as_dict(),
        "dividing": None if dividing is None else dividing.as_dict(),
        "writing": writing,
        "labels": mapped_labels(log),
        "problems": dict(log.problem_counts),
    }
    _tell_duplicates(summary, len(units), tell, grouped=group_duplicates)
    if as_json:
        print(json.dumps(summary))
    else:
        _print_table(summary["parts"], f"{source} by {by}, seed {seed}")


def _writable(asked: str | None, read: str | None) -> DataFormat:
    from onoma.errors import ConfigError
    from onoma.readers import get_format

    format = get_format(asked or read or "")
    if not format.written:
        raise ConfigError(f"the format '{format.name}' is only read: name one to write with --to")
    return format


def _write(
    parts: Mapping[str, Sequence[Document]], out: Path, format: DataFormat, scheme: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Write all parts or none; return the files and the ledgers by part."""
    from onoma.files import atomic_folder
    from onoma.readers import write_documents
    from onoma.readers.fitting import Fitter

    suffix = format.suffixes[0] if format.write is not None else ""  # else each part is a folder
    names = {part: f"{part}{suffix}" for part in parts}
    writing = {}
    with atomic_folder(out) as folder:
        for part, documents in parts.items():
            fitter = Fitter(tagged=format.tagged, on_tokens=format.on_tokens)
            written = write_documents(folder / names[part], map(fitter.fit, documents), format.name, scheme)
            writing[part] = {"fitting": fitter.ledger.as_dict(), "writing": written.as_dict()}
    return {part: str(out / name) for part, name in names.items()}, writing


def _count(documents: Sequence[Document]) -> dict[str, Any]:
    return {
        "documents": len(documents),
        "sentences": sum(len(document.sentences) for document in documents),
        "tokens": sum(len(document.tokens) for document in documents),
        "entities": sum(len(document.entities) for document in documents),
        "labels": dict(Counter(span.label for document in documents for span in document.entities)),
    }


def _count_seen(parts: Mapping[str, Sequence[Document]]) -> dict[str, int]:
    """How many sentences of each other part stand in train, too."""
    from onoma.readers.partition import sentence_texts

    known = {text for document in parts["train"] for text in sentence_texts(document)}
    return {
        part: sum(text in known for document in documents for text in sentence_texts(document))
        for part, documents in parts.items()
        if part != "train"
    }


def _tell_duplicates(
    summary: Mapping[str, Any], total: int, tell: Callable[[str], None], *, grouped: bool
) -> None:
    if summary["duplicates"]:
        where = "in the part of the one they repeat" if grouped else "placed like any other"
        tell(f"{summary['duplicates']} of {total} {summary['by']}s repeat an earlier one; they are {where}")
    else:
        tell(f"no {summary['by']} repeats another")
    for part, count in summary["sentences_also_in_train"].items():
        if count:
            tell(f"{count} sentences of {part} also stand in train")


def _print_table(parts: Mapping[str, Mapping[str, Any]], title: str) -> None:
    """Print counts, and each label's share of entities by part, on standard output."""
    from onoma.cli.consoles import SafeConsole
    from onoma.reports.figure_tables import FiguresTable

    def row(name: str, counts: Sequence[int]) -> list[str]:
        whole = sum(counts)
        shown = [f"{count:,} {count / whole:6.1%}" if whole else "0" for count in counts]
        return [name, f"{whole:,}", *shown]

    rows = []
    for name in ("documents", "sentences", "tokens", "entities"):
        counts = [part[name] for part in parts.values()]
        if any(counts) or name == "entities":  # raw text has no tokens to count
            rows.append(row(name, counts))
    for label in sorted({label for part in parts.values() for label in part["labels"]}):
        rows.append(row(label, [part["labels"].get(label, 0) for part in parts.values()]))
    SafeConsole().print(FiguresTable(["", "all", *parts], rows, title=title))
