"""An inspection as a web page that stands alone: no script, no network, light and dark, screen and paper."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template

from onoma.inspection.lengths import Distribution
from onoma.inspection.report import Inspection, SplitReport
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
from onoma.reports.page_parts import Cell, Markup, escaped, heat_map, isolated, row, section_row, table
from onoma.reports.svg import bar, bin_edges, fill_bins, histogram

_MAX_HEAT = 30
_MAX_EXAMPLES = 10
_NUM_BINS = 24
_EXCERPT = 200


def inspection_page(inspection: Inspection, *, title: str) -> Iterator[str]:
    """Yield the pieces of the page.

    Args:
        inspection: what was found.
        title: what was inspected.
    """
    page = files("onoma.reports").joinpath("html")
    style = page.joinpath("inspection.css").read_text(encoding="utf-8")
    frame = Template(page.joinpath("inspection.html").read_text(encoding="utf-8"))
    style_hash = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    body = "".join(_sections(inspection))
    yield frame.substitute(title=escaped(title), style=style, style_hash=style_hash, body=body)


def _sections(inspection: Inspection) -> Iterator[str]:
    splits = inspection.splits
    yield _section("What was read", _files(splits))
    yield _section("What is wrong", _problems(splits))
    yield _section("Worth a look", _findings(splits))
    yield _section("In figures", _overview(splits), *_paragraphs(notes(inspection)))
    yield _section("Entities by label", _bars(entity_label_rows(splits), splits, "share of all entities"))
    yield _section("Sentences by length", *_lengths(splits, lambda split: split.sentence_length, "sentences"))
    yield _section("Mentions by length", *_lengths(splits, lambda split: split.mention_length, "mentions"))
    if any(split.documents != split.sentences for split in splits):
        charts = _lengths(splits, lambda split: split.document_length, "documents")
        yield _section("Documents by length", *charts)
    yield _section("Tokens by case", _bars(case_rows(splits), splits, "share of all tokens"))
    yield _section("Entities by depth", *_depths(splits))
    yield _section("Label inside label", *_nesting(splits))
    yield _section("Relations by type", _bars(relation_rows(splits), splits, "share of all relations"))
    rows = document_label_rows(splits)
    yield _section("Document labels", _bars(rows, splits, "share of annotated documents"))
    yield _section("Document labels together", *_together(splits))
    yield _section("Mentions with several labels", *_ambiguous(splits))
    yield _section("Sentences tagged in two ways", *_contradictory(splits))


def _section(title: str, *content: str) -> str:
    inner = "".join(content)
    return f"<section>\n<h2>{title}</h2>\n{inner}</section>\n" if inner else ""


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    return (f'<p class="note">{escaped(line)}</p>\n' for line in lines)


def _names(splits: Splits) -> list[Cell]:
    return [
        Markup(f'<bdi title="{escaped(split.name)}">{escaped(name)}</bdi>')
        for split, name in zip(splits, short_names(splits), strict=True)
    ]


def _files(splits: Splits) -> str:
    rows = [
        row(isolated(split.name), [isolated(split.path), split.format or "", split.scheme or ""])
        for split in splits
    ]
    return table(["split", "file", "format", "tags"], rows, caption="files", css_class="text")


def _problems(splits: Splits) -> str:
    if not any(split.num_problems for split in splits):
        return '<p class="good">No problems.</p>\n'
    parts = []
    for split in splits:
        if not split.num_problems:
            continue
        kinds = ", ".join(f"{code} {count:,}" for code, count in sorted(split.problem_counts.items()))
        rows = [
            row("" if problem.line is None else str(problem.line), [problem.code, isolated(problem.message)])
            for problem in split.problems
        ]
        more = split.num_problems - len(split.problems)
        parts += [
            f"<h3>{isolated(split.name)}: {split.num_problems:,}</h3>\n<p>{escaped(kinds)}</p>\n",
            table(["line", "kind", "what"], rows, caption=f"problems of {split.name}", css_class="text")
            if rows
            else "",
            f'<p class="note">and {more:,} more</p>\n' if more else "",
        ]
    return "".join(parts)


def _findings(splits: Splits) -> str:
    parts = []
    for split in splits:
        if split.findings:
            items = "".join(f"<li>{escaped(finding.message)}</li>\n" for finding in split.findings)
            parts.append(f"<h3>{isolated(split.name)}</h3>\n<ul>\n{items}</ul>\n")
    return f'<div class="columns">{"".join(f"<div>{part}</div>" for part in parts)}</div>\n' if parts else ""


def _overview(splits: Splits) -> str:
    rows = []
    for section in overview_sections(splits):
        rows.append(section_row(section.title, len(splits) + 1))
        rows += [row(name, cells) for name, cells in section.rows]
    return table(["", *_names(splits)], rows, caption="figures by split", css_class="figures")


def _bars(rows: Sequence[LabelRow], splits: Splits, what: str) -> str:
    if not rows:
        return ""
    # One scale for the whole table: its longest bar fills the cell.
    highest = max(rate for line in rows for rate in line.shares) or 1.0
    lines = [
        row(
            Markup(f'<bdi title="{escaped(line.label)}">{escaped(line.label)}</bdi>'),
            [_meter(count, rate, highest) for count, rate in zip(line.counts, line.shares, strict=True)],
        )
        for line in rows
    ]
    return table(["", *_names(splits)], lines, caption=what, css_class="bars")


def _meter(count: int, rate: float, highest: float) -> Markup:
    if not count:
        return Markup('<span class="none">–</span>')
    shown = f"{count:,} <small>{rate:.1%}</small>"
    return Markup(f'<div class="cell">{bar(rate / highest)}<span>{shown}</span></div>')


def _lengths(splits: Splits, of: Callable[[SplitReport], Distribution], things: str) -> Iterator[str]:
    found = [(split, of(split)) for split in splits if of(split).count]
    if not found:
        return
    longest = max(lengths.quantiles["p99"] for _, lengths in found) or 1
    edges = bin_edges(longest, _NUM_BINS)
    width = edges[1] - edges[0] if len(edges) > 1 else 1
    bins = [fill_bins(lengths.counts, edges, width) for _, lengths in found]
    if not any(filled[-1].number for filled in bins):
        bins = [filled[:-1] for filled in bins]
    highest = max(
        item.number / lengths.count
        for (_, lengths), filled in zip(found, bins, strict=True)
        for item in filled
    )
    yield '<div class="columns">'
    for (split, lengths), filled in zip(found, bins, strict=True):
        q = lengths.quantiles
        yield (
            f"<figure><figcaption><b>{isolated(split.name)}</b> median {q['median']:,}, 95 % up to "
            f"{q['p95']:,}, longest {lengths.max:,}</figcaption>\n"
            f"{histogram(filled, things=things, unit='tokens', highest=highest)}</figure>\n"
        )
    yield "</div>\n"


def _depths(splits: Splits) -> Iterator[str]:
    rows = depth_rows(splits)
    if rows:
        yield '<p class="note">Depth 1 lies in no other entity, depth 2 in one of depth 1.</p>\n'
        yield _bars(rows, splits, "share of all entities, by depth")


def _nesting(splits: Splits) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for split in splits:
        counts.update({(pair.inner, pair.outer): pair.count for pair in split.nesting.pairs})
    if not counts:
        return
    inner, outer = _most(counts, 0), _most(counts, 1)
    yield '<p class="note">Rows lie inside columns; counts of all splits together.</p>\n'
    yield heat_map(inner[:_MAX_HEAT], outer[:_MAX_HEAT], counts, caption="label inside label")
    yield from _left_out(len(inner), "row")
    yield from _left_out(len(outer), "column")


def _together(splits: Splits) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for split in splits:
        for pair in split.document_labels.pairs if split.document_labels else ():
            counts[pair.first, pair.second] += pair.count
            counts[pair.second, pair.first] += pair.count
    if not counts:
        return
    labels = _most(counts, 0)
    yield '<p class="note">Documents that bear both labels, of all splits together.</p>\n'
    yield heat_map(labels[:_MAX_HEAT], labels[:_MAX_HEAT], counts, caption="document labels together")
    yield from _left_out(len(labels), "label")


def _most(counts: Counter[tuple[str, str]], side: int) -> list[str]:
    """Names on one side of the pairs, those with the highest counts first."""
    totals: Counter[str] = Counter()
    for pair, count in counts.items():
        totals[pair[side]] += count
    return sorted(totals, key=lambda name: (-totals[name], name))


def _left_out(number: int, what: str) -> Iterator[str]:
    if number > _MAX_HEAT:
        more = number - _MAX_HEAT
        yield f'<p class="note">{more} rarer {what}{"s" * (more != 1)} left out.</p>\n'


def _ambiguous(splits: Splits) -> Iterator[str]:
    tables = [*_ambiguous_tables(splits)]
    if tables:
        yield f'<div class="columns">{"".join(tables)}</div>\n'


def _ambiguous_tables(splits: Splits) -> Iterator[str]:
    for split in splits:
        rows = [
            row(
                isolated(mention.text[:_EXCERPT]),
                [
                    Markup(
                        ", ".join(f"{isolated(label)} {count:,}" for label, count in mention.labels.items())
                    )
                ],
            )
            for mention in split.mentions.ambiguous_examples[:_MAX_EXAMPLES]
        ]
        if rows:
            drawn = table(["mention", "labels"], rows, caption="mentions with labels", css_class="text")
            yield f"<div><h3>{isolated(split.name)}</h3>\n{drawn}</div>"


def _contradictory(splits: Splits) -> Iterator[str]:
    for split in splits:
        rows = []
        for example in split.duplicates.examples[:_MAX_EXAMPLES]:
            sides = (
                (example.path, example.line, example.tagging),
                (example.other_path, example.other_line, example.other_tagging),
            )
            shown = [
                Markup(f"<small>{isolated(f'{path}:{line}')}</small><br>{_tagging(tags)}")
                for path, line, tags in sides
            ]
            rows.append(row(isolated(example.text[:_EXCERPT]), shown))
        if rows:
            yield f"<h3>{isolated(split.name)}</h3>\n"
            yield table(["sentence", "here", "there"], rows, caption="two taggings", css_class="text")


def _tagging(tags: Iterable[str]) -> str:
    return "<br>".join(isolated(tag) for tag in tags) or '<span class="none">no entity</span>'
