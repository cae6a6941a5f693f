"""What a reader has to know to judge a comparison, in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from onoma.comparison.decision import LATENCY
from onoma.comparison.evidence import Evidence
from onoma.comparison.result import Compared
from onoma.runtime.cost import Cost

_ENOUGH = 50
"""Documents from which on intervals are not said to be rough."""


def cautions(compared: Compared) -> Iterator[str]:
    """Yield what a reader has to know to judge the figures."""
    models = compared.models
    yield from compared.left_out
    if any(len(model.runs.trained) == 1 for model in models):
        yield "Some models have a single seed: how much they depend on it is not known."
    if judged := [model.name for model in models if not model.runs.trained]:
        yield f"Finished elsewhere and only scored here, so without seeds: {', '.join(judged)}."
    yield from few_documents(compared.evidence)
    if compared.split == "test" and len(models) > 1:
        yield "The choice rests on the scores that are reported, so those of the chosen are a little kind."
    yield from undecided_models(compared)
    for model in models:
        yield from (f"{model.name}: {note}." for note in model.runs.notes)
        if model.cost is None:
            yield f"{model.name}: no cost: {model.cost_note}."
    if any(model.runs.failures for model in models):
        yield "Some runs failed: their models are judged by fewer seeds."
    yield from cost_cautions(compared)


def few_documents(evidence: Evidence | None) -> Iterator[str]:
    """Yield that intervals and tests rest on few documents, where they do."""
    if evidence is None or evidence.num_documents >= _ENOUGH:
        return
    if evidence.num_documents == 1:
        yield "There is one document only, and nothing to tell how much others would differ from it."
    else:
        yield f"Only {evidence.num_documents} documents: the intervals are rough."


def undecided_models(compared: Compared) -> Iterator[str]:
    """Yield what `undecided` does, and which of the two is the cheaper."""
    return undecided(compared.evidence, lambda best, other: _cheaper(best, other, compared))


def undecided(
    evidence: Evidence | None, more: Callable[[str, str], str] = lambda best, other: ""
) -> Iterator[str]:
    """Yield which models the documents cannot tell from the best, and how many documents would settle it.

    Args:
        evidence: None where nothing was scored.
        more: what else to say of the best and the other.
    """
    if evidence is None:
        return
    for best, other, pair in evidence.undecided():
        needed = pair.documents_needed
        if evidence.num_documents == 1:
            settled = "one document settles nothing"
        elif needed is None:
            settled = "there is no difference that more of them could show"
        else:
            settled = (
                f"if the difference is what it seems, {100 * abs(pair.difference):.2f} F1 points, about "
                f"{_round(max(needed, evidence.num_documents + 1)):,} like them would settle it"
            )
        yield (
            f"These {evidence.num_documents:,} documents cannot tell {other} from {best} "
            f"(p = {pair.adjusted:.2f}): {settled}{more(best, other)}."
        )


def _cheaper(best: str, other: str, compared: Compared) -> str:
    """Which of two the cheaper is, and the margin that would take it where the given one does not."""
    latencies = {model.name: model.cost_of(LATENCY) for model in compared.models}
    one, two = latencies[best], latencies[other]
    if one is None or two is None or one == two:
        return ""
    if one < two or compared.evidence is None:
        return f"; {best} is the cheaper one"
    lost = math.ceil(-1000 * compared.evidence.difference(other, best).low) / 10
    if lost <= compared.decision.constraints.margin:
        return f"; {other} is the cheaper one"
    return f"; {other} is the cheaper one, and at worst {lost:.1f} points below: within --margin {lost:.1f}"


def _round(number: int) -> int:
    """Two digits are all that such an estimate has."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // unit) * unit


def cost_cautions(compared: Compared) -> Iterator[str]:
    """Yield what is doubtful of the costs: those beside other work, and those near a limit."""
    costs = {model.name: model.cost for model in compared.models if isinstance(model.cost, Cost)}
    given = [model.name for model in compared.models if model.cost is not None and model.name not in costs]
    if given:
        yield f"Costs of {', '.join(given)} are as they were given, not measured here beside the others."
    if any(cost.disturbed for cost in costs.values()):
        yield (
            f"Other work ran on this machine while costs were measured ({other_work(*costs.values())}): "
            "they are rough. Remove costs.json and repeat the command when the machine is quiet."
        )
    for name, cost in costs.items():
        for close in compared.decision.constraints.close_calls(cost):
            yield f"{name}: measured {close}: whether it keeps to this limit is not sure."


def other_work(*costs: Cost) -> str:
    """Return how much else the machine did, at most, while some models were measured."""
    waited = f"the models waited up to {max(cost.waited for cost in costs):.0%} of the time"
    others = [cost.others for cost in costs if cost.others is not None]
    return f"{waited}, others took up to {max(others):.0%} of its cores" if others else waited
