"""FactRuEval's column files in documents: ``python benchmarks/factrueval_documents.py FOLDER OUT``.

The column files have a sentence a document; the texts of the documents stand in the files of objects beside
them, in the same order. Both are walked together, and a ``-DOCSTART-`` line goes where a text begins. Words,
tags and their order stay as they are. Needed for models that read context.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

SPLITS = ("devset", "testset")
_BOUNDARY = "-DOCSTART- O"


def sentences_of(path: Path) -> Iterator[list[str]]:
    """Yield the lines of each sentence of a column file."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        if lines := [line for line in block.splitlines() if line]:
            yield lines


def split(columns: Path, objects: Path) -> list[list[list[str]]]:
    """Return the sentences of each document.

    Raises:
        SystemExit: a sentence stands in no text where it should.
    """
    texts = [json.loads(line)["text"] for line in objects.read_text(encoding="utf-8").splitlines()]
    documents: list[list[list[str]]] = [[] for _ in texts]
    number = place = 0
    for lines in sentences_of(columns):
        words = [line.split("\t")[0] for line in lines]
        while (end := _find(texts[number], place, words)) is None:
            if number + 1 == len(texts):
                raise SystemExit(f"{columns}: '{' '.join(words)}' is in no text behind the last one")
            number, place = number + 1, 0
        documents[number].append(lines)
        place = end
    return documents


def _find(text: str, place: int, words: list[str]) -> int | None:
    """Return where the words end that come next in a text, with nothing but white space between them."""
    for word in words:
        while place < len(text) and text[place].isspace():
            place += 1
        if not text.startswith(word, place):
            return None
        place += len(word)
    return place


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with devset.conll, devset_objects.jsonl and so on")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in SPLITS:
        documents = split(options.folder / f"{name}.conll", options.folder / f"{name}_objects.jsonl")
        blocks = ["\n".join(lines) for one in documents for lines in ([_BOUNDARY], *one)]
        (options.out / f"{name}.conll").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
        print(f"{name}: {len(documents)} documents, {sum(map(len, documents))} sentences")


if __name__ == "__main__":
    main()
