"""``onoma retrain``: train a model on with new annotation, and judge whether to take it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from onoma.cli.compare import Margin
from onoma.cli.options import Json, Quiet


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Run or bundle that is in use.")],
    annotated: Annotated[
        list[Path], typer.Argument(metavar="ANNOTATED...", help="New gold, in any readable format.")
    ],
    data: Annotated[
        str,
        typer.Option(
            "--data", help="Folder with what the model was trained on, and the test to judge by; en or ru."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the new run; empty or new.")],
    init_from: Annotated[
        str | None,
        typer.Option("--init-from", help="Run or bundle to start from; MODEL, when not given."),
    ] = None,
    margin: Margin = 0.5,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, such as epochs=5; may be repeated.")
    ] = None,
    on_error: Annotated[
        Literal["strict", "skip", "repair"],
        typer.Option(
            "--on-error", help="strict: stop at the first fault of ANNOTATED; else go on, and tell."
        ),
    ] = "strict",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training in OUT; a finished one is judged.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Train on from a model with new annotation beside its data, and say whether the new one is to be used.

    Both are scored on the data's test (its dev, where there is none); exit code 1 when the new model may be
    worse by more than the margin, by the rule of `decide`.
    """
    from onoma.api.jobs import SAME_COMMAND
    from onoma.api.retraining import retrain
    from onoma.cli.progress import Progress, lines_shown
    from onoma.training.settings import read_assignments

    with lines_shown(quiet=quiet), Progress(quiet=quiet) as progress:
        judged = retrain(
            model,
            annotated,
            data,
            out,
            init_from=init_from,
            margin=margin,
            on_error=on_error,
            settings=read_assignments(assignments or []),
            resume=resume,
            watch=progress,
            go_on=SAME_COMMAND,
        )
    if as_json:
        print(json.dumps(judged.as_dict()))
    else:
        for sentence in (judged.reason, *judged.undecided):
            print(sentence)
    return 0 if judged.taken else 1
