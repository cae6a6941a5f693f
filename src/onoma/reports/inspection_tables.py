"""An inspection as text that fits 80 columns, on a terminal and off it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from onoma.inspection.report import Inspection, SplitReport
from onoma.reports.escapes import visible
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

_SPLITS_A_TABLE = 3
_MAX_PAIRS = 10
_MAX_TOP = 30
_MAX_EXAMPLES = 5
_CUT = 60
_NAME_WIDTH = 18


def inspection_tables(inspection: Inspection, *, max_problems: int = 20) -> Iterator[RenderableType]:
    """Yield tables and lines in reading order: figures first, what is wrong last.

    Args:
        inspection: what was found.
        max_problems: problems shown for each split; the rest is counted.
    """
    splits = inspection.splits
    yield from _files(splits)
    for first in range(0, len(splits), _SPLITS_A_TABLE):
        yield from _tables(splits[first : first + _SPLITS_A_TABLE])
    yield from _examples(splits)
    for line in notes(inspection):
        yield Text(line)
    for split in splits:
        yield from _findings(split)
    for split in splits:
        yield from _problems(split, max_problems)
    total = inspection.num_problems
    yield Text(f"{total:,} problem{'s' * (total != 1)}" if total else "no problems", style="bold")


def _files(splits: Splits) -> Iterator[RenderableType]:
    for split in splits:
        kind = ", ".join(part for part in (split.format, split.scheme) if part)
        name = "" if split.name == split.path else f"{split.name}: "
        line = _plain(f"{name}{split.path} ({kind})")
        line.no_wrap = True  # a path that is broken cannot be copied
        yield line
    yield Text()


def _tables(splits: Splits) -> Iterator[RenderableType]:
    table = _table("", splits)
    for section in overview_sections(splits):
        table.add_row(Text(section.title, style="bold"), end_section=False)
        for name, cells in section.rows:
            table.add_row(Text(f"  {name}"), *map(_plain, cells))
        table.add_section()
    yield table
    yield from _label_table("entities by label", entity_label_rows(splits), splits)
    yield from _label_table("tokens by case", case_rows(splits), splits)
    yield from _label_table("entities by depth", depth_rows(splits), splits)
    if any(split.nesting.pairs for split in splits):
        yield _nesting_table(splits)
    yield from _top_table("relations by type", relation_rows(splits), splits, "relation types")
    rows = document_label_rows(splits)
    yield from _top_table("documents by label", rows, splits, "document labels")
    if rows:
        yield _together_table(splits)


def _label_table(heading: str, rows: Sequence[LabelRow], splits: Splits) -> Iterator[Table]:
    if not rows:
        return
    table = _table(heading, splits)
    for row in rows:
        cells = [
            f"{count:,} {rate:6.1%}" if count else "-"
            for count, rate in zip(row.counts, row.shares, strict=True)
        ]
        table.add_row(_plain(row.label), *cells)
    yield table


def _top_table(
    heading: str, rows: Sequence[LabelRow], splits: Splits, things: str
) -> Iterator[RenderableType]:
    yield from _label_table(heading, rows[:_MAX_TOP], splits)
    if len(rows) > _MAX_TOP:
        yield Text(f"and {len(rows) - _MAX_TOP} more {things}\n")


def _nesting_table(splits: Splits) -> Table:
    pairs = [{(pair.inner, pair.outer): pair.count for pair in split.nesting.pairs} for split in splits]
    named = [{f"{inner} in {outer}": n for (inner, outer), n in found.items()} for found in pairs]
    return _ranked_table("nested: label in label", named, splits)


def _together_table(splits: Splits) -> Table:
    found = [split.document_labels.pairs if split.document_labels else () for split in splits]
    named = [{f"{pair.first} and {pair.second}": pair.count for pair in pairs} for pairs in found]
    return _ranked_table("document labels together", named, splits)


def _ranked_table(heading: str, counts: Sequence[dict[str, int]], splits: Splits) -> Table:
    names = {name for column in counts for name in column}
    ranked = sorted(names, key=lambda name: (-sum(column.get(name, 0) for column in counts), name))
    table = _table(heading, splits)
    for name in ranked[:_MAX_PAIRS]:
        table.add_row(_plain(name), *(f"{column[name]:,}" if name in column else "-" for column in counts))
    if len(ranked) > _MAX_PAIRS:
        table.add_row(Text(f"and {len(ranked) - _MAX_PAIRS:,} more pairs"))
    return table


def _examples(splits: Splits) -> Iterator[RenderableType]:
    for split in splits:
        mentions = split.mentions.ambiguous_examples[:_MAX_EXAMPLES]
        if mentions:
            yield Text(f"{_plain(split.name)}: mentions with several labels", style="bold")
        for mention in mentions:
            counts = ", ".join(f"{label} {count:,}" for label, count in mention.labels.items())
            yield _plain(f"  {_cut(mention.text)}: {counts}")
    for split in splits:
        texts = split.duplicates.examples[:_MAX_EXAMPLES]
        if texts:
            yield Text(f"{_plain(split.name)}: sentences tagged in two ways", style="bold")
        for example in texts:
            yield _plain(f"  {_cut(example.text)}")
            yield _plain(f"    {example.path}:{example.line}: {_tags(example.tagging)}")
            yield _plain(f"    {example.other_path}:{example.other_line}: {_tags(example.other_tagging)}")
    yield Text()


def _findings(split: SplitReport) -> Iterator[RenderableType]:
    if split.findings:
        yield Text(f"{_plain(split.name)}: worth a look", style="bold")
    for finding in split.findings:
        yield _plain(f"  {finding.message}")


def _problems(split: SplitReport, limit: int) -> Iterator[RenderableType]:
    if not split.num_problems:
        return
    yield Text(f"{_plain(split.name)}: problems", style="bold")
    shown = split.problems[:limit]
    for problem in shown:
        place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
        yield _plain(f"  {place}: {problem.message}")
    more = split.num_problems - len(shown)
    if more:
        kinds = ", ".join(f"{code} {count:,}" for code, count in sorted(split.problem_counts.items()))
        yield _plain(f"  and {more:,} more; in all: {kinds}")


def _tags(tagging: Iterable[str]) -> str:
    return "; ".join(tagging) or "no entity"


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[:_CUT]}…"


def _table(heading: str, splits: Splits) -> Table:
    # Rules only, and no colour: the same on dark, light and no terminal.
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(heading, overflow="fold", min_width=20)
    for name in short_names(splits):
        table.add_column(_plain(name), justify="right", overflow="fold", max_width=_NAME_WIDTH)
    return table


def _plain(text: str) -> Text:
    return Text(visible(text, one_line=True))
