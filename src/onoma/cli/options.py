"""Option types that several commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from onoma.cli.completing import formats
from onoma.threads import MOST_THREADS

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
ToFormat = Annotated[
    str | None,
    typer.Option("--to", help="Format to write; see `onoma formats`.", autocompletion=formats),
]
Encoding = Annotated[str, typer.Option("--encoding", help="Text encoding of the data; never guessed.")]
LongestLine = Annotated[
    int,
    typer.Option("--max-document-mb", min=0, help="Refuse lines of more million characters; 0: no bound."),
]
Threads = Annotated[
    int,
    typer.Option("--threads", min=0, max=MOST_THREADS, help="Threads of the encoder, 0 for all cores."),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no notes, only results, warnings and errors.")
]
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A run, a bundle, hf://OWNER/NAME on the Hub, or a model that comes with Onoma: en, ru.",
    ),
]
