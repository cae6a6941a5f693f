"""Texts and what teachers say of them, stored compactly: a file a piece of the text.

Of each token the probabilities that matter are kept, as float16 numbers beside the numbers of their columns;
of most tokens that is one. A shard is a safetensors file, so that nothing in it can be executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.decode.transitions import Floats
from onoma.errors import DataError
from onoma.files import atomic_path

FLOOR = 1e-3
"""Smaller probabilities are not kept."""

MAX_COLUMNS = 65_536

Array = npt.NDArray[Any]

_DTYPES = {
    "words": np.uint8,  # all words in UTF-8, one behind the other
    "word_sizes": np.uint32,  # bytes of each [N]
    "sentences": np.uint32,  # words of each [S]
    "documents": np.uint32,  # sentences of each [D]
    "held_out": np.uint8,  # whether a document is for measuring [D]
    "counts": np.uint8,  # kept probabilities of each word [N]
    "columns": np.uint16,  # of each of these [M]
    "probabilities": np.float16,  # [M]
    "notes": np.uint8,  # how many entities could not be taught, by reason, as JSON
}


@dataclass(frozen=True, slots=True)
class Sparse:
    """Rows of probabilities, of each the largest.

    Args:
        counts: entries of each row. [N]
        columns: of each entry. [M]
        values: of each entry; those of a row have the sum 1, but for rounding. [M]
    """

    counts: npt.NDArray[np.uint8]
    columns: npt.NDArray[np.uint16]
    values: npt.NDArray[np.float16]

    @classmethod
    def of(cls, marginals: Floats, top: int) -> Sparse:
        """Keep the ``top`` largest numbers of each row [N, C], but none below `FLOOR` beside the largest."""
        top = min(top, marginals.shape[1])
        order = np.argsort(-marginals, axis=1, kind="stable")[:, :top]  # [N, top]
        values = np.take_along_axis(marginals, order, axis=1)
        kept = values >= FLOOR
        kept[:, 0] = True
        sums = np.where(kept, values, 0).sum(axis=1, keepdims=True)
        scaled = np.divide(values, sums, out=np.zeros_like(values), where=sums > 0)
        return cls(
            kept.sum(axis=1).astype(np.uint8),
            order[kept].astype(np.uint16),
            scaled[kept].astype(np.float16),
        )

    def dense(self, width: int) -> Floats:
        """Return the rows in full, each with sum 1. [N, C]"""
        rows = np.repeat(np.arange(len(self.counts)), self.counts)
        found = np.zeros((len(self.counts), width), np.float32)
        found[rows, self.columns] = self.values
        found /= np.maximum(found.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return found


@dataclass(frozen=True, slots=True)
class Shard:
    """Some documents and their targets.

    Args:
        documents: the words of each sentence of each document.
        held_out: of each document, whether it is for measuring.
        targets: a row a word, in order.
        notes: how many entities could not be taught, by reason.
    """

    documents: Sequence[Sequence[Sequence[str]]]
    held_out: Sequence[bool]
    targets: Sparse
    notes: Mapping[str, int] = field(default_factory=dict)

    def sentences(self) -> Iterator[tuple[Sequence[str], bool]]:
        """Yield each sentence, and whether it is for measuring."""
        for sentences, held in zip(self.documents, self.held_out, strict=True):
            for words in sentences:
                yield words, held


def write_shard(path: Path, shard: Shard) -> None:
    """Write a shard so that it is there as a whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    from safetensors.numpy import save

    sentences = [words for document in shard.documents for words in document]
    encoded = [word.encode("utf-8", "surrogatepass") for words in sentences for word in words]
    columns: dict[str, Any] = {
        "words": np.frombuffer(b"".join(encoded), np.uint8),
        "word_sizes": [len(word) for word in encoded],
        "sentences": [len(words) for words in sentences],
        "documents": [len(document) for document in shard.documents],
        "held_out": shard.held_out,
        "counts": shard.targets.counts,
        "columns": shard.targets.columns,
        "probabilities": shard.targets.values,
        "notes": np.frombuffer(json.dumps(dict(shard.notes)).encode(), np.uint8),
    }
    data = save({name: np.array(columns[name], dtype) for name, dtype in _DTYPES.items()})
    with atomic_path(path) as part:
        part.write_bytes(data)


def read_shard(path: Path, width: int) -> Shard:
    """Read a shard.

    Args:
        path: its file.
        width: number of columns.

    Raises:
        DataError: it is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(path.read_bytes())
        return _shard(arrays, width)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", code="unreadable", path=path) from None
    except (SafetensorError, KeyError, ValueError, TypeError, IndexError, AttributeError):
        raise DataError("is no shard of targets, or damaged", code="damaged", path=path) from None


def _shard(arrays: dict[str, Array], width: int) -> Shard:
    for name, dtype in _DTYPES.items():
        if arrays[name].dtype != dtype or arrays[name].ndim != 1:
            raise ValueError(name)
    sizes, lengths, of_documents = (
        arrays[name].astype(np.int64) for name in ("word_sizes", "sentences", "documents")
    )
    columns, values, counts = arrays["columns"], arrays["probabilities"], arrays["counts"]
    sound = (
        sizes.sum() == len(arrays["words"])
        and lengths.sum() == len(sizes) == len(counts)
        and of_documents.sum() == len(lengths)
        and len(arrays["held_out"]) == len(of_documents)
        and counts.sum(dtype=np.int64) == len(columns) == len(values)
        and counts.min(initial=1) > 0
        and columns.max(initial=0) < width
        and np.isfinite(values).all()
        and (values >= 0).all()
    )
    if not sound:
        raise ValueError("its parts do not fit each other")
    text = arrays["words"].tobytes()
    known: dict[str, str] = {}
    edges = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    words = [
        known.setdefault(piece, piece)  # a word that comes often is one object
        for piece in (text[first:end].decode("utf-8", "surrogatepass") for first, end in pairwise(edges))
    ]
    sentences = _divide(words, lengths)
    documents = _divide(sentences, of_documents)
    notes = {str(name): int(count) for name, count in json.loads(arrays["notes"].tobytes()).items()}
    held_out = arrays["held_out"].astype(bool).tolist()
    return Shard(documents, held_out, Sparse(counts, columns, values), notes)


def _divide(items: list[Any], sizes: npt.NDArray[np.int64]) -> list[list[Any]]:
    ends = np.cumsum(sizes).tolist()
    return [items[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]
