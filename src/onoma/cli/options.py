"""Option types that several commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from onoma.runtime.loading import Compute as Precision
    from onoma.runtime.tagger import Tagger

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
ToFormat = Annotated[str | None, typer.Option("--to", help="Format to write; see `onoma formats`.")]
Encoding = Annotated[str, typer.Option("--encoding", help="Text encoding of the data; never guessed.")]
Threads = Annotated[int, typer.Option("--threads", min=0, help="Threads of the encoder, 0 for all cores.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no notes, only results, warnings and errors.")
]
MinScore = Annotated[
    float | None,
    typer.Option("--min-score", metavar="0..1", help="Leave out entities with a lower score than this."),
]
MinPrecision = Annotated[
    float | None,
    typer.Option(
        "--min-precision",
        metavar="0..1",
        help="Leave out what is less sure than this share being right asks for, going by the dev data.",
    ),
]
MinRecall = Annotated[
    float | None,
    typer.Option(
        "--min-recall",
        metavar="0..1",
        help="Give candidates off the best path, too, so that on average this share of a text's entities is "
        "covered; guaranteed for texts like the dev data.",
    ),
]
NumberFormat = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="fp32|bf16|auto",
        help="Number format of PyTorch; bf16 is faster where the processor has it.",
    ),
]
OldCompute = Annotated[str | None, typer.Option("--compute", hidden=True)]
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A run, a bundle, hf://OWNER/NAME on the Hub, or a model that comes with Onoma: en, ru.",
    ),
]


def settle_precision(
    number_format: str, min_precision: float | None, compute: str | None
) -> tuple[Precision, float | None]:
    """Return the number format and the wanted precision; old spellings work, and are said.

    Args:
        number_format: of ``--precision``, which was a wanted precision once.
        min_precision: of ``--min-precision``.
        compute: of ``--compute``, which was the number format once.

    Raises:
        ConfigError: no such number format, or a wanted precision that is given twice.
    """
    from onoma.cli.progress import say
    from onoma.errors import ConfigError, did_you_mean
    from onoma.runtime.loading import NUMBER_FORMATS

    wanted = _as_share(number_format)
    if wanted is not None:
        if min_precision is not None:
            raise ConfigError(f"--precision {number_format} is --min-precision, which is given as well")
        say(f"a wanted precision is now called --min-precision: --min-precision {number_format}")
        min_precision, number_format = wanted, "fp32"
    if compute is not None:
        say(f"--compute is now called --precision: --precision {compute}")
        number_format = compute
    if number_format not in NUMBER_FORMATS:
        hint = did_you_mean(number_format, NUMBER_FORMATS)
        raise ConfigError(f"unknown --precision '{number_format}'{hint}")
    return cast("Precision", number_format), min_precision


def _as_share(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def say_threshold(tagger: Tagger, precision: float | None) -> None:
    """Tell on standard error from which score on entities are given, if one was asked for."""
    from onoma.cli.progress import say

    if precision is not None:
        confidence = tagger.confidence
        point = confidence.point_for(precision)
        right, found = confidence.precision[point], confidence.recall[point]
        score = f"entities with a score of {confidence.thresholds[point]:.4f} or more"
        say(f"{score}; on dev {right:.1%} of them are right, and {found:.1%} of all are found")
    elif tagger.promise is not None:
        for line in tagger.promise.lines():
            say(line)
    elif tagger.min_score:
        say(f"entities with a score of {tagger.min_score:g} or more")
