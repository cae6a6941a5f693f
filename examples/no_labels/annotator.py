"""Stands in for the person who annotates: answers a file of `onoma select` by gold labels, which exist here.

    python annotator.py GOLD SELECTED.json DONE.json

GOLD are documents of any format; SELECTED.json are tasks for Label Studio, with the model's suggestions.
DONE.json is what Label Studio exports once somebody has looked at each. With your own text this is the step
that you do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from onoma.readers import read_corpus
from onoma.text import Document


def regions(text: str, documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Return what Label Studio would have of a piece of one of the documents: its entities there."""
    document = next(one for one in documents if text in one.text)
    first = document.text.index(text)
    inside = [span for span in document.entities if first <= span.start and span.end <= first + len(text)]
    return [
        {
            "id": f"region-{number}",
            "type": "labels",
            "from_name": "label",
            "to_name": "text",
            "value": {
                "start": span.start - first,
                "end": span.end - first,
                "text": span.text,
                "labels": [span.label],
            },
        }
        for number, span in enumerate(inside)
    ]


def annotate(gold: Path, selected: Path, done: Path) -> None:
    """Write each task with an annotation in place of the suggestions."""
    documents = read_corpus(gold).documents
    tasks = json.loads(selected.read_text(encoding="utf-8"))
    for number, task in enumerate(tasks):
        result = regions(task["data"]["text"], documents)
        task |= {"id": number, "annotations": [{"result": result, "was_cancelled": False}], "predictions": []}
    done.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{done}: {len(tasks)} tasks annotated")


if __name__ == "__main__":
    annotate(*map(Path, sys.argv[1:]))
