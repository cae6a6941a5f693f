"""All kinds of pages in a headless browser: they fit a phone, ask for nothing, and can be read and used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_looks import check_looks
from page_samples import sample_pages

from devtools import Browser, browser, find_browser

NAMES = ("prediction", "inspection", "card", "comparison", "api")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return sample_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium or Chrome is installed")
    return found


@pytest.fixture
def tab(program: str, tmp_path: Path) -> Iterator[Browser]:
    with browser(program, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
def test_a_page_can_be_read_on_any_screen(name: str, pages: dict[str, Path], tab: Browser) -> None:
    tab.open(pages[name])
    check_looks(tab)
    assert {address.split(":")[0] for address in tab.requests()} == {"file"}
