"""What a reading came across, as lines for people: problems, losses, labels that were mapped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from onoma.errors import did_you_mean, excerpt
from onoma.readers.label_map import LabelMap
from onoma.readers.log import ReadLog

MUCH = 0.1
"""Share of sentences or documents left out from which on it is said loudly."""
_MAX_SHOWN = 20
_MAX_LABELS = 30


def reading_notes(log: ReadLog, name: str, limit: int = _MAX_SHOWN) -> Iterator[str]:
    """Yield a line for each of the first problems, for what they add up to, and for the labels mapped.

    Args:
        log: of one file.
        name: of the file, or its part.
        limit: problems shown; the rest is counted.
    """
    yield from problem_lines(log, limit)
    yield from (f"{name}: {note}" for note in (loss_note(log), label_note(log)) if note)


def problem_lines(log: ReadLog, limit: int = _MAX_SHOWN) -> Iterator[str]:
    """Yield the first problems, each in a line with its place, and how many more there are of each kind."""
    for problem in islice(log.problems, limit):
        place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
        yield f"{place}: {problem.message}"
    more = log.problem_counts.total() - min(len(log.problems), limit)
    if more:
        kinds = ", ".join(f"{code} {count}" for code, count in sorted(log.problem_counts.items()))
        yield f"and {more} more; in all: {kinds}"


def loss_note(log: ReadLog) -> str:
    """Return a warning where more than a tenth of the sentences or documents was left out; else nothing."""
    if not log.units or log.lost <= MUCH * log.units:
        return ""
    share = f"{100 * log.lost / log.units:.0f} %"
    kinds = log.problem_counts.most_common(1)
    most = f", mostly for {kinds[0][0]}" if kinds else ""
    return (
        f"warning: {log.lost:,} of {log.units:,} sentences or documents ({share}) are left out{most}; "
        "are format and options right?"
    )


def mapped_labels(log: ReadLog) -> dict[str, int]:
    """Return how many entities were mapped, by ``A=B`` as the user writes it; ``A=`` were dropped."""
    return {f"{old}={new}": count for (old, new), count in sorted(log.renamed.items())}


def label_note(log: ReadLog) -> str:
    """Return what became of labels by ``--map``: "labels: PERSON=PER 12, DATE dropped 3"; or nothing."""
    parts = [
        f"{excerpt(old)}={excerpt(new)} {count:,}" if new else f"{excerpt(old)} dropped {count:,}"
        for (old, new), count in sorted(log.renamed.items())
    ]
    if not parts:
        return ""
    more = f", and {len(parts) - _MAX_LABELS} more" if len(parts) > _MAX_LABELS else ""
    return f"labels: {', '.join(parts[:_MAX_LABELS])}{more}"


def unused_labels(
    labels: LabelMap, logs: Iterable[ReadLog], known: Collection[str], used: Collection[str] = ()
) -> Iterator[str]:
    """Yield a line for each label that the map names and no entity bears.

    Args:
        labels: the map.
        logs: of all files that were read with it.
        known: labels after mapping.
        used: labels that it may name for another reason: those of a model.
    """
    renamed = {old for log in logs for old, _ in log.renamed} | set(used)
    for old, new in labels.names.items():
        if old not in renamed and not (old == new and old in known):
            given = renamed | (set(known) - set(labels.names.values()))
            yield f"--map {old}={new}: no entity is labelled '{excerpt(old)}'{did_you_mean(old, given)}"
