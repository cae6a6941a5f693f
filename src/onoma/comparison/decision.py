"""Which model to ship: the cheapest that is not worse, of those that fit the constraints.

1. Models that break a constraint are out.
2. Of the rest, the one with the highest mean F1 is the reference.
3. A model is *not worse* when the lower end of the 95 % interval of its difference to the reference is not
   below minus the margin (non-inferiority).
   What finds nothing that is right is worth no cost: where that is all, there is no recommendation.
4. Of those the cheapest is recommended, by the median latency of one sentence. What cannot be told apart
   from the fastest is as fast: models whose interval reaches into the fastest one's, or whose median is
   within 5 % of its. Among these the smallest is taken, by size to two significant digits; then the one with
   the highest F1.

A model whose cost is not known is never the cheaper one, and keeps to no limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from onoma.comparison.evidence import Difference
from onoma.runtime.given_cost import AnyCost

DEFAULT_MARGIN = 0.5
LATENCY = "latency_p50_ms"
"""Of `Cost`: what cheap means."""
_NOTHING = "finds nothing that is right"
NEAR = 1.05
"""Latencies that differ by less than this factor are equal."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a model must keep to; None is no limit.

    Args:
        max_latency_ms: of the p95 of one sentence.
        max_size_mb: of the bundle, in millions of bytes.
        max_memory_mb: of the prediction process, above the interpreter.
        min_throughput: tokens a second in bulk.
        margin: F1 points (0..100) that may be lost to the best that keeps to the limits.
    """

    max_latency_ms: float | None = None
    max_size_mb: float | None = None
    max_memory_mb: float | None = None
    min_throughput: float | None = None
    margin: float = DEFAULT_MARGIN

    def as_dict(self) -> dict[str, float | None]:
        """Return plain JSON-ready values."""
        return asdict(self)

    @property
    def any_limit(self) -> bool:
        """Whether there is a limit on the cost."""
        return any(value is not None for name, value in self.as_dict().items() if name != "margin")

    def violations(self, cost: AnyCost | None) -> tuple[str, ...]:
        """Return what a cost breaks, in words; what is not known keeps to no limit."""
        if cost is None:
            return ("its cost is not known",) if self.any_limit else ()
        broken = []
        for name, unit, key, limit, sign in self._limits():
            value = cost.figure(key)
            if value is None:
                broken.append(f"its {name} is not known")
            elif sign * (value - limit) > 0:
                side = "above" if sign > 0 else "below"
                broken.append(f"{name} {_shown(value)} {unit} is {side} {_shown(limit)} {unit}")
        return tuple(broken)

    def close_calls(self, cost: AnyCost) -> tuple[str, ...]:
        """Return the limits that lie within the interval of what was measured, in words."""
        return tuple(
            f"{name} of {' to '.join(map(_shown, cost.interval(key)))} {unit} against {_shown(limit)}"
            for name, unit, key, limit, _ in self._limits()
            if cost.is_measured and cost.interval(key)[0] < limit < cost.interval(key)[1]
        )

    def _limits(self) -> Iterator[tuple[str, str, str, float, int]]:
        """Name, unit and key of what is limited; the limit, and 1 where it is an upper, -1 a lower one."""
        limits = (
            ("p95 latency", "ms", "latency_p95_ms", self.max_latency_ms, 1),
            ("size", "MB", "bundle_mb", self.max_size_mb, 1),
            ("memory", "MB", "memory_mb", self.max_memory_mb, 1),
            ("throughput", "tokens/s", "tokens_per_second", self.min_throughput, -1),
        )
        for name, unit, key, limit, sign in limits:
            if limit is not None:
                yield name, unit, key, limit, sign


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that could be shipped: name, mean F1 (0..1), cost, and number of seeds, 0 of one without."""

    name: str
    f1: float
    cost: AnyCost | None
    num_seeds: int = 1

    @property
    def latency(self) -> float | None:
        """What cheap means; None where it is not known."""
        return None if self.cost is None else self.cost.figure(LATENCY)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one model.

    Args:
        name: of the model.
        fits: whether it keeps to the constraints.
        qualifies: whether it fits and is not worse than the best that fits.
        why: in words.
        difference: to the best that fits; None where it does not fit.
    """

    name: str
    fits: bool
    qualifies: bool
    why: str
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The recommendation.

    Args:
        model: its name; None when none qualifies.
        reason: in one sentence.
        reference: the best model that keeps to the constraints.
        verdicts: on every model, in the given order.
        constraints: that were asked for.
    """

    model: str | None
    reason: str
    reference: str | None
    verdicts: tuple[Verdict, ...]
    constraints: Constraints

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON-ready values."""
        return {
            "model": self.model,
            "reason": self.reason,
            "reference": self.reference,
            "constraints": self.constraints.as_dict(),
            "models": [asdict(verdict) for verdict in self.verdicts],
        }


def decide(
    candidates: Sequence[Candidate],
    difference: Callable[[str, str], Difference],
    constraints: Constraints,
) -> Decision:
    """Recommend one of the candidates, or none.

    Args:
        candidates: all models with scores.
        difference: (one, other) to how much the one is better.
        constraints: to keep to.
    """
    fitting = [one for one in candidates if not constraints.violations(one.cost)]
    best = max(fitting, key=lambda one: one.f1, default=None)
    verdicts = tuple(_judge(one, best, difference, constraints) for one in candidates)
    if best is None:
        reason = _why_none(candidates, verdicts)
        return Decision(None, reason, None, verdicts, constraints)
    if best.f1 <= 0:
        verdicts = tuple(
            replace(one, qualifies=False, why=_NOTHING, difference=None) if one.fits else one
            for one in verdicts
        )
        limits = ", of those that keep to the limits," if constraints.any_limit else ""
        reason = f"No model qualifies: none{limits} finds anything that is right, every F1 is 0."
        return Decision(None, reason, None, verdicts, constraints)
    names = {verdict.name for verdict in verdicts if verdict.qualifies}
    qualified = [one for one in fitting if one.name in names]
    cheapest, as_fast = _cheapest(qualified)
    reason = _reason(cheapest, best, candidates, difference, constraints, qualified, as_fast)
    return Decision(cheapest.name, reason, best.name, verdicts, constraints)


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return the indices of (quality, cost) points that no other point beats, by rising cost.

    A point is beaten when another is at least as good at no more cost, and better in one of the two.
    """
    order = sorted(range(len(points)), key=lambda index: (points[index][1], -points[index][0]))
    front: list[int] = []
    for index in order:
        quality, cost = points[index]
        if not front or quality > points[front[-1]][0] or (quality, cost) == points[front[-1]]:
            front.append(index)
    return front


def _judge(
    one: Candidate,
    best: Candidate | None,
    difference: Callable[[str, str], Difference],
    constraints: Constraints,
) -> Verdict:
    broken = constraints.violations(one.cost)
    if broken or best is None:
        return Verdict(one.name, False, False, "; ".join(broken), None)
    found = difference(one.name, best.name)
    if one.name == best.name:
        return Verdict(one.name, True, True, "the best that keeps to the limits", found)
    qualifies = 100 * found.low >= -constraints.margin - 1e-9
    why = (
        f"{100 * found.value:+.2f} points to {best.name}, at worst {100 * found.low:+.2f}: "
        f"{'not worse' if qualifies else 'may be worse'} by the margin of {constraints.margin:g}"
    )
    return Verdict(one.name, True, qualifies, why, found)


def _cheapest(candidates: Sequence[Candidate]) -> tuple[Candidate, list[Candidate]]:
    """Return the cheapest and the others that are as fast; of unknown cost only for lack of others."""
    known = [(one, one.cost, one.latency) for one in candidates if one.cost and one.latency is not None]
    if not known:
        return max(candidates, key=lambda one: one.f1), []
    _, fastest, least = min(known, key=lambda row: row[2])
    top = fastest.interval(LATENCY)[1]
    equal = [
        one for one, cost, latency in known if cost.interval(LATENCY)[0] <= top or latency <= NEAR * least
    ]
    chosen = min(equal, key=lambda one: (_size(one), -one.f1))
    return chosen, [one for one in equal if one is not chosen]


def _size(one: Candidate) -> float:
    """Size to two digits; what is not known is no smaller than anything."""
    size = one.cost.figure("bundle_mb") if one.cost else None
    return float("inf") if size is None else float(f"{size:.1e}")


def _price(one: Candidate) -> str:
    """What is known of the two figures that decide, in brackets."""
    if one.cost is None:
        return ""
    size = one.cost.figure("bundle_mb")
    parts = [f"{_digits(one.latency)} ms a sentence"] if one.latency is not None else []
    parts += [f"{_shown(size)} MB"] if size is not None else []
    return f" ({', '.join(parts)})" if parts else ""


def _reason(
    chosen: Candidate,
    best: Candidate,
    candidates: Sequence[Candidate],
    difference: Callable[[str, str], Difference],
    constraints: Constraints,
    qualified: Sequence[Candidate],
    as_fast: Sequence[Candidate],
) -> str:
    """The reason in one sentence."""
    limits = " of those within the limits" if constraints.any_limit else ""
    price, unknown = _price(chosen), [one for one in qualified if one.latency is None]
    if chosen.name == best.name:
        others = "it is also the cheapest of the models"
        if len(qualified) == 1:
            others = "no other model is"
        elif chosen.latency is None:
            others = "no cost is known of the models that are"
        elif unknown:
            others += " of known cost"
        parts = [
            f"{chosen.name}{price} has the highest F1{limits}, {100 * chosen.f1:.2f}, and {others} "
            f"surely within {constraints.margin:g} points of it"
        ]
        if len(candidates) == 1:
            parts = [f"{chosen.name}{price} is the only model, with an F1 of {100 * chosen.f1:.2f}"]
    else:
        found = difference(chosen.name, best.name)
        parts = [
            f"{chosen.name}{price} is the cheapest model that is not worse than the best{limits}, "
            f"{best.name}: {100 * found.value:+.2f} F1 points, at worst {100 * found.low:+.2f}, "
            f"within the margin of {constraints.margin:g}"
        ]
    if unknown and chosen.latency is not None:
        parts.append(f"what {_listed(unknown)} would cost is not known")
    if as_fast:
        parts.append(
            f"{_listed(as_fast)} cannot be told apart from it by speed, so that {_tie(chosen, as_fast)}"
        )
    overall = max(candidates, key=lambda one: one.f1)
    if overall.name not in (best.name, chosen.name):
        lost = 100 * difference(overall.name, chosen.name).value
        parts.append(f"the limits cost {lost:.2f} points to {overall.name}, the best of all")
    if chosen.num_seeds == 1:
        parts.append("of a single seed, so chance in training is not covered")
    elif not chosen.num_seeds:
        parts.append("judged as it is, so chance in training is not covered")
    return "; ".join(parts) + "."


def _listed(candidates: Sequence[Candidate]) -> str:
    *most, last = (one.name for one in candidates)
    return f"{', '.join(most)} and {last}" if most else last


def _tie(chosen: Candidate, others: Sequence[Candidate]) -> str:
    """What decides between models of equal speed."""
    return "size decides" if len({_size(one) for one in (chosen, *others)}) > 1 else "F1 decides"


def _why_none(candidates: Sequence[Candidate], verdicts: Sequence[Verdict]) -> str:
    if not candidates:
        return "No model qualifies: no run is finished."
    best = max(candidates, key=lambda one: one.f1)
    why = next(verdict.why for verdict in verdicts if verdict.name == best.name)
    return f"No model qualifies: none keeps to the limits; of the best one, {best.name}, {why}."


def _digits(value: float) -> str:
    """Two digits, and all that stand before the point."""
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.2g}"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
