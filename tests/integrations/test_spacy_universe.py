"""The entry for spaCy's universe: its keys, and an example that runs."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("spacy")

ROOT = Path(__file__).parents[2]
ENTRY = json.loads((ROOT / "docs" / "spacy-universe.json").read_text(encoding="utf-8"))


def test_it_has_what_the_universe_asks_for() -> None:
    assert {"id", "title", "slogan", "description", "pip", "code_example", "category", "author"} <= set(ENTRY)
    assert set(ENTRY["category"]) <= {"pipeline", "training", "models", "standalone", "research", "apis"}
    name, extra = ENTRY["pip"].rstrip("]").split("[")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert name == project["name"]
    assert extra in project["optional-dependencies"]


def test_its_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec("\n".join(ENTRY["code_example"]), {})
    assert "('John Smith', 'per'" in capsys.readouterr().out
