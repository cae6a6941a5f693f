"""What tutorials say that the shipped models and commands print is what they print: another edition differs.

Where a page shows a part only, ``...`` stands for the rest.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from site_pages import TUTORIALS, text_of

_SHELL = re.compile(r"^```sh\n(.*?)^```\n(?:\n*```text\n(.*?)^```$)?", re.M | re.S)
_SURE = re.compile(r"\bonoma (?:(?:predict|redact) (?:en|ru)|convert|split|inspect (?!--suspects))\b")
"""What needs no training: what other commands print differs from machine to machine."""
_COMMAND = re.compile(r"(?:^|[|;&] *|-I\{\} )onoma ", re.M)


def steps(page: Path) -> list[tuple[str, str]]:
    """Return the blocks that need no training, in order, with what they are said to print, if anything."""
    found = [(block, text) for block, text in _SHELL.findall(text_of(page)) if "runs/" not in block]
    return [one for one in found if len(_COMMAND.findall(one[0])) == len(_SURE.findall(one[0]))]


def said(page: Path) -> list[str]:
    """Return what the commands among these blocks are said to print."""
    return [text for block, text in steps(page) if text and _SURE.search(block)]


def pattern(text: str) -> re.Pattern[str]:
    """Return what a text stands for of which parts were left out."""
    escaped = re.escape(text).replace(r"\.\.\.", "...")
    return re.compile(re.sub(r"\.\.\.(?!\n)", ".*", re.sub(r"(?m)^\.\.\.\\\n", "(?:.*\\n)*?", escaped)))


PAGES = [page for page in TUTORIALS if said(page)]


def test_there_are_some() -> None:
    there = {"first-model", "own-data", "russian", "redaction", "long-documents"}
    assert there <= {page.stem for page in PAGES}


def test_a_part_stands_for_the_whole() -> None:
    assert pattern("read .../a (b)\n...\nend\n").fullmatch("read /c/a (b)\n1\n2\nend\n")
    assert pattern("a\n...\n").fullmatch("a\n")
    assert not pattern("a\n...\nc\n").fullmatch("a\nb\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_they_print_what_is_said(page: Path, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    here = {**os.environ, "PATH": path, "COLUMNS": "80"}
    for block, text in steps(page):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=here,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        printed = re.sub(r" +$", "", done.stdout, flags=re.M)
        assert done.returncode == 0, printed
        if text and _SURE.search(block):
            assert pattern(text).fullmatch(printed), (block, printed)
