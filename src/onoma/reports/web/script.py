"""The page's script: its parts, each a module that a reader can follow, joined into one without imports."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from onoma.reports.web.tables import tables_as_json

_FOLDER = Path(__file__).parent / "script"
_PARTS = ("characters", "words", "sentences", "features", "decoding", "model")
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_HEAD = "// Onoma's tokeniser, features and decoding, for models of words. Written by onoma export.\n"


@cache
def web_script() -> str:
    """Return ``onoma.js``: an ES module that imports nothing. It takes a second to make."""
    parts = [(_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in _PARTS]
    tables = f"const TABLES = {tables_as_json()};\n"
    return "\n".join((_HEAD + tables, *(_IMPORT.sub("", part).lstrip() for part in parts)))
