"""The inspection itself: files in, figures out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from onoma.inspection.counts import SplitTally
from onoma.inspection.duplicates import SentenceTable
from onoma.inspection.lengths import distribution
from onoma.inspection.parts import Part
from onoma.inspection.places import LocatedReader
from onoma.inspection.problems import find_findings, note_unseen_labels
from onoma.inspection.report import Casing, Duplicates, Finding, Inspection, SplitReport
from onoma.inspection.words import CASE_KINDS
from onoma.readers import ReadLog, ReadOptions
from onoma.readers.account import mapped_labels
from onoma.readers.log import MAX_PROBLEMS
from onoma.readers.plausible import find_doubts
from onoma.text import Document

_MAX_COMPARED = 8

Watch = Callable[[Iterable[Document]], Iterator[Document]]
"""Passes documents on, to show progress."""


def inspect_parts(
    parts: Sequence[Part],
    options: ReadOptions,
    *,
    max_problems: int = MAX_PROBLEMS,
    watch: Watch = iter,
) -> Inspection:
    """Read every file once and report on it; memory is bounded, whatever the size.

    Args:
        parts: the files; a train that others are compared with must stand before them.
        options: how to read; ``on_error="skip"`` counts faults instead of stopping at the first.
        max_problems: problems kept with their messages, a file.
        watch: sees the documents pass.

    Raises:
        DataError: a file that cannot be read as the options ask.
        ConfigError: no such format.
    """
    table = SentenceTable([part.path for part in parts])
    trains: dict[str, SplitTally] = {}  # all others go as soon as they are reported
    reports = []
    for number, part in enumerate(parts):
        log = ReadLog(max_problems)
        reader = LocatedReader(part.path, options, log)
        tally = SplitTally(number, reader.path, table)
        for document in watch(reader):
            tally.add(document, reader.line)
        tally.settle()
        duplicates = table.report(number, _others(number, parts))
        doubts = tuple(
            Finding(one.code, one.message) for one in find_doubts(tally.gold, log, options, part.path)
        )
        reports.append(_report(part, tally, log, duplicates, trains.get(part.train or ""), doubts))
        if any(other.train == part.name for other in parts):
            trains[part.name] = tally
    return Inspection(tuple(reports))


def _report(
    part: Part,
    tally: SplitTally,
    log: ReadLog,
    duplicates: Duplicates,
    train: SplitTally | None,
    doubts: tuple[Finding, ...],
) -> SplitReport:
    unseen = tuple(sorted(tally.labels.keys() - train.labels.keys())) if train else ()
    note_unseen_labels(log, part.path, tally.label_lines, unseen)
    nesting = tally.nesting.report()
    figures: dict[str, Any] = {
        "doubts": doubts,
        "documents": tally.documents,
        "sentences": tally.sentences,
        "tokens": tally.tokens,
        "entities": tally.entities,
        "labels": _ranked(tally.labels),
        "relations": _ranked(tally.relations),
        "nested": nesting.inside,
        "discontinuous": tally.discontinuous,
        "tokenised": tally.tokenised,
        "distinct_words": tally.words.table.scaled(len(tally.words.table.counts)),
        "words_estimated": tally.words.table.estimated,
        "known_words_share": tally.words.known_share(train.words) if train else None,
        "sentence_length": distribution(tally.sentence_lengths),
        "longest_sentence": tally.longest,
        "document_length": distribution(tally.document_lengths),
        "mention_length": distribution(tally.mention_lengths),
        "entity_tokens": tally.entity_tokens,
        "entity_sentences": tally.entity_sentences,
        "crosses_sentences": tally.crosses_sentences,
        "casing": Casing(
            {kind: tally.words.kinds[kind] for kind in CASE_KINDS},
            tally.upper_sentences,
            tally.lower_sentences,
        ),
        "nesting": nesting,
        "mentions": tally.mentions.report(train.mentions if train else None),
        "duplicates": duplicates,
        "unseen_labels": unseen,
        "document_labels": tally.document_labels.report(),
        "odd_characters": tally.odd_characters.report(),
        "normal_forms": tally.normal_forms.report(train.normal_forms if train else None),
    }
    return SplitReport(
        name=part.name,
        path=part.path,
        format=log.format,
        scheme=log.scheme,
        train=part.train,
        problems=tuple(log.problems),
        problem_counts=dict(log.problem_counts),
        findings=find_findings(figures, log),
        ledger=log.ledger().as_dict(),
        mapped_labels=mapped_labels(log),
        **figures,
    )


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _others(number: int, parts: Sequence[Part]) -> dict[str, int]:
    """The splits to compare one with: all before it, or, among many files, its train alone."""
    few = len(parts) <= _MAX_COMPARED
    before = enumerate(parts[:number])
    return {part.name: index for index, part in before if few or part.name == parts[number].train}
