"""Whoever reads a page knows from its top what to install for its commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from site_pages import ROOT, TUTORIALS, text_of

NEEDED = {
    "train": r"onoma (?:train|weak|distill|tune|compare|decide|export|pretrain|inspect --suspects)\b",
    "export": r"onoma export\b",
    "tune": r"onoma tune\b",
    "vectors": r"onoma vectors train\b",
    "bert": r"onoma pretrain\b|--model bert\b",
    "serve": r"onoma serve\b",
    "cluster": r"--engine ray\b",
    "hub": r"--to hub\b|\bhf://",
    "gliner": r"onoma distill gliner:",
}
PAGES = [*TUTORIALS, *(ROOT / "docs" / name for name in ("howto.md", "coming-from.md"))]
_INSTALLS = re.compile(r"`pip install -c constraints\.txt '\.\[([\w,]+)\]'`")


def needed(text: str) -> set[str]:
    return {extra for extra, command in NEEDED.items() if re.search(command, text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_top_of_a_page_names_the_extras_of_its_commands(page: Path) -> None:
    top, _, rest = text_of(page).partition("\n## ")
    named = set(re.findall(r"`(\w+)`", top)) | {
        one for found in _INSTALLS.findall(top) for one in found.split(",")
    }
    assert needed(top + rest) - named == set()
    assert "index.md#install" in top
    if page in TUTORIALS:
        assert {one for found in _INSTALLS.findall(top) for one in found.split(",")} >= needed(rest)


def test_the_pattern_finds_them() -> None:
    assert needed("onoma export runs/a b --to hub") == {"train", "export", "hub"}
    assert {"bert", "tune", "vectors"} <= set().union(*(needed(text_of(page)) for page in TUTORIALS))
