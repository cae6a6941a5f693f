"""An inspection: what is in data, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onoma.inspection.lengths import Distribution
from onoma.inspection.report import Inspection, SplitReport
from onoma.reports.advice import time_in_words
from onoma.reports.inspection_rows import (
    LabelRow,
    Splits,
    case_rows,
    depth_rows,
    document_label_rows,
    entity_label_rows,
    notes,
    overview_sections,
    relation_rows,
    short_names,
)
from onoma.reports.kit.bars import bin_edges, fill_bins, histogram
from onoma.reports.kit.page import Page
from onoma.reports.kit.tables import MISSING, Cell, Row, Table, cells, heat_map, row

if TYPE_CHECKING:  # it imports torch
    from onoma.training.advice.advising import Advice

_MAX_HEAT = 30
_MAX_EXAMPLES = 10
_NUM_BINS = 24
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A table or a drawing with what is said about it.

    Args:
        title: such as a split's name, which is data.
        more_title: behind it.
        line: below it.
        findings: listed below it.
        table: drawn where it is there.
        drawing: the same, with its ``caption``.
        caption: of the drawing.
        notes: at the end.
    """

    title: str = ""
    more_title: str = ""
    line: str = ""
    findings: Sequence[str] = ()
    table: Table | None = None
    drawing: str = ""
    caption: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Parts under a heading, below each other or in columns; without parts and ``good`` it is left out."""

    title: str
    parts: Sequence[Part] = ()
    columns: bool = False
    lead: Sequence[str] = ()
    good: str = ""


def _view(inspection: Inspection, *, title: str, advice: Advice | None = None) -> Mapping[str, Any]:
    sections = [section for section in _sections(inspection) if section.parts or section.good]
    if advice is not None:
        sections.append(_advice(advice))
    return {"title": title, "kicker": "What is in", "sections": sections}


PAGE = Page("inspection.html", _view)


def _sections(inspection: Inspection) -> Iterator[Section]:
    splits = inspection.splits
    yield Section("What was read", [Part(table=_files(splits))])
    yield _problems(splits)
    findings = [
        Part(split.name, findings=[finding.message for finding in split.findings])
        for split in splits
        if split.findings
    ]
    yield Section("Worth a look", findings, columns=True)
    yield Section("In figures", [Part(table=_overview(splits), notes=notes(inspection))])
    yield _bars("Entities by label", entity_label_rows(splits), splits, "share of all entities")
    yield _lengths("Sentences by length", splits, lambda split: split.sentence_length, "sentences")
    yield _lengths("Mentions by length", splits, lambda split: split.mention_length, "mentions")
    if any(split.documents != split.sentences for split in splits):
        yield _lengths("Documents by length", splits, lambda split: split.document_length, "documents")
    yield _bars("Tokens by case", case_rows(splits), splits, "share of all tokens")
    lead = "Depth 1 lies in no other entity, depth 2 in one of depth 1."
    yield _bars("Entities by depth", depth_rows(splits), splits, "share of all entities, by depth", lead)
    yield _nesting(splits)
    yield _bars("Relations by type", relation_rows(splits), splits, "share of all relations")
    yield _bars("Document labels", document_label_rows(splits), splits, "share of annotated documents")
    yield _together(splits)
    ambiguous = [Part(split.name, table=table) for split in splits if (table := _ambiguous(split))]
    yield Section("Mentions with several labels", ambiguous, columns=True)
    contradictory = [Part(split.name, table=table) for split in splits if (table := _contradictory(split))]
    yield Section("Sentences tagged in two ways", contradictory)


def _advice(advice: Advice) -> Section:
    headings = cells("model", "epochs", "updates", "time", "why", "command")
    rows = []
    for one in advice.models:
        figures = (f"{one.choice.epochs}", f"{one.updates:,}", time_in_words(one))
        rows.append(row(one.choice.model, *figures, one.choice.why, one.command))
    table = Table("what to train", headings, rows, "text")
    return Section("What to train", [Part(table=table, notes=advice.rests_on)])


def _headings(splits: Splits) -> list[Cell]:
    names = zip(splits, short_names(splits), strict=True)
    return [Cell(), *(Cell(name, title=split.name) for split, name in names)]


def _files(splits: Splits) -> Table:
    rows = [row(split.name, split.path, split.format or "", split.scheme or "") for split in splits]
    return Table("files", cells("split", "file", "format", "tags"), rows)


def _problems(splits: Splits) -> Section:
    parts = []
    for split in splits:
        if not split.num_problems:
            continue
        kinds = ", ".join(f"{code} {count:,}" for code, count in sorted(split.problem_counts.items()))
        rows = [
            row("" if problem.line is None else str(problem.line), problem.code, problem.message)
            for problem in split.problems
        ]
        table = Table(f"problems of {split.name}", cells("line", "kind", "what"), rows) if rows else None
        more = split.num_problems - len(split.problems)
        left_out = [f"and {more:,} more"] if more else []
        parts.append(Part(split.name, f"{split.num_problems:,}", kinds, table=table, notes=left_out))
    return Section("What is wrong", parts, good="" if parts else "No problems.")


def _overview(splits: Splits) -> Table:
    rows: list[Row] = []
    for section in overview_sections(splits):
        rows.append(row(section.title, css="section"))
        rows += [row(name, *values) for name, values in section.rows]
    return Table("figures by split", _headings(splits), rows, "figures")


def _bars(title: str, rows: Sequence[LabelRow], splits: Splits, what: str, *lead: str) -> Section:
    # One scale for the whole table: its longest bar fills the cell.
    highest = max((rate for line in rows for rate in line.shares), default=1.0) or 1.0
    drawn = [
        row(
            Cell(line.label, title=line.label),
            *(_bar(*pair, highest) for pair in zip(line.counts, line.shares, strict=True)),
        )
        for line in rows
    ]
    parts = [Part(table=Table(what, _headings(splits), drawn, "bars"))] if drawn else []
    return Section(title, parts, lead=lead)


def _bar(count: int, rate: float, highest: float) -> Cell:
    if not count:
        return Cell(MISSING, css="none")
    return Cell(f"{count:,}", note=f"{rate:.1%}", share=rate / highest)


def _lengths(title: str, splits: Splits, of: Callable[[SplitReport], Distribution], things: str) -> Section:
    found = [(split.name, of(split)) for split in splits if of(split).count]
    if not found:
        return Section(title)
    edges = bin_edges(max(lengths.quantiles["p99"] for _, lengths in found) or 1, _NUM_BINS)
    width = edges[1] - edges[0] if len(edges) > 1 else 1
    bins = [fill_bins(lengths.counts, edges, width) for _, lengths in found]
    if not any(filled[-1].number for filled in bins):
        bins = [filled[:-1] for filled in bins]
    pairs = list(zip(found, bins, strict=True))
    highest = max(item.number / lengths.count for (_, lengths), filled in pairs for item in filled)
    parts = [
        Part(
            name,
            drawing=histogram(filled, things=things, unit="tokens", highest=highest),
            caption=f"median {lengths.quantiles['median']:,}, 95 % up to {lengths.quantiles['p95']:,}, "
            f"longest {lengths.max:,}",
        )
        for (name, lengths), filled in pairs
    ]
    return Section(title, parts, columns=True)


def _nesting(splits: Splits) -> Section:
    counts: Counter[tuple[str, str]] = Counter()
    for split in splits:
        counts.update({(pair.inner, pair.outer): pair.count for pair in split.nesting.pairs})
    inner, outer = _most(counts, 0), _most(counts, 1)
    left_out = [*_left_out(len(inner), "row"), *_left_out(len(outer), "column")]
    table = heat_map(inner[:_MAX_HEAT], outer[:_MAX_HEAT], counts, caption="label inside label")
    lead = "Rows lie inside columns; counts of all splits together."
    return Section("Label inside label", [Part(table=table, notes=left_out)] if counts else [], lead=[lead])


def _together(splits: Splits) -> Section:
    counts: Counter[tuple[str, str]] = Counter()
    for split in splits:
        for pair in split.document_labels.pairs if split.document_labels else ():
            counts[pair.first, pair.second] += pair.count
            counts[pair.second, pair.first] += pair.count
    labels = _most(counts, 0)
    shown = labels[:_MAX_HEAT]
    table = heat_map(shown, shown, counts, caption="document labels together")
    lead = "Documents that bear both labels, of all splits together."
    parts = [Part(table=table, notes=_left_out(len(labels), "label"))] if counts else []
    return Section("Document labels together", parts, lead=[lead])


def _most(counts: Counter[tuple[str, str]], side: int) -> list[str]:
    """Names on one side of the pairs, those with the highest counts first."""
    totals: Counter[str] = Counter()
    for pair, count in counts.items():
        totals[pair[side]] += count
    return sorted(totals, key=lambda name: (-totals[name], name))


def _left_out(number: int, what: str) -> list[str]:
    more = number - _MAX_HEAT
    return [f"{more} rarer {what}{'s' * (more != 1)} left out."] if more > 0 else []


def _ambiguous(split: SplitReport) -> Table | None:
    rows = [
        row(
            mention.text[:_EXCERPT],
            Cell(items=[f"{label} {count:,}" for label, count in mention.labels.items()]),
        )
        for mention in split.mentions.ambiguous_examples[:_MAX_EXAMPLES]
    ]
    return Table("mentions with labels", cells("mention", "labels"), rows) if rows else None


def _contradictory(split: SplitReport) -> Table | None:
    rows = [
        row(
            example.text[:_EXCERPT],
            _tagging(example.path, example.line, example.tagging),
            _tagging(example.other_path, example.other_line, example.other_tagging),
        )
        for example in split.duplicates.examples[:_MAX_EXAMPLES]
    ]
    return Table("two taggings", cells("sentence", "here", "there"), rows) if rows else None


def _tagging(path: str, line: int | None, tags: Sequence[str]) -> Cell:
    return Cell(note=f"{path}:{line}", items=list(tags) or ["no entity"])
