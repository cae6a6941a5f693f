"""``onoma weak``: soft labels from word lists, patterns, models and functions, without gold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onoma.cli.options import Encoding, Json, Quiet, Threads

if TYPE_CHECKING:
    from onoma.training.distillation.merging import Election

SHOWN = (
    "labels",
    "documents",
    "sentences",
    "tokens",
    "held_out_documents",
    "entities",
    "not_taught",
    "left_out",
)
"""What ``--json`` tells of the record of targets, beside sources and conflicts."""


def command(
    rules: Annotated[
        Path | None, typer.Argument(metavar="RULES.toml", help="Names the sources; see --example.")
    ] = None,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RAW...",
            help="Text, a document a line, .gz too, or documents of any format without their labels.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the targets; empty or new.")] = None,
    merge: Annotated[str, typer.Option("--merge", help="hmm: learn whom to believe; or majority.")] = "hmm",
    functions: Annotated[
        Path | None,
        typer.Option(
            "--functions", metavar="FILE.py", help="Python functions that vote, too. The file is run."
        ),
    ] = None,
    text_format: Annotated[
        str | None, typer.Option("--format", help="Format of RAW, found when not given; text: lines.")
    ] = None,
    encoding: Encoding = "utf-8",
    tokenizer: Annotated[
        str | None, typer.Option("--tokenizer", help="What cuts the texts: onoma, whitespace or characters.")
    ] = None,
    max_words: Annotated[int, typer.Option("--max-words", min=0, help="So many words only; 0: all.")] = 0,
    held_out: Annotated[
        float,
        typer.Option("--held-out", min=0, max=0.5, help="Share of the documents for dev.jsonl; 0: none."),
    ] = 0.05,
    conflicts: Annotated[
        int, typer.Option("--conflicts", min=0, help="How many kinds of conflict are shown with examples.")
    ] = 5,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what a killed command left; same options.")
    ] = False,
    example: Annotated[
        bool, typer.Option("--example", help="Print rules to begin with, for English and Russian.")
    ] = False,
    threads: Threads = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Label texts without gold: sources vote, and it is learned whom to believe.

    What comes out is a folder of soft labels, as distill makes them: train on it alone, or beside gold.
    """
    from onoma.api.voting import example_rules, plan_election
    from onoma.cli.progress import lines_shown
    from onoma.errors import ConfigError

    if example:
        print(example_rules(), end="")
        return 0
    if rules is None or not texts or out is None:
        raise ConfigError(
            "onoma weak needs RULES.toml, RAW and --out SILVER; begin with onoma weak --example > rules.toml"
        )
    with lines_shown(quiet=quiet):
        election = plan_election(
            rules,
            texts,
            merge=merge,
            functions=functions,
            text_format=text_format,
            encoding=encoding,
            tokenizer=tokenizer,
            max_words=max_words,
            held_out=held_out,
            threads=threads,
        )
    return _label(election, out, conflicts, resume=resume, as_json=as_json, quiet=quiet)


def _label(election: Election, out: Path, conflicts: int, *, resume: bool, as_json: bool, quiet: bool) -> int:
    from onoma.api.jobs import SAME_COMMAND, make_silver
    from onoma.cli.progress import Progress, lines_shown, say

    with lines_shown(quiet=quiet), Progress(quiet=quiet) as progress:
        made = make_silver(election, out, resume=resume, watch=progress, go_on=SAME_COMMAND)
    record = dict(made.record)
    if as_json:
        found = {"out": str(out), "merge": election.merge, **{name: record[name] for name in SHOWN}}
        print(json.dumps({**found, "sources": record["sources"], "conflicts": record["conflicts"]}))
        return 0
    _show(record, conflicts)
    if not quiet:
        say(_next_step(out, record))
    return 0


def _show(record: dict[str, Any], limit: int) -> None:
    from onoma.cli.consoles import SafeConsole
    from onoma.reports.silver import conflict_lines, sources_table

    console = SafeConsole(soft_wrap=True)
    SafeConsole().print(sources_table(record["sources"]))
    for line in conflict_lines(record["conflicts"], limit):
        console.print(line, markup=False, highlight=False)


def _next_step(out: Path, record: dict[str, Any]) -> str:
    import shlex

    place = shlex.quote(str(out))
    data = place if record["held_out_documents"] else "GOLD"
    share = " --set targets_share=1" if record["held_out_documents"] else ""
    return (
        f"soft labels written to {out}; try: onoma train --model bilstm-crf --data {data} "
        f"--set targets={place}{share} --out RUN"
    )
