"""What a model costs as somebody says: of predictions that come without their model, or of a service."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from onoma.runtime.cost import Cost, Interval


class GivenCost(BaseModel):
    """Some of the figures of a `Cost`, in the same units, as they were given; None is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    latency_p50_ms: float | None = Field(None, gt=0, description="median time for one sentence")
    latency_p95_ms: float | None = Field(None, gt=0, description="95 % of sentences take at most so long")
    tokens_per_second: float | None = Field(None, gt=0, description="in bulk")
    cold_start_seconds: float | None = Field(None, gt=0, description="from start to first answer")
    memory_mb: float | None = Field(None, gt=0, description="of the process, above the bare interpreter")
    bundle_mb: float | None = Field(None, gt=0, description="size on disk, in millions of bytes")

    @property
    def is_measured(self) -> bool:
        """Whether it was measured here, with the others."""
        return False

    def figure(self, name: str) -> float | None:
        """Return a figure by name; None where it is not known."""
        value: float | None = getattr(self, name)
        return value

    def interval(self, name: str) -> Interval:
        """Return twice the figure, which must be known: there are no rounds."""
        value = self.figure(name)
        assert value is not None
        return value, value

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values of what is known."""
        return {"given": True, **self.model_dump(exclude_none=True)}


AnyCost = Cost | GivenCost
