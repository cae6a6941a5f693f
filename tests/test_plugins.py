"""Plug-ins of other packages: a broken one is named and passed over, and none replaces what is ours."""

from __future__ import annotations

import importlib.metadata
import logging
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest

from onoma import plugins
from onoma.readers import registry
from onoma.readers.registry import Format, get_format, list_formats
from onoma.selection.strategy import strategies
from onoma.tasks import get_task
from onoma.tasks import registry as tasks


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Return a function that registers modules of a stranger under a group."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def register(group: str, **sources: str) -> None:
        entries = []
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
            entries.append(EntryPoint(name, f"{name}:THING", group))
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)

    registry._formats.cache_clear()
    strategies.cache_clear()
    yield register
    registry._formats.cache_clear()
    strategies.cache_clear()


NAMED = """
from dataclasses import replace
from onoma.readers.registry import Format
from onoma.readers.formats.conll import FORMAT
THING = replace(FORMAT, name="{}")
"""


def test_a_broken_one_is_passed_over_and_named(registered, caplog: pytest.LogCaptureFixture) -> None:
    registered(
        registry.ENTRY_POINT_GROUP,
        broken="import no_such_module_anywhere",
        raises="raise SystemError('no')",
        lacks="OTHER = 1",
        sound=NAMED.format("their-own"),
    )
    with caplog.at_level(logging.WARNING):
        assert isinstance(get_format("their-own"), Format)
    assert {one.name for one in list_formats()} > {"conll", "spans-jsonl"}
    for name in ("broken", "raises", "lacks"):
        assert f"the plug-in {name} ({name}:THING) cannot be used" in caplog.text


def test_what_is_ours_is_not_replaced(registered, caplog: pytest.LogCaptureFixture) -> None:
    ours = get_format("conll")
    registry._formats.cache_clear()
    registered(registry.ENTRY_POINT_GROUP, thief=NAMED.format("conll"))
    with caplog.at_level(logging.WARNING):
        assert get_format("conll") is ours
    assert "has a 'conll' of another package" in caplog.text


def test_what_is_of_another_kind_is_no_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = SimpleNamespace(name="n", value="v", load=lambda: "no format")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [entry])
    assert plugins.find_foreign("any", Format) == []


def test_tasks_of_ours_are_not_replaced_either(registered, caplog: pytest.LogCaptureFixture) -> None:
    ours = get_task("tags")
    tasks._tasks.cache_clear()
    registered(
        tasks.ENTRY_POINT_GROUP,
        other_tags="from onoma.tasks.tags import TASK\nTHING = type('Other', (TASK,), {})",
    )
    with caplog.at_level(logging.WARNING):
        assert get_task("tags") is ours
    assert "has a 'tags' of another package" in caplog.text
    tasks._tasks.cache_clear()
