"""Vectors as text, a word and its numbers a line: word2vec and fastText (with a header), GloVe (without)."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import numpy as np
from pydantic_core import from_json

from onoma.errors import DataError
from onoma.features.vectors.collecting import Collector, LeftOut, Rows, check_count

_CHUNK_LINES = 1024
_LARGEST = float(np.finfo(np.float32).max)
_LONGEST_LINE = 1 << 24
_OF_NUMBERS = b"0123456789+-.eE \n"


def iterate_lines(blocks: Iterable[bytes], path: str) -> Iterator[bytes]:
    """Yield lines without their ends; they end at ``\\n`` only.

    Raises:
        DataError: a line that is far longer than a word and its numbers.
    """
    rest: list[bytes] = []
    held = 0
    for block in blocks:
        first, *others = block.split(b"\n")
        rest.append(first)
        held += len(first)
        if held > _LONGEST_LINE:
            what = f"a line of more than {_LONGEST_LINE >> 20} MB, which no word and its numbers take"
            raise DataError(what, code="line-too-long", path=path)
        if others:
            yield b"".join(rest)
            yield from others[:-1]
            rest, held = [others[-1]], len(others[-1])
    if final := b"".join(rest):
        yield final


def guess_dim(lines: Sequence[bytes]) -> int:
    """Return how many numbers most of the lines have after their word.

    A single line could mislead: GloVe 840B has words with spaces in them.
    """
    widths = Counter(len(line.split()) - 1 for line in lines if line.strip())
    return widths.most_common(1)[0][0] if widths else 0


def read_text(
    lines: Iterator[bytes], path: str, dim: int, promised: int | None, max_words: int | None
) -> tuple[list[str], Rows, LeftOut]:
    """Read the lines after the header, if there is one.

    Args:
        lines: the lines of words.
        path: the file, for errors.
        dim: numbers a line.
        promised: words, as the header says; None without a header.
        max_words: how many to keep, None for all.

    Raises:
        DataError: a line that is not a word and ``dim`` finite numbers, or more or fewer lines than promised.
    """
    collector = Collector(path, max_words)
    first = 1 if promised is None else 2  # first: of the lines gathered
    words: list[bytes] = []
    values: list[bytes] = []
    for number, line in enumerate(lines, start=first):
        if line.endswith((b" ", b"\r")):
            line = line.rstrip(b" \r")
        word, _, numbers = line.partition(b" ")
        if numbers.count(b" ") != dim - 1 or not numbers:
            word, numbers = _split_odd(line, dim, path, number)
        words.append(word)
        values.append(numbers)
        if len(words) == _CHUNK_LINES:
            collector.add(words, _parse(values, dim, path, first))
            words, values, first = [], [], number + 1
            if collector.full:
                break
    if words:
        collector.add(words, _parse(values, dim, path, first))
    check_count(promised, collector, path)
    return collector.finish()


def _split_odd(line: bytes, dim: int, path: str, number: int) -> tuple[bytes, bytes]:
    """Split a line with more or fewer single spaces than numbers: tabs, double spaces, spaces in the word."""
    parts = line.rsplit(None, dim)
    # A word may hold spaces; one that ends in a number is a number too many.
    if len(parts) != dim + 1 or (b" " in parts[0] and _is_number(parts[0].rsplit(b" ", 1)[-1])):
        found = max(0, len(line.split()) - 1)
        raise DataError(
            f"expected a word and {dim} numbers, found {found} values after the word: "
            "the line is damaged; delete it or fetch the file again",
            code="column-count",
            path=path,
            line=number,
            text=line.decode("utf-8", "backslashreplace"),
        )
    return parts[0], b" ".join(parts[1:])


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parse(values: Sequence[bytes], dim: int, path: str, first: int) -> Rows:
    """Parse lines of numbers, the first of which stands in line ``first`` of the file. [N, D]"""
    try:
        with np.errstate(over="ignore"):
            rows = _load(values)
    except ValueError:  # also what is not ASCII
        rows = None
    if rows is None or rows.shape != (len(values), dim) or not np.isfinite(rows).all():
        raise _fault(values, path, first)
    return rows


def _load(values: Sequence[bytes]) -> Rows:
    text = b"\n".join(values)
    if not text.translate(None, _OF_NUMBERS):
        # Most files hold numbers as JSON writes them, and this parser is twice as fast as numpy's.
        with suppress(ValueError):
            lists = from_json(b"[[%b]]" % text.replace(b"\n", b"],[").replace(b" ", b","))
            return np.array(lists, dtype=np.float32)
    return np.loadtxt(
        io.StringIO(text.decode("ascii")), dtype=np.float32, delimiter=" ", comments=None, ndmin=2
    )


def _fault(values: Sequence[bytes], path: str, first: int) -> DataError:
    """Find the number that cannot be used."""
    for number, line in enumerate(values, start=first):
        for column, text in enumerate(line.split(b" "), start=2):
            if not _is_number(text) or b"_" in text or not abs(float(text)) <= _LARGEST:
                return DataError(
                    "not a finite number: the line is damaged; delete it or fetch the file again",
                    code="not-a-number",
                    path=path,
                    line=number,
                    column=column,
                    text=text.decode("utf-8", "backslashreplace"),
                )
    return DataError("the numbers cannot be read", code="not-a-number", path=path, line=first)
