"""``onoma models``: the rungs of the ladder."""

from __future__ import annotations

import json

from onoma.cli.options import Json


def command(as_json: Json = False) -> None:
    """List the models that can be trained, simplest first."""
    from onoma.models import list_rungs

    rungs = list_rungs()
    if as_json:
        described = [
            {"id": rung.name, "summary": rung.summary, "options": rung.config().model_dump()}
            for rung in rungs
        ]
        print(json.dumps(described, indent=1))
        return
    width = max(len(rung.name) for rung in rungs)
    for rung in rungs:
        print(f"{rung.name:{width}}  {rung.summary}")
