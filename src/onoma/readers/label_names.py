"""Names of labels or tags that a file gives as numbers: ``O,B-PER,I-PER``, or a file of a name a line."""

from __future__ import annotations

import json
from pathlib import Path

from onoma.errors import ConfigError


def read_label_names(given: str) -> tuple[str, ...]:
    """Return the names in their order, the first being that of 0.

    Args:
        given: names between commas; or a file: a name a line, a JSON list, or a JSON object of name -> number
            (or number -> name, as in the ``id2label`` of a model's configuration).

    Raises:
        ConfigError: a file that cannot be read, or numbers that do not count from 0.
    """
    path = Path(given)
    if "," in given or not path.is_file():
        names = [name.strip() for name in given.split(",")]
        if len(names) < 2:
            raise ConfigError(f"--label-names needs names between commas, or a file: no file '{given}'")
        return tuple(names)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the label names cannot be read: {error}") from None
    if text.lstrip()[:1] in ("{", "["):
        return _from_json(text, path)
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _from_json(text: str, path: Path) -> tuple[str, ...]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    if isinstance(value, dict):
        value = value.get("id2label", value.get("label2id", value))
    if isinstance(value, dict):
        numbered = all(key.isdecimal() for key in value)
        pairs = value if numbered else {str(number): name for name, number in value.items()}
        value = [pairs.get(str(number)) for number in range(len(pairs))]
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ConfigError(f"{path}: label names must be a list of strings, or numbered from 0")
    return tuple(value)
