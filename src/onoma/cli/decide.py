"""``onoma decide``: which model to ship."""

from __future__ import annotations

import json
from itertools import chain
from typing import Annotated

import typer

from onoma.cli.compare import Inputs, Margin, Out
from onoma.cli.option_groups import takes
from onoma.cli.options import Json, Quiet
from onoma.cli.suites import ScoredOn

Limit = float | None


@takes(
    ScoredOn, labels="Rename (A=B), merge or drop (A=) labels of models that are scored here, and of --gold."
)
def command(
    inputs: Inputs,
    out: Out,
    max_latency_ms: Annotated[
        Limit,
        typer.Option("--max-latency-ms", min=0.0, help="95 % of single sentences take at most so long."),
    ] = None,
    max_size_mb: Annotated[
        Limit,
        typer.Option("--max-size-mb", min=0.0, help="Size of the bundle at most, in millions of bytes."),
    ] = None,
    max_memory_mb: Annotated[
        Limit, typer.Option("--max-memory-mb", min=0.0, help="Memory of prediction at most, in MB.")
    ] = None,
    min_throughput: Annotated[
        Limit, typer.Option("--min-throughput", min=0.0, help="Tokens a second in bulk at least.")
    ] = None,
    margin: Margin = 0.5,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    scored_on: ScoredOn,
) -> int:
    """Recommend the cheapest model that is not worse than the best, among those within the limits.

    Does what `compare` does first. Exit code 1 when no model qualifies.
    """
    from onoma.cli.suites import compare_shown
    from onoma.comparison.cautions import cost_cautions, few_documents, undecided_models
    from onoma.comparison.decision import Constraints
    from onoma.reports.comparison.export import decision_as_dict

    constraints = Constraints(max_latency_ms, max_size_mb, max_memory_mb, min_throughput, margin)
    compared = compare_shown(inputs, out, constraints, quiet=quiet, scored_on=scored_on)
    if as_json:
        print(json.dumps(decision_as_dict(compared), ensure_ascii=False))
    else:
        told = (few_documents(compared.evidence), undecided_models(compared), cost_cautions(compared))
        sentences = (*compared.left_out, *chain.from_iterable(told))
        for sentence in (compared.decision.reason, *sentences):
            print(sentence)
    return 0 if compared.decision.model else 1
