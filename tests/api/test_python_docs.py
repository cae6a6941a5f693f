"""The examples of the page on Python, and of docstrings, do what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import onoma.api

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 10
    assert failed == 0


MODULES = [one.name for one in pkgutil.iter_modules(onoma.api.__path__)]


def test_docstrings() -> None:
    seen = 0
    for name in MODULES:
        module = importlib.import_module(f"onoma.api.{name}")
        failed, tried = doctest.testmod(module, extraglobs={"read": onoma.read})
        assert failed == 0, name
        seen += tried
    assert seen > 10
