"""Generated files and pieces of text, and what they are taken for."""

from __future__ import annotations

import gzip
import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path
from random import Random

from format_samples import FormatSample, render
from random_documents import LANGUAGES, random_documents, random_text

from onoma.errors import DataError
from onoma.readers import Source, detect_format
from onoma.readers.plain_text import is_data

_LINE_ENDS = ("\n", "\n", "\r\n", "\r")


def generated(format: str, count: int, seed: int = 0) -> Iterator[FormatSample]:
    """Yield so many files of each layout of a format, of random documents in three languages."""
    draw = Random(f"{seed} {format}")
    for _ in range(count):
        yield from render(format, random_documents(draw, draw.randint(2, 6)))


def sniffed(sample: FormatSample, folder: Path) -> str:
    """Return the format that a file is taken for, or the code of the refusal."""
    for old in folder.iterdir():
        old.unlink()
    try:
        return detect_format(sample.write(folder)).name
    except DataError as error:
        return error.code


def text_taken_for(piece: str, folder: Path) -> str:
    """Return ``text``, or the format that `predict` takes a piece of text for."""
    path = folder / "data"
    path.write_bytes(piece.encode())
    return detect_format(path).name if is_data(Source(path)) else "text"


def text_pieces(count: int, seed: int = 0, corpora: Path | None = None) -> Iterator[str]:
    """Yield pieces of plain text in English, Russian and Chinese, cut and broken into lines in all ways.

    Args:
        count: how many.
        seed: of chance.
        corpora: a folder of real texts, ``en_*.txt.gz`` and the like; without one they are made up.
    """
    draw = Random(f"{seed} text")
    real = {} if corpora is None else {name: _texts(corpora, name) for name in LANGUAGES}
    for number, language in zip(range(count), itertools.cycle(LANGUAGES), strict=False):
        texts = real.get(language)
        if texts:
            whole = draw.choice(texts)
            at = draw.randrange(len(whole))
            piece = whole[at : at + draw.choice((20, 200, 2000, 20_000))]
        else:
            piece = random_text(draw, language)
        yield _broken(draw, piece, number)


def _texts(folder: Path, language: str) -> list[str]:
    return [gzip.decompress(path.read_bytes()).decode() for path in sorted(folder.glob(f"{language}_*.gz"))]


def _broken(draw: Random, text: str, number: int) -> str:
    """The text in lines of another width, every third time; with any ends of lines."""
    if number % 3 == 0:
        text = "\n".join(textwrap.wrap(text, draw.choice((12, 20, 40, 80, 1000))))
    return text.replace("\r", "").replace("\n", draw.choice(_LINE_ENDS))
