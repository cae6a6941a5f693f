"""Peak memory of tagging one document, by its length, above the text, its tokens and the answers.

    python benchmarks/long_memory.py MODEL [--data FILE] [--megabytes 1 4 16 64] [--kind line prose]

``line`` is one sentence without end, ``prose`` ordinary sentences: both are the words of FILE (any readable
data; made words in natural frequencies when not given) over and over. Each length runs in a process of its
own. "tokens" is the memory of the tokens, "answers" that of the entities, "above" what the peak was beyond
these and the state before; it is to be the same for all lengths.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from itertools import cycle

from long_document import make_line, peak_mb, reset_peak

_WORDS_OF_A_SENTENCE = 22


def words_of(data: str | None) -> list[str]:
    """The words of some data, without those that could end a sentence."""
    if data is None:
        return make_line(0.5, 1.5).split()
    from onoma.readers import read_documents

    words = [word for document in read_documents(data) for word in document.words]
    return [word for word in words if any(letter.isalnum() for letter in word) and "." not in word]


def make_text(words: list[str], megabytes: float, kind: str) -> str:
    """A text of one sentence, or of many."""
    pieces: list[str] = []
    size, most = 0, int(megabytes * 1_000_000)
    for number, word in enumerate(cycle(words), 1):
        end = ".\n" if kind == "prose" and number % _WORDS_OF_A_SENTENCE == 0 else " "
        pieces.append(word.capitalize() + end if number % _WORDS_OF_A_SENTENCE == 1 else word + end)
        size += len(pieces[-1])
        if size >= most:
            return "".join(pieces)
    raise ValueError("no words")


def measure(model: str, data: str | None, megabytes: float, kind: str) -> None:
    """Tag one text and print a row of figures."""
    import gc

    import onoma
    from onoma.text import Document
    from onoma.tokenize import tokenize_document

    tagger = onoma.load(model, threads=1)
    text = make_text(words_of(data), megabytes, kind)
    tagger(make_text(words_of(data), 0.05, kind))
    gc.collect()
    start = reset_peak()
    document = tokenize_document(Document("text", text))
    gc.collect()
    tokens = reset_peak()
    began = time.process_time()
    tagged = tagger(document)
    seconds = time.process_time() - began
    peak = peak_mb()
    number = len(tagged.entities)
    answers = sum(map(sys.getsizeof, tagged.entities)) + sum(
        sys.getsizeof(one.text) + sys.getsizeof(one.score) + 64 for one in tagged.entities
    )
    print(
        f"{kind:6} {megabytes:6.1f} {document.num_tokens:11,} {len(document.sentences):9,} {number:10,} "
        f"{document.num_tokens / seconds:10,.0f} {start:8.0f} {tokens - start:8.0f} {answers / 1e6:8.0f} "
        f"{peak - tokens - answers / 1e6:8.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[1.0, 4.0, 16.0, 64.0])
    parser.add_argument("--kind", nargs="+", choices=["line", "prose"], default=["line", "prose"])
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        measure(arguments.model, arguments.data, arguments.megabytes[0], arguments.kind[0])
        return
    print("kind       MB      tokens sentences   entities tokens/s   before   tokens  answers    above, MB")
    data = ["--data", arguments.data] if arguments.data else []
    for kind in arguments.kind:
        for megabytes in arguments.megabytes:
            options = [*data, "--kind", kind, "--megabytes", str(megabytes)]
            subprocess.run([sys.executable, __file__, arguments.model, *options, "--alone"], check=True)


if __name__ == "__main__":
    main()
