"""What is shown of each kind of event, in words; `onoma.cli.progress` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from onoma.annotation.events import Planned, ShardDone
from onoma.training.events import (
    Epoch,
    Labelled,
    Learned,
    Measured,
    Merged,
    Step,
    TargetsMade,
    TrialEnded,
    TrialStarted,
    Update,
    VectorsProgress,
    WordsRead,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A line that stays.

    Args:
        line: the line.
        ends: whether the work in progress is over with it.
    """

    line: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Moving:
    """Where work in progress stands.

    Args:
        place: "epoch 2 step 7/50".
        note: what else there is to say: "loss 0.1234".
        share: of the work done, 0..1; None where its end is not known.
        unit: of what is worked through, such as tokens; empty where speed is of no interest.
        count: of these since the event before.
        rate: of these a second, where the event knows it.
    """

    place: str
    note: str
    share: float | None = None
    unit: str = ""
    count: int = 0
    rate: float | None = None


@singledispatch
def describe(event: object) -> Kept | Moving | None:
    """Return what is shown of an event; None for nothing."""
    return None


@describe.register
def _(event: Step) -> Moving:
    share = ((event.epoch - 1) * event.num_steps + event.step) / (event.num_steps * event.num_epochs)
    place = f"epoch {event.epoch} step {event.step}/{event.num_steps}"
    return Moving(place, f"loss {event.loss:.4f}", share, "tokens", event.num_tokens)


@describe.register
def _(event: Epoch) -> Kept:
    labels = event.dev_document_f1
    also = "" if labels is None else f"document labels {labels:.4f}  "
    return Kept(
        f"epoch {event.epoch:>3}  train loss {event.train_loss:.4f}  dev loss {event.dev_loss:.4f}  "
        f"dev F1 {event.dev_f1:.4f}  {also}{event.tokens_per_second:,.0f} tokens/s  "
        f"{format_seconds(event.seconds)}{'  kept' if event.best else ''}"
    )


@describe.register
def _(event: TrialStarted) -> Kept:
    from onoma.reports.tuning import describe_values

    return Kept(f"[{event.place}/{event.num_trials}] {describe_values(event.values)}", ends=True)


@describe.register
def _(event: TrialEnded) -> Kept:
    return Kept(f"[{event.place}/{event.result.num_trials}] {_outcome(event)}", ends=True)


def _outcome(event: TrialEnded) -> str:
    trial, best = event.trial, event.result.best
    score = "" if trial.dev_f1 is None else f"dev F1 {100 * trial.dev_f1:.2f}, "
    if trial.state == "failed":
        return f"trial {trial.number} failed: {trial.reason}"
    hope = f" after epoch {max(trial.dev_f1_by_epoch)}" if trial.state == "pruned" else ""
    top = f"; best {100 * (best.dev_f1 or 0.0):.2f}, trial {best.number}" if best else ""
    return f"trial {trial.number} {trial.state}{hope}: {score}{format_seconds(trial.seconds or 0.0)}{top}"


@describe.register
def _(event: WordsRead) -> Moving:
    return Moving("reading", f"{event.words:,} words")


@describe.register
def _(event: Labelled) -> Moving:
    share = min(1.0, event.tokens / event.total) if event.total else None
    return Moving(event.who, f"{event.tokens:,} tokens", share, "tokens", event.new)


@describe.register
def _(event: Learned) -> Moving:
    note = f"{event.objective:.5f} a token" + ("" if event.gain is None else f", {event.gain:+.1e}")
    return Moving(f"whom to believe, round {event.round}", note)


@describe.register
def _(event: Merged) -> Moving:
    return Moving("merging", f"shard {event.shards:,}/{event.total:,}", event.shards / event.total)


@describe.register
def _(event: TargetsMade) -> Kept:
    record = event.record
    found = ", ".join(f"{count:,} {label}" for label, count in record["entities"].items())
    lost = f"; not taught: {sum(record['not_taught'].values()):,}" if record["not_taught"] else ""
    left_out = "".join(f"; {count:,} documents {why} left out" for why, count in record["left_out"].items())
    return Kept(
        f"targets of {record['tokens']:,} tokens in {record['documents']:,} documents: {found}"
        f"{lost}{left_out}",
        ends=True,
    )


@describe.register
def _(event: Update) -> Moving:
    place = f"step {event.step:,} {event.share:.0%}"
    return Moving(place, f"loss {event.loss:.3f}", event.share, "pieces", event.pieces)


@describe.register
def _(event: Measured) -> Kept:
    return Kept(
        f"step {event.step:,}: train loss {event.train_loss:.3f}, held-out perplexity "
        f"{event.perplexity:.2f}, {event.pieces_per_second:,.0f} pieces/s, {event.seconds:,.0f} s"
    )


@describe.register
def _(event: VectorsProgress) -> Kept | Moving:
    rate, share = event.words / max(event.seconds, 1e-9), None
    place, note = "reading", f"{event.words:,} words"
    if event.epoch:
        done = event.words / max(1, event.total)
        place, note = f"epoch {event.epoch}/{event.num_epochs}", f"{done:.0%}"
        share = (event.epoch - 1 + done) / event.num_epochs
    if event.ended:
        return Kept(f"{place}: {note}, {rate:,.0f} words/s; {format_seconds(event.seconds)}")
    return Moving(place, note, share, "words", rate=rate)


@describe.register
def _(event: Planned) -> Kept:
    before = f", {event.done:,} done already" if event.done else ""
    return Kept(f"{event.files:,} files in {event.shards:,} shards{before}")


@describe.register
def _(event: ShardDone) -> Moving:
    refused = f", {event.refused:,} refused" if event.refused else ""
    note = f"{event.documents:,} documents{refused}"
    place = f"shard {event.done:,}/{event.shards:,}"
    return Moving(place, note, event.share, "tokens", rate=event.tokens_per_second)


def format_seconds(seconds: float) -> str:
    """Return ``1:02:03``, ``2:03`` or ``3.2 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
