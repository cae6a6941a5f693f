"""``onoma distill``: a small model taught by large ones on unlabelled text."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onoma.cli.option_groups import takes
from onoma.cli.options import Json, Quiet
from onoma.cli.reading import Reading, reads
from onoma.cli.training_options import TrainingOptions

if TYPE_CHECKING:
    from onoma.training.config import RunConfig
    from onoma.training.distillation.teaching import Lessons

Share = Annotated[
    float | None,
    typer.Option(
        "--share",
        min=0.01,
        max=1,
        help="Share of batches that teachers have labelled, 0.5 when not given; 1: gold only gives dev.",
    ),
]


@takes(TrainingOptions)
@reads(labels="Rename (A=B), merge or drop (A=) labels of teachers and data alike; may be repeated.")
def command(
    teachers: Annotated[
        list[str],
        typer.Argument(
            metavar="TEACHER...",
            help="A run, bundle or shipped model, a file of predictions, or KIND:PLACE (see "
            "`onoma models --teachers`); of several the probabilities are averaged.",
        ),
    ],
    texts: Annotated[
        list[str],
        typer.Option(
            "--text",
            metavar="RAW",
            help="Unlabelled text, a document a line, .gz too, or documents of any format; may be repeated.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the student's run; empty or new.")],
    options: TrainingOptions,
    targets: Annotated[
        Path | None,
        typer.Option("--targets", help="Folder for what the teachers say; OUT-targets when not given."),
    ] = None,
    text_format: Annotated[
        str | None,
        typer.Option("--text-format", help="Format of --text, found when not given; text: lines."),
    ] = None,
    max_words: Annotated[
        int, typer.Option("--max-words", min=0, help="Ask about so many words only; 0: all.")
    ] = 0,
    share: Share = None,
    temperature: Annotated[
        float | None,
        typer.Option("--temperature", min=0.1, max=20, help="Above 1 compares softer probabilities."),
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            "--min-confidence",
            min=0,
            max=0.999,
            help="Leave out sentences with a token, or a span, of which the teachers are less sure; 0: none.",
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option("--confidence", help="Of teachers that do not say how sure they are.")
    ] = 1.0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what a killed command left; same options.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> int:
    """Teach a small model what large ones say of unlabelled text.

    What the teachers say is kept in a folder of its own, also for other students; the student is an ordinary
    run. Without --data it learns from the teachers alone, and is measured on a part of their answers.
    """
    from onoma.api.distilling import plan_lessons
    from onoma.cli.progress import say, say_nothing
    from onoma.extras import require

    require("train")
    place = targets or out.with_name(f"{out.name}-targets")
    given = {
        **options.given(reading),
        "data.targets": str(place.resolve()),
        **{
            f"data.targets_{name}": value
            for name, value in (
                ("share", share), ("temperature", temperature), ("confidence", min_confidence)
            )
            if value is not None
        },
    }  # fmt: skip
    config = _resolve(options, given, place, say_nothing if quiet else say)
    lessons = plan_lessons(
        config, teachers, texts, text_format=text_format, max_words=max_words, confidence=confidence
    )
    return _distill(config, lessons, out, resume=resume, as_json=as_json, quiet=quiet)


def _resolve(options: TrainingOptions, given: dict[str, Any], targets: Path, tell: Any) -> RunConfig:
    """Return the student's configuration; without gold the teachers' answers stand in its place."""
    from dataclasses import replace

    from onoma.api.distilling import taught_files

    if options.data is None and options.train is None and options.config is None:
        files = taught_files(targets)
        options = replace(options, train=files["train"], dev=options.dev or files["dev"])
        given = {"data.targets_share": 1.0, **given}
    return options.resolve(given, tell)


def _distill(
    config: RunConfig, lessons: Lessons, out: Path, *, resume: bool, as_json: bool, quiet: bool
) -> int:
    from onoma.api.distilling import distill_run, measures_by_answers
    from onoma.api.jobs import SAME_COMMAND
    from onoma.cli.progress import Progress, lines_shown, say
    from onoma.cli.scores import print_metrics
    from onoma.training.folder import METRICS

    with lines_shown(quiet=quiet), Progress(quiet=quiet) as progress:
        finished = distill_run(config, lessons, out, resume=resume, watch=progress, go_on=SAME_COMMAND)
    if finished is None:
        say(f"{out}: this run is finished, there is nothing to resume")
        metrics = json.loads((out / METRICS).read_text(encoding="utf-8"))
    else:
        metrics = finished.metrics
    if as_json:
        print(json.dumps(metrics))
        return 0
    print_metrics(metrics)
    if measures_by_answers(config.data) and not quiet:
        say("there is no gold: these scores say how far the student agrees with its teachers")
    if not quiet:
        say(f"run written to {out}; try: onoma predict {shlex.quote(str(out))} -")
    return 0
