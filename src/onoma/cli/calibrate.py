"""``onoma calibrate``: let a model learn from labelled data how far its scores are to be believed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onoma.cli.options import Json, ModelArgument, Quiet
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.runtime.confidence import Confidence

_TOLD = (0.90, 0.95, 0.98)


@reads()
def command(
    model: ModelArgument,
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Labelled data that it was not trained on.")],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Bundle to write; it may be MODEL's own (RUN/bundle).")
    ],
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Fit temperature and thresholds of a model's scores anew; its weights stay as they are.

    What --min-precision and --min-recall promise then holds for texts like this data.
    """
    from onoma.api.trained import data_of_run, was_trained_on
    from onoma.cli.accounts import tell_reading
    from onoma.cli.progress import say, say_nothing
    from onoma.cli.trained import TrainedReading
    from onoma.errors import ConfigError, ModelError, excerpt
    from onoma.placing.labels import nothing_in_common
    from onoma.readers import ReadLog, read_corpus
    from onoma.readers.plausible import check_gold
    from onoma.runtime.bundle import check_bundle_place, is_bundle, is_same_model, load_bundle, save_bundle
    from onoma.runtime.calibrating import fit_confidence
    from onoma.runtime.loading import find_bundle, load

    check_bundle_place(out)
    trained_on = data_of_run(model)
    if trained_on is not None and was_trained_on(data, trained_on):
        raise ConfigError(f"{data}: the run was trained on this, and is surer of it than of anything else")
    tell, log = say_nothing if quiet else say, ReadLog()
    options = TrainedReading(reading, model, tell).for_file(str(data)).options(on_misaligned="expand")
    corpus = read_corpus(data, options, log)
    check_gold(corpus.documents, log, options, str(data))
    folder = find_bundle(model)
    if is_bundle(out) and not is_same_model(folder, out):
        raise ConfigError(f"{out}: is another model, which would be lost; name another folder")
    tagger = load(folder)
    if tagger.decoder is None:
        raise ModelError(f"{model}: gives document labels only: there are no entity scores to calibrate")
    tell_reading({str(data): log}, options, corpus.entity_labels, tell, used=set(tagger.labels))
    if message := nothing_in_common(tagger.labels, corpus.entity_labels):
        raise ConfigError(message)
    if strange := sorted(set(corpus.entity_labels) - set(tagger.labels)):
        tell(f"{data}: the model does not give {', '.join(map(excerpt, strange[:5]))}: these count as missed")
    gold = [tagger.tokenizer.document(document) for document in corpus.documents]
    if copies := len(gold) - len({document.text for document in gold}):
        say(
            f"warning: {copies:,} of {len(gold):,} documents have the text of an earlier one: a promise of "
            "recall takes each for one more, and is too sure where texts were multiplied"
        )
    confidence, calibrations = fit_confidence(tagger, gold, corpus.ledger.num_unread)
    if calibrations is None:
        raise ModelError(f"{model}: finds nothing in {data}: there are no scores to calibrate")
    if not (calibrations[0].accuracy > 0).any():
        say(f"warning: nothing of what {model} finds in {data} is right: its scores will mean nothing there")
    bundle = load_bundle(folder)
    save_bundle(out, replace(bundle, config=bundle.config.with_confidence(confidence)))
    before, after = (one.ece for one in calibrations)
    if as_json:
        print(
            json.dumps(
                {
                    "temperature": confidence.temperature,
                    "uncalibrated_ece": before,
                    "ece": after,
                    "documents": confidence.covering.overall.documents if confidence.covering else 0,
                }
            )
        )
        return
    print(f"temperature {confidence.temperature:.2f}; ECE {before:.4f} -> {after:.4f}")
    for line in _promises(confidence):
        print(line)


def _promises(confidence: Confidence) -> list[str]:
    """Say which of the usual recalls can be promised."""
    from onoma.errors import ConfigError
    from onoma.runtime.recall import make_promise

    lines = []
    for recall in _TOLD:
        try:
            promise = make_promise(confidence.covering, recall)
        except ConfigError as error:
            lines.append(str(error))
        else:
            lines.append(f"--min-recall {recall:g}: candidates with a score of {promise.floor:.4g} or more")
    return lines
