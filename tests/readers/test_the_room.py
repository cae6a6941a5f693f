"""The room of formats: one a file, none knows another, and listing them is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from onoma.readers import formats, list_formats

ROOM = Path(formats.__file__).parent
FILES = sorted(path for path in ROOM.glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_format_knows_no_other(path: Path) -> None:
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
        elif isinstance(node, ast.Import):
            modules += [name.name for name in node.names]
    assert not [module for module in modules if module.startswith("onoma.readers.formats")]
    names = [node.targets[0].id for node in ast.parse(path.read_text(encoding="utf-8")).body
             if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]  # fmt: skip
    assert "FORMAT" in names, "the room holds formats and nothing else"


def test_every_file_is_a_format() -> None:
    assert len(FILES) == len(list_formats())


def test_listing_formats_is_light() -> None:
    code = "import sys; from onoma.readers import list_formats; list_formats(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numpy", "pyarrow", "spacy", "datasets", "lxml", "torch"}.isdisjoint(found.stdout.split())
