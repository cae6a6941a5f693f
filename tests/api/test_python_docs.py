"""The examples of the page on Python, and of docstrings, do what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import onoma.api.data
import onoma.api.scoring

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 10
    assert failed == 0


def test_docstrings() -> None:
    for module in (onoma.api.data, onoma.api.scoring):
        failed, tried = doctest.testmod(module, extraglobs={"read": onoma.read})
        assert tried > 0
        assert failed == 0
