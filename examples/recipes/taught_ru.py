"""What the teacher of the shipped `ru` says of free text, as further sentences to learn from.

    python examples/recipes/taught_ru.py text COLUMNS... > free.txt
    onoma predict TEACHER free.txt --to jsonl --out taught.jsonl
    python examples/recipes/taught_ru.py keep taught.jsonl > more.jsonl

`text` makes plain sentences of files of columns (WikiANN's and FactRuEval's, whose labels are not looked at):
words are joined as they are written, short and foreign ones left out, each sentence once, in random order.
`keep` takes the sentences in all of whose entities the teacher's probability is 0.6 or more.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from onoma.readers import read_corpus

LEAST_WORDS = 4
LEAST_SCORE = 0.6
_QUOTES = ("''", "``")


def sentences(path: Path) -> Iterator[list[str]]:
    """Yield the words of each sentence."""
    for document in read_corpus(path).documents:
        for first, end in document.sentences:
            yield [token.text for token in document.tokens[first:end]]


def joined(words: list[str]) -> str:
    """Return words as text."""
    text = " ".join(word for word in words if word not in _QUOTES)
    text = re.sub(r" ([,.;:!?)»%])", r"\1", text)
    text = re.sub(r"([(«]) ", r"\1", text)
    return re.sub(r'" ([^"]*?) "', r"«\1»", text).strip()


def main() -> None:
    """Write lines to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("step", choices=("text", "keep"))
    parser.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    if given.step == "text":
        made = (
            joined(words) for path in given.files for words in sentences(path) if len(words) >= LEAST_WORDS
        )
        lines = list(dict.fromkeys(line for line in made if re.search("[а-яА-Я]{3}", line)))
        random.Random(13).shuffle(lines)
        print("\n".join(lines))
        return
    for number, line in enumerate(given.files[0].read_text(encoding="utf-8").splitlines(), 1):
        record = json.loads(line)
        if all((one.get("score") or 1) >= LEAST_SCORE for one in record["entities"]):
            entities = [{key: one[key] for key in ("start", "end", "label")} for one in record["entities"]]
            print(
                json.dumps(
                    {"id": f"taught-{number}", "text": record["text"], "entities": entities},
                    ensure_ascii=False,
                )
            )


if __name__ == "__main__":
    main()
