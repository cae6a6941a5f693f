"""Which scores are shown, by which names, in which order: on terminals, on pages, in model cards.

Rates are 0..1 in ``metrics.json`` and percent wherever they are shown. A score is added by a line here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

RATES = {"precision": "precision", "recall": "recall", "f1": "F1"}
"""What a match is scored by, and the headings of tables."""

Group = Literal["all", "mentions", "partial", "tokens", "documents", "calibration"]
Metrics = Mapping[str, Any]  # the M of metrics.json, read back from JSON


class Score(NamedTuple):
    """A score that is shown where it was measured.

    Args:
        key: its place in M of ``metrics.json``, dotted.
        name: in tables.
        group: scores of a group stand together.
        rates: those of `RATES` that M has below the key; none where M has a single number there.
        heading: the column of `RATES` that a single number belongs in; empty where it stands by itself.
    """

    key: str
    name: str
    group: Group
    rates: tuple[str, ...] = ()
    heading: str = ""


_ALL = tuple(RATES)
SCORES = (
    Score("entity", "all, micro", "all", _ALL),
    Score("entity.macro_f1", "all, macro", "all", heading="f1"),
    Score("seen", "seen in training", "mentions", _ALL),
    Score("unseen", "not seen in training", "mentions", _ALL),
    Score("partial.strict", "strict: place and label", "partial", _ALL),
    Score("partial.exact", "exact: place, any label", "partial", _ALL),
    Score("partial.partial", "partial: overlap, any label", "partial", _ALL),
    Score("partial.type", "type: overlap and label", "partial", _ALL),
    Score("token.accuracy", "token accuracy", "tokens"),
    Score("token.macro_f1", "token macro F1", "tokens"),
    Score("token.batch_macro_f1", "token macro F1, mean of batches", "tokens"),
    Score("documents.micro_f1", "document labels, micro F1", "documents"),
    Score("documents.macro_f1", "document labels, macro F1", "documents"),
    Score("calibration.ece", "calibration error (ECE)", "calibration"),
)


class ScoreRow(NamedTuple):
    """A row of a table of matches: ``rates`` as in `RATES` (None: not measured), and gold entities."""

    name: str
    rates: Mapping[str, float | None]
    gold: float | None
    group: Group | Literal["labels"]

    def cells(self, missing: str) -> list[str]:
        """Return the rates in percent and gold; those that it cannot have are empty."""
        rates = [percent(self.rates[rate], missing) if rate in self.rates else "" for rate in RATES]
        return [*rates, "" if self.gold is None else f"{self.gold:,.0f}"]


def match_rows(metrics: Metrics) -> Iterator[ScoreRow]:
    """Yield the scores of entities that were measured, without those of single labels."""
    for score in SCORES:
        found = look_up(metrics, score.key)
        if score.rates and isinstance(found, Mapping):
            gold = number(metrics if score.key == "entity" else found, _gold_key(score))
            yield ScoreRow(score.name, {rate: number(found, rate) for rate in score.rates}, gold, score.group)
        elif score.heading and (value := number(metrics, score.key)) is not None:
            yield ScoreRow(score.name, {score.heading: value}, None, score.group)


def _gold_key(score: Score) -> str:
    return "gold_entities" if score.key == "entity" else "gold"


def label_rows(scores: object) -> list[ScoreRow]:
    """Return the scores by label of entities or document labels, those with most gold first."""
    found = scores.get("per_label") if isinstance(scores, Mapping) else None
    rows = [
        ScoreRow(str(label), {rate: number(row, rate) for rate in RATES}, number(row, "gold"), "labels")
        for label, row in (found or {}).items()
        if isinstance(row, Mapping)
    ]
    return sorted(rows, key=lambda row: (-(row.gold or 0), row.name))


def single_rows(metrics: Metrics, groups: tuple[Group, ...] | None = None) -> list[tuple[str, str]]:
    """Return the scores that are a number by themselves and were measured: name, and value in percent."""
    shown = [score for score in SCORES if not score.rates and not score.heading]
    return [
        (score.name, percent(value))
        for score in shown
        if (groups is None or score.group in groups) and (value := number(metrics, score.key)) is not None
    ]


def flat_names() -> dict[str, str]:
    """Return every number that is compared between models, by its dotted key in M: its name.

    Of the many kinds of matches only F1, but of exact ones all.
    """
    names = {}
    for score in SCORES:
        for rate in score.rates if score.group == "all" else score.rates[-1:]:
            names[f"{score.key}.{rate}"] = f"{RATES[rate]}, {score.name}"
        if not score.rates:
            names[score.key] = f"{RATES[score.heading]}, {score.name}" if score.heading else score.name
    return names


def look_up(values: Metrics, key: str) -> object:
    """Return what is at a dotted key, None where there is nothing."""
    found: Any = values
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def number(values: Metrics, key: str) -> float | None:
    """Return the number at a dotted key, None where there is none."""
    found = look_up(values, key)
    is_number = isinstance(found, int | float) and not isinstance(found, bool) and found == found
    return found if is_number else None  # type: ignore[return-value]


def percent(rate: float | None, missing: str = "-") -> str:
    """Return a rate 0..1 in percent."""
    return missing if rate is None else f"{100 * rate:.2f}"
