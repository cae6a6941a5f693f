"""Texts and what teachers say of them, stored compactly: a file a piece of the text.

What is said is a table of `onoma.teachers.tables`: of each token the probabilities that matter, as float16
numbers beside what they are of. A shard is a safetensors file, so that nothing in it can be executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from onoma.errors import DataError
from onoma.files import atomic_path
from onoma.teachers.tables import Array, Ids, Table

Said = TypeVar("Said", bound=Table)

_DTYPES = {
    "words": np.uint8,  # all words in UTF-8, one behind the other
    "word_sizes": np.uint32,  # bytes of each [N]
    "sentences": np.uint32,  # words of each [S]
    "documents": np.uint32,  # sentences of each [D]
    "held_out": np.uint8,  # whether a document is for measuring [D]
    "notes": np.uint8,  # how many entities could not be taught, by reason, as JSON
}
_GLUED = "glued"
"""An array of uint8 that shards have where words stood without white space between them [N]."""


@dataclass(frozen=True, slots=True)
class Shard(Generic[Said]):
    """Some documents and their targets.

    Args:
        documents: the words of each sentence of each document.
        held_out: of each document, whether it is for measuring.
        targets: of all words, in order.
        notes: how many entities could not be taught, by reason.
        glued: of each document's words, whether the next followed without white space; empty where none did.
    """

    documents: Sequence[Sequence[Sequence[str]]]
    held_out: Sequence[bool]
    targets: Said
    notes: Mapping[str, int] = field(default_factory=dict)
    glued: Sequence[Sequence[bool]] = ()

    def spaces(self, place: int) -> list[list[str]] | None:
        """Return the white space after the words of each sentence of a document; None where all have some."""
        if not self.glued:
            return None
        glued = iter(self.glued[place])
        return [
            [
                "" if next(glued) else "\n" if number == len(words) else " "
                for number, _ in enumerate(words, 1)
            ]
            for words in self.documents[place]
        ]

    @property
    def lengths(self) -> Ids:
        """Words of each sentence. [S]"""
        return np.array([len(words) for words, _ in self.sentences()], np.int64)

    def sentences(self) -> Iterator[tuple[Sequence[str], bool]]:
        """Yield each sentence, and whether it is for measuring."""
        for sentences, held in zip(self.documents, self.held_out, strict=True):
            for words in sentences:
                yield words, held


def write_shard(path: Path, shard: Shard[Any]) -> None:
    """Write a shard so that it is there as a whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    from safetensors.numpy import save

    sentences = [words for document in shard.documents for words in document]
    encoded = [word.encode("utf-8", "surrogatepass") for words in sentences for word in words]
    arrays: dict[str, Any] = {
        "words": np.frombuffer(b"".join(encoded), np.uint8),
        "word_sizes": [len(word) for word in encoded],
        "sentences": [len(words) for words in sentences],
        "documents": [len(document) for document in shard.documents],
        "held_out": shard.held_out,
        "notes": np.frombuffer(json.dumps(dict(shard.notes)).encode(), np.uint8),
    }
    of_words = {name: np.array(arrays[name], dtype) for name, dtype in _DTYPES.items()}
    if any(map(any, shard.glued)):
        of_words[_GLUED] = np.array([one for words in shard.glued for one in words], np.uint8)
    said = {name: np.ascontiguousarray(array) for name, array in shard.targets.arrays().items()}
    data = save(of_words | said)
    with atomic_path(path) as part:
        part.write_bytes(data)


def read_shard(path: Path, width: int, table: type[Said]) -> Shard[Said]:
    """Read a shard.

    Args:
        path: its file.
        width: how many different things its entries are of: columns of rows, labels of spans.
        table: what it holds.

    Raises:
        DataError: it is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(path.read_bytes())
        return _shard(arrays, width, table)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", code="unreadable", path=path) from None
    except (SafetensorError, KeyError, ValueError, TypeError, IndexError, AttributeError):
        raise DataError("is no shard of targets, or damaged", code="damaged", path=path) from None


def _shard(arrays: dict[str, Array], width: int, table: type[Said]) -> Shard[Said]:
    for name, dtype in _DTYPES.items():
        if arrays[name].dtype != dtype or arrays[name].ndim != 1:
            raise ValueError(name)
    sizes, lengths, of_documents = (
        arrays[name].astype(np.int64) for name in ("word_sizes", "sentences", "documents")
    )
    sound = (
        sizes.sum() == len(arrays["words"])
        and lengths.sum() == len(sizes)
        and of_documents.sum() == len(lengths)
        and len(arrays["held_out"]) == len(of_documents)
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
    said = table.of_arrays(arrays, lengths, width)
    return Shard(documents, held_out, said, notes, _glued(arrays, documents))


def _glued(arrays: dict[str, Array], documents: Sequence[Sequence[Sequence[str]]]) -> Sequence[list[bool]]:
    if _GLUED not in arrays:
        return ()
    sizes = np.array([sum(map(len, sentences)) for sentences in documents], np.int64)
    if arrays[_GLUED].dtype != np.uint8 or arrays[_GLUED].shape != (sizes.sum(),):
        raise ValueError(_GLUED)
    return _divide(arrays[_GLUED].astype(bool).tolist(), sizes)


def _divide(items: list[Any], sizes: npt.NDArray[np.int64]) -> list[list[Any]]:
    ends = np.cumsum(sizes).tolist()
    return [items[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]
