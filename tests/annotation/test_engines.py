"""Engines are found by themselves, other packages' too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from archives import annotate, backwards, parts, settings

from onoma.annotation import engine
from onoma.annotation.engine import Engine, engines, get_run
from onoma.errors import ConfigError


def test_those_here_have_names_and_descriptions() -> None:
    assert list(engines()) == ["local", "ray"]
    assert all(one.description for one in engines().values())
    with pytest.raises(ConfigError, match=r"unknown engine 'rai'.*ray"):
        get_run("rai")
    with pytest.raises(ConfigError, match="does not go with the engine local"):
        get_run("local", "here:1")


def test_another_packages_engine_writes_the_same(
    archive: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Engine("own", "this very process, the last shard first", backwards)
    entry = SimpleNamespace(load=lambda: own)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [entry] * (group == "onoma.engines"))
    engine.engines.cache_clear()
    try:
        annotate(archive, tmp_path / "own", settings(), get_run("own"))
    finally:
        engine.engines.cache_clear()
    annotate(archive, tmp_path / "here", settings())
    assert parts(tmp_path / "own") == parts(tmp_path / "here")
