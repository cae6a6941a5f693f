"""``onoma evaluate``: score a model on labelled data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onoma.cli.answering import Answering, say_threshold
from onoma.cli.option_groups import takes
from onoma.cli.options import Json, ModelArgument, Quiet, Threads
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.runtime.tagger import Tagger
    from onoma.text import Document


@takes(Answering)
@reads(labels="Rename (A=B), merge or drop (A=) labels, of gold and of the model; may be repeated.")
def command(
    model: ModelArgument,
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Labelled file in any readable format.")],
    train: Annotated[
        Path | None,
        typer.Option(
            "--train", help="Training file, to tell seen from unseen mentions; a run knows its own."
        ),
    ] = None,
    threads: Threads = 0,
    errors: Annotated[
        int | None,
        typer.Option("--errors", min=0, help="Examples to list of each kind of error; 5, and none in JSON."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    answering: Answering,
    reading: Reading,
) -> None:
    """Score a model on labelled data.

    Entities, labels, partial matches, tokens, kinds of error; all gold entities count.
    """
    from onoma.api.evaluating import judge, own_mentions
    from onoma.cli.accounts import tell_reading
    from onoma.cli.progress import say, say_nothing
    from onoma.cli.trained import TrainedReading
    from onoma.metrics.seen import train_mentions
    from onoma.readers import ReadLog, read_corpus
    from onoma.readers.plausible import check_gold
    from onoma.runtime.loading import load

    tell = say_nothing if quiet else say
    log = ReadLog()
    held = TrainedReading(reading, model, tell).for_file(str(data))
    options = held.options(on_misaligned="expand")
    corpus = read_corpus(data, options, log)
    check_gold(corpus.documents, log, options, str(data))
    mentions = train_mentions(read_corpus(train, options).documents) if train else own_mentions(model)
    wanted = answering.loading()
    tagger = load(model, threads=threads, **wanted)
    # What the run was trained with has changed its labels already.
    labels = reading.options().labels
    used = {*tagger.labels, *(options.labels.names.keys() - labels.names.keys())}
    tell_reading({str(data): log}, options, corpus.entity_labels, tell, used=used)
    judged = judge(tagger, corpus, labels, mentions, allow_empty=reading.allow_empty, tell=say)
    gold, predicted = judged.gold, judged.predicted
    if not quiet:
        say(f"{data}: {corpus.ledger}")
        say_threshold(tagger, wanted["min_precision"])
    scores = judged.evaluation.as_dict() | _kept(tagger, gold, predicted, corpus.ledger.num_unread)
    if as_json:
        _print_json(scores, gold, predicted, errors or 0)
    else:
        from onoma.cli.scores import print_evaluation

        print_evaluation(scores, f"{model} on {data}")
        _print_kept(scores)
        _print_errors(gold, predicted, 5 if errors is None else errors)


def _kept(tagger: Tagger, gold: list[Document], predicted: list[Document], num_unread: int) -> dict[str, Any]:
    """Return what was promised about recall, and what came of it; nothing where nothing was."""
    from onoma.metrics.risk import measure_coverage

    if tagger.promise is None:
        return {}
    coverage = measure_coverage(gold, predicted, num_unread)
    return {
        "promise": tagger.promise.as_dict(),
        "coverage": None if coverage is None else coverage._asdict(),
    }


def _print_kept(scores: dict[str, Any]) -> None:
    if coverage := scores.get("coverage"):
        print(
            f"covered: {coverage['by_document']:.4f} of a document's entities, promised "
            f"{scores['promise']['recall']:g}; {coverage['by_entity']:.4f} of all {coverage['entities']}"
        )


def _print_json(scores: dict[str, Any], gold: list[Document], predicted: list[Document], limit: int) -> None:
    from onoma.metrics.examples import error_examples

    if limit:
        kinds = error_examples(gold, predicted, limit)
        scores = scores | {"error_examples": {kind.name: kind.as_dict() for kind in kinds}}
    print(json.dumps(scores))


def _print_errors(gold: list[Document], predicted: list[Document], limit: int) -> None:
    from onoma.cli.consoles import SafeConsole
    from onoma.metrics.examples import error_examples
    from onoma.reports.errors import error_lines

    console = SafeConsole(soft_wrap=True)
    for line in error_lines(error_examples(gold, predicted, limit)) if limit else ():
        console.print(line)
