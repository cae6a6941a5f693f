"""How far a model's scores are to be believed, as its bundle says: measured on dev when it was trained."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from onoma.errors import ConfigError
from onoma.metrics.thresholds import MAX_POINTS, Curve, best_precision, choose_threshold
from onoma.runtime.recall import Covering

_Rate = Annotated[float, Field(ge=0, le=1)]
_Rates = Annotated[list[_Rate], Field(max_length=MAX_POINTS)]
_Count = Annotated[int, Field(ge=1, lt=1 << 53)]


class Confidence(BaseModel):
    """The temperature of entity scores, and what is left of dev's predictions from each threshold on.

    Args:
        temperature: see `onoma.metrics.temperature`; 1 leaves the scores as they are.
        thresholds: from low to high. [P]
        precision: [P]
        recall: [P]
        kept: [P]
        covering: what dev says about recall; None where that is not known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    temperature: float = Field(1.0, ge=0.05, le=20)
    thresholds: _Rates = []
    precision: _Rates = []
    recall: _Rates = []
    kept: Annotated[list[_Count], Field(max_length=MAX_POINTS)] = []
    covering: Covering | None = None

    @model_validator(mode="after")
    def _check_curve(self) -> Confidence:
        if len({len(column) for column in self.curve}) != 1:
            raise ValueError("its columns differ in length")
        if any(low >= high for low, high in pairwise(self.thresholds)):
            raise ValueError("its thresholds do not rise")
        if any(low < high for column in (self.recall, self.kept) for low, high in pairwise(column)):
            raise ValueError("a higher threshold keeps more")
        return self

    @property
    def curve(self) -> Curve:
        """Precision and recall on dev by threshold."""
        return Curve(self.thresholds, self.precision, self.recall, self.kept)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values, as ``config.json`` holds them."""
        return self.model_dump(exclude_none=True)

    def lowest_score(self, min_score: float | None, precision: float | None) -> float | None:
        """Return the score from which on entities are given; None where nothing is asked for.

        Args:
            min_score: that score.
            precision: what share of the given entities is to be right; the score is looked up.

        Raises:
            ConfigError: both are given or one is out of range, the bundle does not know its precision, or
                it was not reached on dev.
        """
        if min_score is not None and precision is not None:
            raise ConfigError("--min-score and --min-precision exclude each other: give one of them")
        if min_score is not None and not 0 <= min_score <= 1:
            raise ConfigError(f"--min-score {min_score:g}: a score lies in 0..1")
        if precision is None:
            return min_score
        if not 0 < precision <= 1:
            raise ConfigError(f"--min-precision {precision:g}: a precision lies above 0 and is 1 at most")
        return self.thresholds[self.point_for(precision)]

    def point_for(self, precision: float) -> int:
        """Return the point of the curve from which on ``precision`` was reached on dev.

        Raises:
            ConfigError: the bundle does not know, or it was not reached.
        """
        if not self.thresholds:
            raise ConfigError(
                "the model does not know which scores give a precision: it was trained by an older Onoma, or "
                "found nothing on dev; train it again, or give --min-score"
            )
        point = choose_threshold(self.curve, precision)
        if point is None:
            best = best_precision(self.curve)
            reached = f"the best is {best:g}" if best else f"it has only {self.kept[0]} predictions"
            raise ConfigError(f"a precision of {precision:g} was not reached on dev, {reached}; ask for less")
        return point
