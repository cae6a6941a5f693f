"""Lists in cells: whatever Python prints of a list of strings is read back."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers.tables.list_cells import read_list

ITEMS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=6)


@given(ITEMS)
def test_python_and_json_lists(items: list[str]) -> None:
    assert read_list(repr(items)) == items
    assert read_list(json.dumps(items)) == items
    assert read_list(json.dumps(items, ensure_ascii=False)) == items
    assert read_list("[" + " ".join(map(repr, items)) + "]") == items


@given(st.lists(st.integers(0, 10**8), max_size=6))
def test_numbers(items: list[int]) -> None:
    assert read_list(str(items)) == items
    assert read_list("[" + " ".join(map(str, items)) + "]") == items


@given(st.text(st.sampled_from("[]'\", \\ax1\n."), max_size=12))
def test_anything_else_is_an_error(text: str) -> None:
    items: list[object] = []
    with suppress(DataError):
        items = read_list("[" + text)
    assert all(isinstance(item, str | int) for item in items)


@pytest.mark.parametrize(
    "text", ["['a', 'b' ", "['a'] ", "['a''b']", "['a' ... 'b']", "[None]", "[a]", "[", "[[]]"]
)
def test_what_is_no_list(text: str) -> None:
    if text == "['a'] ":
        assert read_list(text) == ["a"]
    else:
        with pytest.raises(DataError):
            read_list(text)
