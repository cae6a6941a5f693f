"""Vectors in binary: the formats of the word2vec and fastText programs (little-endian, unaligned)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from onoma.errors import DataError
from onoma.features.vectors.collecting import Collector, LeftOut, Rows, check_count
from onoma.features.vectors.subwords import Subwords

FASTTEXT_MAGIC = struct.pack("<i", 793712314)
_FASTTEXT_VERSIONS = (11, 12)
_SUPERVISED = 3
_END_OF_SENTENCE = "</s>"
_MAX_WORD_BYTES, _MAX_DIM = 10_000, 100_000
_CHUNK_WORDS = 4096
_CONTRADICTION = "its head and its content contradict each other: it is damaged; fetch it again"


def read_word2vec_binary(
    blocks: Iterator[bytes], path: str, dim: int, promised: int, max_words: int | None
) -> tuple[list[str], Rows, LeftOut]:
    """Read what follows the header: a word, a space, ``dim`` float32, and in some files a line end.

    Raises:
        DataError: the file ends early, or a vector is not finite.
    """
    collector = Collector(path, max_words)
    size = 4 * dim
    data, position = b"", 0
    words: list[bytes] = []
    vectors: list[bytes] = []
    for entry in range(1, promised + 1):
        while (space := data.find(b" ", position)) < 0 or len(data) < space + 1 + size:
            block = next(blocks, None)
            if block is None or (space < 0 and len(data) - position > _MAX_WORD_BYTES):
                raise DataError(
                    f"ends within entry {entry} of {promised}: it is cut short or damaged; fetch it again",
                    code="truncated",
                    path=path,
                )
            data, position = data[position:] + block, 0
        words.append(data[position:space].removeprefix(b"\n"))
        vectors.append(data[space + 1 : space + 1 + size])
        position = space + 1 + size
        if len(words) == _CHUNK_WORDS or entry == promised:
            rows = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(-1, dim)
            _check_finite(rows, path, entry - len(words) + 1)
            collector.add(words, rows.astype(np.float32))
            words, vectors = [], []
            if collector.full:
                break
    check_count(promised, collector, path)
    return collector.finish()


def read_fasttext(path: Path, max_words: int | None) -> tuple[list[str], Rows, LeftOut, Subwords | None]:
    """Read a model of the fastText program: words, their composed vectors, and the n-gram buckets.

    Raises:
        DataError: damaged, quantised, or of a version that is not known.
    """
    try:
        with path.open("rb") as file:
            return _Reader(file, path).read(max_words)
    except (struct.error, EOFError):
        raise DataError(
            "the fastText model is cut short; fetch it again", code="truncated", path=path
        ) from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", code="unreadable", path=path) from None


class _Reader:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.size = path.stat().st_size

    def read(self, max_words: int | None) -> tuple[list[str], Rows, LeftOut, Subwords | None]:
        _, version = self.unpack("<2i")
        dim, _, _, _, _, _, _, model, num_buckets, shortest, longest, _, _ = self.unpack("<12id")
        if version not in _FASTTEXT_VERSIONS or not 0 < dim <= _MAX_DIM or num_buckets < 0:
            raise self.fault(f"version {version} of the fastText format is not known; 11 and 12 are")
        if version == 11 and model == _SUPERVISED:
            longest = 0
        num_words, names = self.dictionary(max_words)
        quantised = self.unpack("<B")[0]
        if quantised > 1:
            raise self.fault(_CONTRADICTION)
        if quantised:
            raise self.fault(
                "a quantised model (.ftz) has lost its word vectors; take the full .bin", code="quantised"
            )
        num_rows, columns = self.unpack("<2q")
        if columns != dim or num_rows != num_words + num_buckets:
            raise self.fault(_CONTRADICTION)
        matrix = self.matrix(num_rows, dim)
        subwords = None
        rows = np.array(matrix[: len(names)], dtype=np.float32)  # [V, D]
        if longest > 0 and num_buckets:
            subwords = Subwords(max(1, shortest), longest, np.array(matrix[num_words:], dtype=np.float32))
            _check_finite(subwords.buckets, str(self.path), 1)
            texts = [name.decode("utf-8", "replace") for name in names]
            # The end of a sentence is the one word without n-grams.
            marks = [index for index, text in enumerate(texts) if text == _END_OF_SENTENCE]
            plain = rows[marks]
            rows = subwords.compose_known(texts, rows)
            rows[marks] = plain
        _check_finite(rows, str(self.path), 1)
        collector = Collector(str(self.path), max_words)
        collector.add(names, rows)
        return *collector.finish(), subwords

    def dictionary(self, max_words: int | None) -> tuple[int, list[bytes]]:
        """Return the number of words and the first words; labels of classifiers are passed over."""
        size, num_words, num_labels, _, num_pruned = self.unpack("<3i2q")
        if size < 0 or num_words <= 0 or num_labels < 0 or size != num_words + num_labels:
            raise self.fault(_CONTRADICTION)
        if num_pruned >= 0:
            raise self.fault("a pruned model has lost its word vectors; take the full .bin", code="quantised")
        wanted = num_words if max_words is None else min(max_words, num_words)
        names: list[bytes] = []
        data, position = b"", 0
        for entry in range(size):
            while (end := data.find(b"\0", position)) < 0 or len(data) < end + 10:
                block = self.file.read(1 << 20)
                if not block or len(data) - position > _MAX_WORD_BYTES + 10:
                    raise EOFError
                data, position = data[position:] + block, 0
            if entry < wanted:
                names.append(data[position:end])
            position = end + 10  # a zero byte, an int64 count, an int8 kind
        self.file.seek(position - len(data), 1)
        return num_words, names

    def matrix(self, num_rows: int, dim: int) -> Rows:
        """Map the matrix: a published model can be larger than memory, and not all of it is needed."""
        start = self.file.tell()
        if num_rows * dim * 4 > self.size - start:
            raise EOFError
        return np.memmap(self.path, dtype="<f4", mode="r", offset=start, shape=(num_rows, dim))

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self.file.read(struct.calcsize(layout)))

    def fault(self, message: str, code: str = "bad-vectors") -> DataError:
        return DataError(message, code=code, path=self.path)


def _check_finite(rows: Rows, path: str, first: int) -> None:
    finite = np.isfinite(rows).all(axis=1)  # [V]
    if not finite.all():
        entry = first + int(np.argmin(finite))
        raise DataError(
            f"entry {entry} holds a value that is not finite: the file is damaged; fetch it again",
            code="not-a-number",
            path=path,
        )
