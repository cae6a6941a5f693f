"""How sure a model is to be: the options of all commands that tag, and what is said about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from onoma.cli.option_groups import OptionGroup, option

if TYPE_CHECKING:
    from onoma.runtime.tagger import Tagger


@dataclass(frozen=True)
class Answering(OptionGroup):
    """Which entities a model gives, and how it computes them."""

    min_score: Annotated[
        float | None,
        option("--min-score", metavar="0..1", help="Leave out entities with a lower score than this."),
    ] = None
    min_precision: Annotated[
        float | None,
        option(
            "--min-precision",
            metavar="0..1",
            help="Leave out what is less sure than this share being right asks for, going by the dev data.",
        ),
    ] = None
    min_recall: Annotated[
        float | None,
        option(
            "--min-recall",
            metavar="0..1",
            help="Give candidates off the best path, too, so that on average this share of a text's entities "
            "is covered; guaranteed for texts like the dev data.",
        ),
    ] = None
    precision: Annotated[
        str,
        option(
            "--precision",
            metavar="fp32|bf16|auto",
            help="Number format of PyTorch; bf16 is faster where the processor has it.",
        ),
    ] = "fp32"
    compute: Annotated[str | None, option("--compute", help="An old name of --precision.", hidden=True)] = (
        None
    )

    def loading(self) -> dict[str, Any]:
        """Return what `onoma.load` takes of these; old spellings work, and are said.

        Raises:
            ConfigError: no such number format, or a wanted precision that is given twice.
        """
        from onoma.cli.progress import say
        from onoma.errors import ConfigError, did_you_mean
        from onoma.runtime.loading import NUMBER_FORMATS

        number_format, min_precision = self.precision, self.min_precision
        wanted = _as_share(number_format)  # what --precision was once
        if wanted is not None:
            if min_precision is not None:
                raise ConfigError(f"--precision {number_format} is --min-precision, which is given as well")
            say(f"a wanted precision is now called --min-precision: --min-precision {number_format}")
            min_precision, number_format = wanted, "fp32"
        if self.compute is not None:
            say(f"--compute is now called --precision: --precision {self.compute}")
            number_format = self.compute
        if number_format not in NUMBER_FORMATS:
            hint = did_you_mean(number_format, NUMBER_FORMATS)
            raise ConfigError(f"unknown --precision '{number_format}'{hint}")
        return {
            "min_score": self.min_score,
            "min_precision": min_precision,
            "min_recall": self.min_recall,
            "precision": number_format,
        }


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
