"""Documents that are too many for memory: in a file without a name, each made anew when it is asked for."""

from __future__ import annotations

import marshal
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import overload

from onoma.files import output_error
from onoma.files.nameless import let_go, nameless_file
from onoma.text.documents import Document, Link, Relation, Span, document_of
from onoma.text.tokens import Tokens

_TOKEN_BYTES, _CHARACTER_BYTES = 230, 1
"""What a document takes in memory once its tokens have been made one by one, as training needs them."""


class _File:
    """A file without a name that threads may share; closed with the last who refers to it."""

    def __init__(self, folder: Path) -> None:
        self._file = nameless_file(folder)
        self._folder = folder
        self._lock = Lock()
        weakref.finalize(self, let_go, self._file)

    def write(self, data: bytes) -> None:
        """Add to the end.

        Raises:
            OutputError: the disk is full.
        """
        with self._faults():
            self._file.write(data)

    def flush(self) -> None:
        """Let the disk have all of it.

        Raises:
            OutputError: the disk is full.
        """
        with self._faults():
            self._file.flush()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise output_error(self._folder, error) from None

    def read(self, start: int, end: int) -> bytes:
        """Return what was written between two places."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(end - start)


class StoredDocuments(Sequence[Document]):
    """Documents of a file that `store_documents` wrote; 16 bytes a document are in memory.

    A document is equal to what was stored and never the same object: what is to be kept of it is to be held.

    Args:
        file: of the documents.
        starts: where each begins in it. [N]
        ends: where it ends. [N]
    """

    def __init__(self, file: _File, starts: Sequence[int], ends: Sequence[int]) -> None:
        self._file, self._starts, self._ends = file, starts, ends

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> StoredDocuments: ...
    def __getitem__(self, index: int | slice) -> Document | StoredDocuments:
        if isinstance(index, slice):
            return StoredDocuments(self._file, self._starts[index], self._ends[index])
        return _decoded(self._file.read(self._starts[index], self._ends[index]))

    def __iter__(self) -> Iterator[Document]:
        return map(self.__getitem__, range(len(self)))

    def take(self, indices: Iterable[int]) -> StoredDocuments:
        """Return some of the documents, of the same file."""
        chosen = list(indices)
        starts, ends = (array("q", map(places.__getitem__, chosen)) for places in (self._starts, self._ends))
        return StoredDocuments(self._file, starts, ends)


def hold_documents(documents: Iterable[Document], memory: int, folder: Path | None) -> Sequence[Document]:
    """Return documents in memory, or, where they would take more of it than they may, in a file.

    Args:
        documents: a stream of them.
        memory: bytes that they may take, as far as can be told.
        folder: on whose disk the file is to be; without one all are in memory.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    held: list[Document] = []
    size = 0
    stream = iter(documents)
    for document in stream:
        held.append(document)
        size += _TOKEN_BYTES * document.num_tokens + _CHARACTER_BYTES * len(document.text)
        if folder is not None and size > memory:
            held.reverse()
            return store_documents(chain(_drained(held), stream), folder)
    return tuple(held)


def store_documents(documents: Iterable[Document], folder: Path) -> StoredDocuments:
    """Write documents to a file without a name.

    Args:
        documents: a stream of them.
        folder: on whose disk.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    file = _File(folder)
    edges = array("q", [0])
    for document in documents:
        data = _encoded(document)
        file.write(data)
        edges.append(edges[-1] + len(data))
    file.flush()
    return StoredDocuments(file, edges[:-1], edges[1:])


def take_documents(documents: Sequence[Document], indices: Iterable[int]) -> Sequence[Document]:
    """Return some documents, where the others are: in memory or in a file."""
    if isinstance(documents, StoredDocuments):
        return documents.take(indices)
    return tuple(documents[index] for index in indices)


def _drained(held: list[Document]) -> Iterator[Document]:
    """Yield from the end, and let go."""
    while held:
        yield held.pop()


def _encoded(document: Document) -> bytes:
    # Nobody but this process can reach the file: what is read is what was written, by this very Python.
    tokens = Tokens.of(document._held)
    return marshal.dumps(
        (
            document.id,
            document.text,
            list(tokens.words),
            array("q", tokens.starts).tobytes(),
            document.sentences,
            tuple(map(tuple, document.entities)),
            document.labels,
            tuple(map(tuple, document.relations)),
            tuple(map(tuple, document.links)),
        )
    )


def _decoded(data: bytes) -> Document:
    id, text, words, starts, sentences, entities, labels, relations, links = marshal.loads(data)
    return document_of(
        id,
        text,
        Tokens(words, array("q", starts)),
        sentences,
        tuple(map(Span._make, entities)),
        labels,
        tuple(map(Relation._make, relations)),
        tuple(map(Link._make, links)),
    )
