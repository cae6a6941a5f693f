"""``onoma score``: predictions of any origin beside gold."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onoma.cli.options import Json, Quiet
from onoma.cli.reading import Reading, reads
from onoma.cli.terminal import command_line

if TYPE_CHECKING:
    from onoma.comparison.predictions import Scored
    from onoma.readers import ReadLog
    from onoma.text import Corpus

_SHOWN, _ON_PAGE = 5, 20


@reads(
    format="Format of the gold; found by content when not given.",
    tag_column="Column of gold's tags in column files; found when not given.",
    labels="Rename (A=B), merge or drop (A=) labels, of gold and of all predictions; may be repeated.",
)
def command(
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Labelled file in any readable format.")],
    predictions: Annotated[
        list[str],
        typer.Argument(metavar="[NAME=]PRED...", help="Predictions for it, each in any readable format."),
    ],
    train: Annotated[
        Path | None, typer.Option("--train", help="Training file, to tell seen from unseen mentions.")
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(
            "--cost", metavar="NAME=NUMBER", help="What predictions cost, all in one unit; repeated."
        ),
    ] = None,
    predicted_format: Annotated[
        str | None, typer.Option("--predicted-format", help="Format of all predictions; found by content.")
    ] = None,
    predicted_tag_column: Annotated[
        int | None,
        typer.Option("--predicted-tag-column", min=1, help="Column of the predicted tags in column files."),
    ] = None,
    allow_extra: Annotated[
        bool, typer.Option("--allow-extra", help="Leave out predicted documents that gold does not have.")
    ] = False,
    errors: Annotated[
        int | None,
        typer.Option(
            "--errors", min=0, help="Examples of each kind of error; 5 for one PRED, else none; 20 on a page."
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Page to write: scores, tests, errors by kind with examples."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Score predictions, whoever made them, beside gold.

    Documents are matched by id, else by text; white space and tokens may differ. Several are compared.
    """
    from onoma.cli.pages import refuse_page
    from onoma.cli.progress import say, say_nothing
    from onoma.comparison.predictions import score_predictions
    from onoma.files import write_text
    from onoma.metrics.seen import train_mentions
    from onoma.readers import read_corpus
    from onoma.reports.pages import scores as page

    tell = say_nothing if quiet else say
    named = _named(predictions)
    costs = _costs(cost or ())
    if html is not None:
        refuse_page(html, [str(gold), *named.values(), *([] if train is None else [str(train)])])
    theirs = reading.without("format", "tag_column")
    theirs = theirs.replaced(format=predicted_format, tag_column=predicted_tag_column)
    corpus, corpora = _read(gold, named, reading, theirs, tell)
    mentions = None
    if train is not None:
        options = reading.without("format", "tag_column").options(on_misaligned="expand")
        mentions = train_mentions(read_corpus(train, options).documents)
    scored = score_predictions(corpus, corpora, costs=costs, train_mentions=mentions, allow_extra=allow_extra)
    for one in scored.predictions:
        for line in one.lines():
            say(f"{one.name}: {line}")
    if html is not None:
        examples = _ON_PAGE if errors is None else errors
        write_text(html, page.PAGE.render(scored, title=f"{gold}", examples=examples, command=command_line()))
        tell(f"written {html}")
    if as_json:
        _print_json(scored, errors or 0)
    else:
        _print(scored, str(gold), (_SHOWN if len(named) == 1 else 0) if errors is None else errors)


def _named(given: Sequence[str]) -> dict[str, str]:
    """Return the files by name: as given, else the file's, else the path where files have the same name."""
    from onoma.errors import ConfigError

    pairs: list[tuple[str, str]] = []
    for one in given:
        name, equals, path = one.partition("=")
        pairs.append((name, path) if equals and name and path and not Path(one).exists() else ("", one))
    taken = [name or _stem(path) for name, path in pairs]
    named: dict[str, str] = {}
    for name, path in pairs:
        chosen = name or (_stem(path) if taken.count(_stem(path)) == 1 else path)
        if chosen in named:
            raise ConfigError(f"two predictions are named '{chosen}': name them with NAME=FILE")
        named[chosen] = path
    return named


def _stem(path: str) -> str:
    return Path(path).name.split(".")[0] or path


def _costs(given: Sequence[str]) -> dict[str, float]:
    from onoma.errors import ConfigError, excerpt

    costs: dict[str, float] = {}
    for one in given:
        name, _, number = one.rpartition("=")
        if name in costs:
            raise ConfigError(f"--cost {one}: {excerpt(name)} has a cost already")
        try:
            costs[name] = float(number)
        except ValueError:
            raise ConfigError(f"--cost {one}: write NAME=NUMBER, such as --cost spacy=4.2") from None
    return costs


def _read(
    gold: Path, named: dict[str, str], reading: Reading, theirs: Reading, tell: Callable[[str], None]
) -> tuple[Corpus, dict[str, Corpus]]:
    """Read gold and predictions; say what was odd, refuse gold that is none and labels that cannot meet."""
    from onoma.api.scoring import check_labels
    from onoma.cli.accounts import tell_reading
    from onoma.cli.progress import say
    from onoma.readers import ReadLog, read_corpus
    from onoma.readers.plausible import check_gold, refuse_none

    options, their_options = (one.options(on_misaligned="expand") for one in (reading, theirs))
    logs: dict[str, ReadLog] = {str(gold): ReadLog()}
    corpus = read_corpus(gold, options, logs[str(gold)])
    check_gold(corpus.documents, logs[str(gold)], options, str(gold))
    corpora, labels = {}, set(corpus.entity_labels)
    for name, path in named.items():
        # The same file may be gold and predictions, by two columns.
        log = logs.setdefault(path if path not in logs else name, ReadLog())
        corpora[name] = read_corpus(path, their_options, log)
        refuse_none(corpora[name].documents, path, allow_empty=reading.allow_empty)
        check_labels(name, corpora[name], corpus, allow_empty=reading.allow_empty, tell=say)
        labels |= set(corpora[name].entity_labels)
    tell_reading(logs, options, labels, tell)
    tell(f"{gold}: {corpus.ledger}")
    return corpus, corpora


def _print_json(scored: Scored, limit: int) -> None:
    from onoma.metrics.examples import error_examples

    found = scored.as_dict()
    for one in scored.predictions if limit else ():
        kinds = error_examples(scored.gold, one.placed.documents, limit)
        found["predictions"][one.name]["error_examples"] = {kind.name: kind.as_dict() for kind in kinds}
    print(json.dumps(found))


def _print(scored: Scored, gold: str, limit: int) -> None:
    from onoma.cli.consoles import SafeConsole
    from onoma.cli.scores import print_evaluation
    from onoma.metrics.examples import error_examples
    from onoma.reports.errors import error_lines
    from onoma.reports.predictions import prediction_tables

    console = SafeConsole(soft_wrap=True)
    if len(scored.predictions) == 1:
        (only,) = scored.predictions
        print_evaluation(only.evaluation.as_dict(), f"{only.name} on {gold}")
    else:
        for table in prediction_tables(scored, f"predictions on {gold}"):
            SafeConsole().print(table)
    for one in scored.predictions if limit else ():
        if len(scored.predictions) > 1:
            console.print(f"errors of {one.name}")
        for line in error_lines(error_examples(scored.gold, one.placed.documents, limit)):
            console.print(line)
    for sentence in (scored.reason, *scored.cautions, *scored.undecided):
        if sentence:
            console.print(sentence)
