"""What tutorials say that the shipped models print is what they print: another edition finds other names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from site_pages import TUTORIALS, text_of

_SAID = re.compile(r"^```sh\n(.*?)^```\n+```text\n(.*?)^```$", re.M | re.S)
_TRAINED = re.compile(r"\bonoma (?!predict (?:en|ru)\b|redact (?:en|ru)\b)")
"""Commands that are not of a shipped model: what they print differs from machine to machine."""


def said(page: Path) -> list[tuple[str, str]]:
    """Return the blocks that need nothing but shipped models, with what they are said to print."""
    whole = [(block, text) for block, text in _SAID.findall(text_of(page)) if "..." not in text]
    return [(block, text) for block, text in whole if "onoma " in block and not _TRAINED.search(block)]


PAGES = [page for page in TUTORIALS if said(page)]


def test_there_are_some() -> None:
    assert {"first-model", "russian", "redaction", "long-documents"} <= {page.stem for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_they_print_what_is_said(page: Path, tmp_path: Path) -> None:
    here = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for block, text in said(page):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=here,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, text)
