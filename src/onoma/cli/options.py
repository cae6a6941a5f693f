"""Option types that several commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from onoma.runtime.tagger import Tagger

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
ToFormat = Annotated[str | None, typer.Option("--to", help="Format to write; see `onoma formats`.")]
Encoding = Annotated[str, typer.Option("--encoding", help="Text encoding of the data; never guessed.")]
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
Tokenizer = Annotated[
    str | None,
    typer.Option(
        "--tokenizer",
        metavar="NAME",
        help="What cuts raw text into tokens: onoma (words, the default), whitespace, or characters "
        "(Chinese, Thai).",
    ),
]
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A run, a bundle, hf://OWNER/NAME on the Hub, or a model that comes with Onoma: en, ru.",
    ),
]


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
