"""Strict CSV: every row with its line, every fault at its place, nothing swallowed by a quote left open."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.readers.tables import csv_rows
from onoma.readers.tables.csv_rows import Row, find_columns, read_rows


def rows(text: str, *, short_fields: bool = False) -> list[Row]:
    lines = text.split("\n")
    return list(read_rows(lines[:-1] if not lines[-1] else lines, "f.csv", short_fields=short_fields))


def faults(text: str, **options: bool) -> list[tuple[str, int | None, int | None]]:
    found = [row.fault for row in rows(text, **options) if row.fault is not None]
    return [(fault.code, fault.line, fault.column) for fault in found]


FIELD = st.text(st.sampled_from("ab,\"\n '\u2028\xa0é"), max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(FIELD, min_size=width, max_size=width))))
def test_what_the_csv_module_writes_is_read(table: list[list[str]]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    starts = []
    for fields in table:
        starts.append(stream.getvalue().count("\n") + 1)
        writer.writerow(fields)
    assert rows(stream.getvalue()) == [Row(*pair) for pair in zip(starts, table, strict=True)]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('ab,"\n'), max_size=60), st.booleans())
def test_any_text_gives_rows_in_order_and_never_loses_a_line(text: str, short: bool) -> None:
    found = rows(text, short_fields=short)
    assert [row.line for row in found] == sorted({row.line for row in found})
    covered = {
        line
        for row in found
        for line in range(row.line, row.line + 1 + sum(field.count("\n") for field in row.fields))
    }
    assert covered >= {number for number, line in enumerate(text.split("\n"), 1) if line}


def test_lines_are_those_where_rows_begin() -> None:
    text = 'a,b\n1,"two\nlines ""and"" a comma,"\n\n2,"x\n\ny"\n3,z\n'
    assert rows(text) == [
        Row(1, ["a", "b"]),
        Row(2, ["1", 'two\nlines "and" a comma,']),
        Row(5, ["2", "x\n\ny"]),
        Row(8, ["3", "z"]),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1\n2,3\n", [("column-count", 2, 2)]),
        ("a,b\n1,2,3\n2,3\n", [("column-count", 2, 3)]),
        ("a,b\n1,2\n2\n", [("truncated", 3, 2)]),
        ("a,b\n1,2\n2,3,4\n", [("column-count", 3, 3)]),
        ('a,b\n1,"2\n3\n', [("unterminated-quote", 2, 2), ("truncated", 3, 2)]),
        ('a,b\n1,"2\n3,4\n5,6\n', [("unterminated-quote", 2, 2)]),
        ('a,b\n1,"2" x\n3,4\n', [("stray-quote", 2, 2)]),
        ('a,b\n1,5" disk\n3,4\n', [("stray-quote", 2, 2)]),
        ('a,b\n"x" y,"z"\n3,4\n', [("stray-quote", 2, 1)]),
        ('a,b\n"x\n2"z,3\n4,5\n', [("stray-quote", 2, 1), ("stray-quote", 3, 1)]),
        ('a,"b\n1,2\n', [("unterminated-quote", 1, 2)]),
    ],
)
def test_faults_are_located(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert faults(text) == expected


def test_reading_goes_on_after_the_line_of_a_fault() -> None:
    found = rows('a,b\n1,"2\n3,4\n5,6\n')
    assert [row.fields for row in found if row.fault is None] == [["a", "b"], ["3", "4"], ["5", "6"]]


def test_a_short_field_never_swallows_rows() -> None:
    text = 's,word,tag\n1,",O\n,b,O\n,",O\n,c,O\n'
    assert faults(text, short_fields=True) == [("unterminated-quote", 2, 2), ("unterminated-quote", 4, 2)]
    assert faults(text) == []
    assert faults('s,word,tag\n1,"two\nlines",O\n', short_fields=True) == []


def test_an_open_quote_does_not_take_in_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "_LONGEST_ROW", 100)
    held = 0

    def lines():
        nonlocal held
        yield "a,b"
        yield '1,"2'
        for held in range(10_000):  # noqa: B007
            yield "3,4"

    feed = read_rows(lines(), "f.csv")
    assert next(feed).fields == ["a", "b"]
    fault = next(feed).fault
    assert fault is not None
    assert (fault.code, fault.line) == ("unterminated-quote", 2)
    assert held < 40
    assert sum(row.fault is None for row in feed) == 10_000


def test_columns_by_name() -> None:
    header = ["", "Sentence_#", " WORD", "ner-tag"]
    roles = {"sentence": ("sentence #",), "word": ("word", "token"), "tag": ("ner tag",), "x": ("x",)}
    assert find_columns(header, roles) == {"sentence": [1], "word": [2], "tag": [3], "x": []}
