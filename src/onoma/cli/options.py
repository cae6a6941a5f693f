"""Option types that several commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from onoma.readers import ReadOptions
    from onoma.runtime.tagger import Tagger

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Format = Annotated[
    str | None, typer.Option("--format", help="Format of the data; found by name and content when not given.")
]
FromFormat = Annotated[
    str | None, typer.Option("--from", help="Format of IN; found by name and content when not given.")
]
ToFormat = Annotated[str | None, typer.Option("--to", help="Format to write; see `onoma formats`.")]
SchemeOption = Annotated[
    str | None, typer.Option("--scheme", help="Tag scheme of column files; found by content when not given.")
]
Encoding = Annotated[str, typer.Option("--encoding", help="Text encoding of the data; never guessed.")]
OnError = Annotated[
    str, typer.Option("--on-error", help="strict: stop at the first fault; skip or repair: go on, and count.")
]
OnMisaligned = Annotated[
    str | None,
    typer.Option("--on-misaligned", help="Entities off token edges: error, expand, shrink or drop."),
]
OffsetUnit = Annotated[
    str | None,
    typer.Option("--offset-unit", help="What offsets in the data count: codepoint, utf16 or utf8."),
]
TagColumn = Annotated[
    int | None,
    typer.Option("--tag-column", min=1, help="Column of the tags in column files, the last by default."),
]
DocumentLabels = Annotated[
    str | None,
    typer.Option(
        "--document-labels",
        help="What labels a document: field (what the file says), or the types of its relations or entities, "
        "or none; the format's own way when not given.",
    ),
]
Threads = Annotated[int, typer.Option("--threads", min=0, help="Threads of the encoder, 0 for all cores.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no notes, only results and errors.")
]
MinScore = Annotated[
    float | None,
    typer.Option("--min-score", metavar="0..1", help="Leave out entities with a lower score than this."),
]
WantedPrecision = Annotated[
    float | None,
    typer.Option(
        "--precision",
        metavar="0..1",
        help="Leave out what is less sure than this share being right asks for, going by the dev data.",
    ),
]
Compute = Annotated[
    Literal["fp32", "bf16", "auto"],
    typer.Option("--compute", help="Number format of PyTorch; bf16 is faster where the processor has it."),
]
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A run, a bundle, hf://OWNER/NAME on the Hub, or a model that comes with Onoma: en, ru.",
    ),
]


def read_options(
    format: str | None,
    scheme: str | None,
    encoding: str,
    on_error: str,
    on_misaligned: str | None,
    offset_unit: str | None,
    tag_column: int | None,
    document_labels: str | None = None,
) -> ReadOptions:
    """Return how to read, from a command's options; None is the readers' default.

    Raises:
        ConfigError: an option has a value that does not exist.
    """
    from onoma.readers import ReadOptions

    return ReadOptions(
        format=format,
        scheme=scheme,
        encoding=encoding,
        on_error=on_error,
        on_misaligned=on_misaligned or "error",
        offset_unit=offset_unit,
        tag_column=tag_column,
        document_labels=document_labels,
    )


def say_threshold(tagger: Tagger, precision: float | None) -> None:
    """Tell on standard error from which score on entities are given, if one was asked for."""
    from onoma.cli.progress import say

    if precision is not None:
        confidence = tagger.confidence
        point = confidence.point_for(precision)
        right, found = confidence.precision[point], confidence.recall[point]
        score = f"entities with a score of {confidence.thresholds[point]:.4f} or more"
        say(f"{score}; on dev {right:.1%} of them are right, and {found:.1%} of all are found")
    elif tagger.min_score:
        say(f"entities with a score of {tagger.min_score:g} or more")
