"""Fixtures of the annotation's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from archives import json_lines, text_lines


@pytest.fixture
def archive(tmp_path: Path) -> list[Path]:
    """A text of several shards, and a small file of data."""
    text, data = tmp_path / "text.txt", tmp_path / "data.jsonl"
    text.write_bytes(text_lines(300))
    data.write_bytes(b"".join(json_lines(40)))
    return [text, data]
