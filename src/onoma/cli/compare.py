"""``onoma compare``: models side by side, with the evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from onoma.cli.option_groups import takes
from onoma.cli.options import Json, Quiet
from onoma.cli.suites import ScoredOn

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="SUITE.toml|[NAME=]MODEL...",
        help="A suite to train, or finished models: runs, bundles, en or ru, files of predictions.",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="Folder of the report, and of a suite's runs.")]
Margin = Annotated[
    float, typer.Option("--margin", min=0.0, help="F1 points that may be lost to the best model.")
]


@takes(
    ScoredOn, labels="Rename (A=B), merge or drop (A=) labels of models that are scored here, and of --gold."
)
def command(
    inputs: Inputs,
    out: Out,
    margin: Margin = 0.5,
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="Measure what prediction costs on this machine.")
    ] = True,
    as_json: Json = False,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", help="Trains a suite. local: here; ray: Ray (onoma[cluster]); or another's."
        ),
    ] = "local",
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=0, help="Runs of a suite at a time; 0: one here, what fits on a cluster."
        ),
    ] = 0,
    address: Annotated[
        str | None, typer.Option("--address", help="Of a Ray cluster; without it Ray is started here.")
    ] = None,
    quiet: Quiet = False,
    *,
    scored_on: ScoredOn,
) -> int:
    """Compare models: quality with its uncertainty, and cost.

    A suite is trained first; what is there already is not trained again, and a killed suite goes on. Bundles
    and predictions are scored on the test file of the runs, or on --gold. OUT gets index.html, results.json
    and results.csv. Exit code 1 when no run is finished.

    Costs are measured here, when all is trained and nothing else runs.
    """
    from onoma.cli.suites import compare_shown
    from onoma.comparison.decision import Constraints
    from onoma.reports.comparison.export import as_dict
    from onoma.training.suites.engine import Crew

    crew = Crew(engine, workers, address)
    compared = compare_shown(
        inputs,
        out,
        Constraints(margin=margin),
        quiet=quiet,
        measure=measure,
        crew=crew,
        scored_on=scored_on,
    )
    if as_json:
        print(json.dumps(as_dict(compared), ensure_ascii=False))
    else:
        from onoma.cli.consoles import SafeConsole
        from onoma.comparison.cautions import cost_cautions, few_documents, undecided_models
        from onoma.reports.comparison.summary import summary_table

        if compared.models:
            SafeConsole().print(summary_table(compared))
        print(compared.decision.reason)
        for sentence in (
            *compared.left_out,
            *few_documents(compared.evidence),
            *undecided_models(compared),
            *cost_cautions(compared),
            *compared.conclusions,
            *compared.more_labels,
        ):
            print(sentence)
    return 0 if compared.models else 1
