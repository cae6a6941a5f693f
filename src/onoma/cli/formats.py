"""``onoma formats``: what can be read and written."""

from __future__ import annotations

import json

from onoma.cli.options import Json


def command(as_json: Json = False) -> None:
    """List the data formats.

    Any of them may also be .gz or .zip.
    """
    from onoma.readers import list_formats

    formats = list_formats()
    if as_json:
        described = [
            {"name": item.name, "description": item.description, "suffixes": list(item.suffixes)}
            for item in formats
        ]
        print(json.dumps(described, indent=1))
        return
    width = max(len(item.name) for item in formats)
    for item in formats:
        print(f"{item.name:{width}}  {item.description}")
