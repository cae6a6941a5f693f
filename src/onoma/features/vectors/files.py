"""Reading vectors in any known format, told by content; writing them in two."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onoma.errors import DataError, OutputError, excerpt
from onoma.features.vectors.binary import FASTTEXT_MAGIC, read_fasttext, read_word2vec_binary
from onoma.features.vectors.collecting import LeftOut
from onoma.features.vectors.table import ARRAY_NAMES, WordVectors
from onoma.features.vectors.text import guess_dim, iterate_lines, read_text
from onoma.files import atomic_path
from onoma.readers.opening import read_blocks

_HEAD_BYTES = 1 << 18
_HEAD_LINES, _FEW_BYTES = 50, 200
_MAX_DIM = 100_000
_HEADER = re.compile(rb"\s*(\d{1,18}) +(\d{1,18})\s*")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_FORMAT, _VERSION = "onoma-vectors", "1"


@dataclass(frozen=True, slots=True)
class LoadedVectors:
    """Vectors as they came from a file.

    Args:
        vectors: words and their vectors in single precision.
        format: ``onoma``, ``word2vec-text``, ``word2vec-binary``, ``glove`` or ``fasttext``.
        left_out: what of the file is not among them.
    """

    vectors: WordVectors
    format: str
    left_out: LeftOut


def load_vectors(path: Path, max_words: int | None = None) -> LoadedVectors:
    """Read vectors; the format is told by content.

    Known are our own files, word2vec text (and fastText ``.vec``), GloVe text, word2vec binary, each of these
    also as ``.gz`` or ``.zip``, and fastText ``.bin``.

    Args:
        path: the file.
        max_words: keep only the first so many words, which are the most frequent ones by custom.

    Raises:
        DataError: missing, damaged, or in none of the formats; with line and column where there are lines.
    """
    head, blocks = _peek(read_blocks(path, str(path)))
    if not head:
        raise DataError("the file is empty", code="empty", path=path)
    if head.startswith(FASTTEXT_MAGIC) or _is_safetensors(head):
        return _load_mapped(path, head, max_words)
    first = head.partition(b"\n")[0]
    header = _HEADER.fullmatch(first)
    if header is not None:
        dim = _checked_dim(int(header[2]), path, first)
        return _load_word2vec(path, head, blocks, int(header[1]), dim, max_words)
    if _CONTROL.search(first[:_FEW_BYTES]):
        raise DataError(
            "none of the known formats of word vectors: word2vec, GloVe, fastText, or of onoma vectors",
            code="unknown-format",
            path=path,
        )
    lines = head.split(b"\n")[:_HEAD_LINES]
    dim = _checked_dim(guess_dim(lines[:-1] or lines), path, first)  # the last line may be cut
    words, rows, left_out = read_text(iterate_lines(blocks, str(path)), str(path), dim, None, max_words)
    return LoadedVectors(WordVectors(words, rows), "glove", left_out)


def _load_word2vec(
    path: Path, head: bytes, blocks: Iterator[bytes], promised: int, dim: int, max_words: int | None
) -> LoadedVectors:
    """Load what begins with a header; the first row tells text from binary."""
    start = head.index(b"\n") + 1 if b"\n" in head else len(head)
    row = head[start:].partition(b"\n")[0]
    if len(row.split()) != dim + 1 and _CONTROL.search(head[start : start + 4 * dim + _FEW_BYTES]):
        after_header = itertools.chain([next(blocks)[start:]], blocks)
        found = read_word2vec_binary(after_header, str(path), dim, promised, max_words)
        return LoadedVectors(WordVectors(*found[:2]), "word2vec-binary", found[2])
    lines = itertools.islice(iterate_lines(blocks, str(path)), 1, None)
    found = read_text(lines, str(path), dim, promised, max_words)
    return LoadedVectors(WordVectors(*found[:2]), "word2vec-text", found[2])


def load_model_vectors(path: Path, max_words: int) -> WordVectors:
    """Read vectors as models take them; see `load_vectors` and `WordVectors.for_model`.

    Raises:
        DataError: they cannot be read, or their values cannot be used.
    """
    try:
        return load_vectors(path, max_words).vectors.for_model()
    except ValueError as error:
        raise DataError(f"cannot be used: {error}", code="bad-vectors", path=path) from None


def save_vectors(path: Path, vectors: WordVectors) -> None:
    """Write vectors in our own format, safetensors: quick to load, subwords included, no code inside.

    Raises:
        OutputError: the place cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    arrays = {name: np.ascontiguousarray(array) for name, array in vectors.arrays().items()}
    with atomic_path(path) as part:
        mode = part.stat().st_mode
        try:
            save_file(arrays, part, metadata={"format": _FORMAT, "version": _VERSION})
        except SafetensorError as error:
            raise OutputError(f"{path}: cannot write: {excerpt(str(error))}") from None
        part.chmod(mode)  # safetensors makes files that only their owner can read


def write_word2vec_text(path: Path, vectors: WordVectors) -> None:
    """Write vectors as word2vec text: what other tools read. Subwords have no place in it.

    Raises:
        OutputError: the place cannot be written.
        DataError: a word holds a space, which the format cannot tell from a number's.
    """
    odd = next((word for word in vectors.words if len(word.split()) != 1), None)
    if odd is not None:
        raise DataError("a word with white space cannot be written as text", code="not-writable", text=odd)
    row_format = " ".join(["%.6g"] * vectors.dim)
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{len(vectors)} {vectors.dim}\n")
        for word, row in zip(vectors.words, vectors.rows, strict=True):
            file.write(f"{word} {row_format % tuple(row.tolist())}\n")


def _is_safetensors(head: bytes) -> bool:
    """A safetensors file begins with the length of its JSON head, which is small."""
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 32


def _peek(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, and an iterator that gives them and then the rest."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _HEAD_BYTES:
            break
    head = head.removeprefix(codecs.BOM_UTF8)
    return head, itertools.chain([head], blocks)


def _checked_dim(dim: int, path: Path, first: bytes) -> int:
    if not 1 <= dim <= _MAX_DIM:
        raise DataError(
            "the first line is neither a header (number of words, numbers a word) nor a word and its numbers",
            code="unknown-format",
            path=path,
            line=1,
            text=first[:200].decode("utf-8", "backslashreplace"),
        )
    return dim


def _load_mapped(path: Path, head: bytes, max_words: int | None) -> LoadedVectors:
    """Load the formats that are read from the middle of the file."""
    try:
        with path.open("rb") as file:
            packed = file.read(16) != head[:16]
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", code="unreadable", path=path) from None
    if packed:
        raise DataError("cannot be read compressed: unpack it first", code="compressed", path=path)
    if head.startswith(FASTTEXT_MAGIC):
        words, rows, left_out, subwords = read_fasttext(path, max_words)
        return LoadedVectors(WordVectors(words, rows, subwords), "fasttext", left_out)
    return LoadedVectors(_load_own(path, max_words), "onoma", LeftOut())


def _load_own(path: Path, max_words: int | None) -> WordVectors:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise DataError(
                    "a safetensors file, but not one of onoma vectors", code="unknown-format", path=path
                )
            if metadata.get("version") != _VERSION:
                raise DataError("written by a newer Onoma; upgrade it", code="newer-format", path=path)
            arrays = {name: file.get_tensor(name) for name in file.keys() if name in ARRAY_NAMES}  # noqa: SIM118
        vectors = WordVectors.from_arrays(arrays)
    except (SafetensorError, ValueError, OSError, KeyError) as error:
        raise DataError(
            f"the vectors are damaged: {excerpt(str(error))}", code="bad-vectors", path=path
        ) from None
    tables = [vectors.rows] + ([vectors.subwords.buckets] if vectors.subwords else [])
    if not all(np.isfinite(table).all() for table in tables):
        raise DataError("holds values that are not finite: damaged", code="not-a-number", path=path)
    if max_words is None or len(vectors) <= max_words:
        return vectors
    return WordVectors(vectors.words[:max_words], vectors.rows[:max_words], vectors.subwords)
