"""The page and the tables of an inspection: complete, escaped, well-formed, of bounded width."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsed_pages import Parsed
from rich.console import Console

from onoma.inspection import Inspection, find_parts, inspect_parts
from onoma.readers import ReadOptions
from onoma.reports.inspection_tables import inspection_tables
from onoma.reports.kit.bars import bin_edges, fill_bins, histogram
from onoma.reports.pages import inspection

EVIL = "<script>alert(1)</script>\"'&\u202e\x1b[31m"


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    """Two splits in which whatever can come from data is an attack."""
    folder = tmp_path_factory.mktemp("evil")
    text = f"{EVIL} x {EVIL}"
    end = len(EVIL)
    train = {
        "text": text,
        "labels": [EVIL, "other"],
        "entities": [
            {"start": 0, "end": end, "label": EVIL},
            {"start": 0, "end": len(text), "label": "wide"},
            {"start": end + 3, "end": len(text), "label": "wide"},
        ],
    }
    test = train | {"entities": [{"start": 0, "end": end, "label": f"new{EVIL}"}]}
    broken = train | {"entities": [{"start": 5, "end": 2, "label": EVIL}]}
    for name, records in (("train", [train]), ("test", [test, broken])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return inspect_parts(find_parts([str(folder)]), ReadOptions(on_error="skip"))


def test_the_page_has_every_part_with_the_data_as_text(evil: Inspection) -> None:
    shown = Parsed(inspection.PAGE.render(evil, title=EVIL)).text
    for part in ("What is wrong", "unseen-label", "reversed-span", "Label inside label", "Document labels"):
        assert part in shown
    assert shown.count("<script>alert(1)</script>") > 10


def test_the_tables_are_harmless_and_fit(evil: Inspection, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=80, highlight=False)
    for part in inspection_tables(evil):
        console.print(part)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert max(map(len, out.splitlines())) <= 80
    for part in ("problems", "2 problems", "against train", "nested: label in label", "documents by label"):
        assert part in out


def test_depths_and_what_became_of_every_entity(evil: Inspection, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=80, highlight=False)
    for part in inspection_tables(evil):
        console.print(part)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    # In train one of three lies inside "wide" and so does the other; the broken record of test is not read.
    assert ["depth", "1", "1", "33.3%", "1", "100.0%"] in rows
    assert ["depth", "2", "2", "66.7%", "-"] in rows
    assert ["entities", "in", "the", "file", "3", "2"] in rows
    assert ["kept", "as", "they", "stand", "3", "1"] in rows
    assert ["not", "read", "1"] in rows
    page = inspection.PAGE.render(evil, title="x")
    assert "<h2>Entities by depth</h2>" in page
    assert "entities in the file" in page


def test_many_splits_come_in_several_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(7):
        (tmp_path / f"part{number}.txt").write_text("Anna B-PER\n\n")
    found = inspect_parts(find_parts([str(path) for path in sorted(tmp_path.iterdir())]), ReadOptions())
    console = Console(width=80, highlight=False)
    for part in inspection_tables(found):
        console.print(part)
    out = capsys.readouterr().out
    assert out.count("sentences with entities") == 3
    assert out.split().count("part6.txt") == 3  # heads its columns without its folder
    assert max(map(len, out.splitlines())) <= 80
    Parsed(inspection.PAGE.render(found, title="many"))


@given(st.dictionaries(st.integers(0, 5000), st.integers(1, 10**6), min_size=1), st.integers(1, 30))
def test_bins_hold_everything_in_order(counts: dict[int, int], num_bins: int) -> None:
    edges = bin_edges(max(*counts, 1), num_bins)
    assert len(edges) <= num_bins
    width = edges[1] - edges[0] if len(edges) > 1 else max(*counts, 1)
    bins = fill_bins(counts, edges, width)
    assert sum(item.number for item in bins) == sum(counts.values())
    for item in bins:
        inside = [n for length, n in counts.items() if item.first <= max(1, length) <= (item.last or 10**9)]
        assert item.number == sum(inside)


@pytest.mark.parametrize("longest", [1, 3, 17, 60, 900, 12345])
def test_names_below_an_axis_do_not_overlap(longest: int) -> None:
    edges = bin_edges(longest, 24)
    width = edges[1] - edges[0] if len(edges) > 1 else 1
    for bins in (fill_bins({longest: 1}, edges, width), fill_bins({longest: 1}, edges, width)[:-1]):
        drawing = Parsed(f"<p>{histogram(bins, things='things', unit='tokens', highest=1.0)}</p>")
        assert drawing.tags.count("rect") == len(bins)
        places = _tick_places(histogram(bins, things="things", unit="tokens", highest=1.0))
        assert all(left[1] < right[0] for left, right in pairwise(places))
        assert places[-1][1] <= 340


def _tick_places(drawing: str) -> list[tuple[float, float]]:
    """Left and right edge of each name, at 6.2 units a character."""
    places = []
    for x, anchor, name in re.findall(
        r'<text class="tick" x="([\d.]+)" y="150.0" text-anchor="(\w+)">([^<]*)<', drawing
    ):
        wide = 6.2 * len(name)
        right = float(x) if anchor == "end" else float(x) + wide / 2
        places.append((right - wide, right))
    return places
