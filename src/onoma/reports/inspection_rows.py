"""The figures of an inspection in words: the same rows on the terminal and on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from onoma.inspection.report import Inspection, SplitReport
from onoma.inspection.words import CASE_KINDS

CASE_NAMES = {
    "lower": "small letters",
    "title": "Begins With a Capital",
    "upper": "CAPITALS",
    "mixed": "miXed",
    "number": "digits, no letters",
    "punctuation": "neither letters nor digits",
    "uncased": "script without case",
}

Splits = Sequence[SplitReport]
_Value = Callable[[SplitReport], "str | None"]


class Section(NamedTuple):
    """Rows under one heading: a name, and a cell for each split ("" where there is no such figure)."""

    title: str
    rows: list[tuple[str, list[str]]]


class LabelRow(NamedTuple):
    """How often one label occurs: count and share (0..1) for each split."""

    label: str
    counts: list[int]
    shares: list[float]


def overview_sections(splits: Splits) -> Iterator[Section]:
    """Yield what there is to say of every split; rows that are empty in all of them are left out."""
    for title, figures in _SECTIONS:
        rows = []
        for name, value in figures:
            cells = [value(split) for split in splits]
            if any(cell is not None for cell in cells):
                rows.append((name, [cell or "" for cell in cells]))
        if rows:
            yield Section(title, rows)


def short_names(splits: Splits) -> list[str]:
    """Return the names without the folders that all of them begin with."""
    names = [split.name.split("/") for split in splits]
    levels = zip(*(name[:-1] for name in names), strict=False)
    common = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    return ["/".join(name[common:]) for name in names]


def entity_label_rows(splits: Splits) -> list[LabelRow]:
    """Return entities by label, the most frequent over all splits first."""
    return _label_rows([split.labels for split in splits], [split.entities for split in splits])


def relation_rows(splits: Splits) -> list[LabelRow]:
    """Return relations by type, the most frequent over all splits first."""
    found = [split.relations for split in splits]
    return _label_rows(found, [sum(counts.values()) for counts in found])


def document_label_rows(splits: Splits) -> list[LabelRow]:
    """Return annotated documents by label; the shares of a split may add up to more than 1."""
    found = [split.document_labels for split in splits]
    return _label_rows(
        [labels.counts if labels else {} for labels in found],
        [labels.annotated if labels else 0 for labels in found],
    )


def depth_rows(splits: Splits) -> list[LabelRow]:
    """Return entities by depth, the outermost first; nothing where no entity is inside another.

    Depth 1 is in no other entity, depth 2 in one of depth 1, and so on.
    """
    found = [{f"depth {depth}": n for depth, n in split.nesting.depths.items()} for split in splits]
    by_depth = {row.label: row for row in _label_rows(found, [split.entities for split in splits])}
    deepest = max((split.nesting.depth for split in splits), default=0)
    return [by_depth[f"depth {depth}"] for depth in range(1, deepest + 1)] if deepest > 1 else []


def case_rows(splits: Splits) -> list[LabelRow]:
    """Return tokens by the way they are written."""
    rows = _label_rows([split.casing.words for split in splits], [split.tokens for split in splits])
    by_kind = {row.label: row for row in rows}
    kept = [by_kind[kind] for kind in CASE_KINDS if any(by_kind[kind].counts)]
    return [row._replace(label=CASE_NAMES[row.label]) for row in kept]


def notes(inspection: Inspection) -> list[str]:
    """Return what must be known to understand the figures."""
    lines = []
    if any(split.duplicates.estimated for split in inspection.splits):
        lines.append("There were too many sentences to compare all: counts of copies are estimates.")
    if any(split.words_estimated for split in inspection.splits):
        lines.append("There were too many distinct words to keep all: their number is an estimate.")
    if any(split.mentions.estimated for split in inspection.splits):
        lines.append("There were too many distinct mentions to keep all: figures on them are estimates.")
    return lines


def share(part: float, whole: float) -> str | None:
    """Return a percentage with one decimal; None without a whole."""
    return f"{part / whole:.1%}" if whole else None


def _label_rows(counts: Sequence[object], totals: Sequence[int]) -> list[LabelRow]:
    columns: list[dict[str, int]] = [dict(column) for column in counts]  # type: ignore[call-overload]
    labels = {label for column in columns for label in column}
    ranked = sorted(labels, key=lambda label: (-sum(column.get(label, 0) for column in columns), label))
    rows = []
    for label in ranked:
        row = [column.get(label, 0) for column in columns]
        shares = [count / total if total else 0.0 for count, total in zip(row, totals, strict=True)]
        shown = label if label == label.strip() else f"'{label}'"  # a blank at an end is not seen otherwise
        rows.append(LabelRow(shown, row, shares))
    return rows


def _number(get: Callable[[SplitReport], int], *, always: bool = False) -> _Value:
    def value(split: SplitReport) -> str | None:
        number = get(split)
        return f"{number:,}" if number or always else None

    return value


def _rate(get: Callable[[SplitReport], tuple[float, float]]) -> _Value:
    return lambda split: share(*get(split))


def _known(get: Callable[[SplitReport], float | None]) -> _Value:
    def value(split: SplitReport) -> str | None:
        rate = get(split)
        return None if rate is None else f"{rate:.1%}"

    return value


def _in_train(split: SplitReport) -> str | None:
    shared = split.duplicates.shared.get(split.train or "")
    return f"{shared.sentences:,} ({share(shared.sentences, split.sentences)})" if shared else None


def _labels_a_document(split: SplitReport) -> str | None:
    return f"{split.document_labels.per_document.mean:.1f}" if split.document_labels else None


def _fate(split: SplitReport, fate: str) -> int:
    """Entities of the file with this fate, see `onoma.text.Ledger`; ``read`` is the sum of all others."""
    found = split.ledger[fate]
    if isinstance(found, dict):
        return sum(found.values())
    return found if isinstance(found, int) else 0


_SECTIONS: tuple[tuple[str, tuple[tuple[str, _Value], ...]], ...] = (
    (
        "size",
        (
            ("documents", _number(lambda s: s.documents, always=True)),
            ("sentences", _number(lambda s: s.sentences, always=True)),
            ("tokens", _number(lambda s: s.tokens, always=True)),
            ("distinct words", _number(lambda s: s.distinct_words, always=True)),
            ("entities", _number(lambda s: s.entities, always=True)),
            ("labels", _number(lambda s: len(s.labels), always=True)),
            ("relations", _number(lambda s: sum(s.relations.values()))),
            ("relation types", _number(lambda s: len(s.relations))),
            ("document labels", _number(lambda s: len(s.document_labels.counts) if s.document_labels else 0)),
            ("labels a document, mean", _labels_a_document),
        ),
    ),
    (
        "entities",
        (
            ("entities a sentence", lambda s: f"{s.entities / s.sentences:.2f}" if s.sentences else None),
            ("sentences with entities", _rate(lambda s: (s.entity_sentences, s.sentences))),
            ("tokens inside entities", _rate(lambda s: (s.entity_tokens, s.tokens))),
            ("distinct mentions", _number(lambda s: s.mentions.distinct)),
            ("mentions with several labels", _number(lambda s: s.mentions.ambiguous)),
            ("mentions with a capital first", _rate(lambda s: (s.mentions.capitalised, s.entities))),
            ("inside a longer entity", _number(lambda s: s.nested)),
            ("in each other at most", _number(lambda s: s.nesting.depth if s.nesting.depth > 1 else 0)),
            ("on the span of another", _number(lambda s: s.nesting.same_span)),
            ("crossing another", _number(lambda s: s.nesting.crossing)),
            ("in several pieces", _number(lambda s: s.discontinuous)),
            ("over a sentence end", _number(lambda s: s.crosses_sentences)),
        ),
    ),
    (
        "length in tokens",
        (
            ("sentence, median", _number(lambda s: s.sentence_length.quantiles["median"])),
            ("sentence, 95 % up to", _number(lambda s: s.sentence_length.quantiles["p95"])),
            ("sentence, longest", _number(lambda s: s.sentence_length.max)),
            ("its line", lambda s: str(s.longest_sentence.line) if s.longest_sentence else None),
            ("mention, mean", lambda s: f"{s.mention_length.mean:.2f}" if s.entities else None),
            ("mention, 95 % up to", _number(lambda s: s.mention_length.quantiles["p95"])),
            ("mention, longest", _number(lambda s: s.mention_length.max)),
            ("document, median", _number(lambda s: s.document_length.quantiles["median"])),
            ("document, longest", _number(lambda s: s.document_length.max)),
        ),
    ),
    (
        "copies",
        (
            ("sentences that repeat one", _number(lambda s: s.duplicates.repeated, always=True)),
            ("texts tagged in two ways", _number(lambda s: s.duplicates.contradictory, always=True)),
            ("sentences in capitals only", _number(lambda s: s.casing.upper_sentences)),
        ),
    ),
    (
        "against train",
        (
            ("sentences also in train", _in_train),
            ("mentions seen in train", _known(lambda s: s.mentions.seen_share)),
            ("distinct mentions seen", _known(lambda s: s.mentions.seen_share_distinct)),
            ("tokens known from train", _known(lambda s: s.known_words_share)),
            ("labels not in train", _number(lambda s: len(s.unseen_labels))),
        ),
    ),
    (
        "reading",
        (
            ("problems", _number(lambda s: s.num_problems, always=True)),
            ("entities in the file", _number(lambda s: _fate(s, "read"), always=True)),
            ("kept as they stand", _number(lambda s: _fate(s, "kept"), always=True)),
            ("adjusted", _number(lambda s: _fate(s, "adjusted"))),
            ("not read", _number(lambda s: _fate(s, "dropped"))),
            ("no room in a flat scheme", _number(lambda s: _fate(s, "flattened"))),
        ),
    ),
)
