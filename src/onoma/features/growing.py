"""Arrays that grow, in memory or in a file without a name, which is mapped when they are whole."""

from __future__ import annotations

import io
import mmap
import weakref
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from onoma.features.context import Around
from onoma.files import output_error
from onoma.files.nameless import let_go, nameless_file

Array = npt.NDArray[Any]


class Growing:
    """An array that is written from front to back.

    Args:
        dtype: of its numbers; those that are added are turned into it.
        folder: on whose disk it goes; without one it stays in memory.
        memory: bytes up to which it is in memory in any case.
    """

    def __init__(self, dtype: npt.DTypeLike, folder: Path | None = None, memory: int = 0) -> None:
        self._dtype = np.dtype(dtype)
        self._folder, self._memory = folder, memory
        self._file: BinaryIO = io.BytesIO()
        self._size = 0

    @property
    def on_disk(self) -> bool:
        """Whether it has gone to the disk."""
        return not isinstance(self._file, io.BytesIO)

    def add(self, values: npt.ArrayLike) -> None:
        """Write numbers, of any shape, behind the others.

        Raises:
            OutputError: the disk is full, or the folder cannot be written.
        """
        data = np.ascontiguousarray(values, dtype=self._dtype)
        self._size += data.nbytes
        if self._folder is not None and self._size > self._memory and not self.on_disk:
            self._move(self._folder)
        self._write(data)

    def _move(self, folder: Path) -> None:
        held = self._file
        assert isinstance(held, io.BytesIO)
        self._file = nameless_file(folder)
        weakref.finalize(self, let_go, self._file)
        self._write(held.getbuffer())

    def _write(self, data: Any) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            assert self._folder is not None
            raise output_error(self._folder, error) from None

    def whole(self) -> Array:
        """Return all numbers in a row; none can be added any more. [N]

        Raises:
            OutputError: the disk is full.
        """
        if not self._size:
            return np.zeros(0, dtype=self._dtype)
        if isinstance(self._file, io.BytesIO):
            return np.frombuffer(self._file.getbuffer(), dtype=self._dtype)
        try:
            self._file.flush()
            mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            assert self._folder is not None
            raise output_error(self._folder, error) from None
        self._file.close()  # the map holds it
        return np.frombuffer(mapped, dtype=self._dtype)


class Ragged(Sequence[Array]):
    """Arrays of one kind and of any lengths, behind each other in one.

    Args:
        flat: all of them in a row. [N * W]
        edges: rows before each, and all rows. [S + 1]
        shape: of a row of an array; empty where a row is a number, W is their product.
    """

    def __init__(self, flat: Array, edges: npt.NDArray[np.int64], shape: tuple[int, ...] = ()) -> None:
        self._rows = flat.reshape(-1, *shape)
        self._edges = edges

    def __len__(self) -> int:
        return len(self._edges) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        place = index % len(self)
        return self._rows[self._edges[place] : self._edges[place + 1]]

    def __iter__(self) -> Iterator[Array]:
        start = 0
        for end in self._edges[1:]:
            yield self._rows[start:end]
            start = end

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Rows of each. [S]"""
        return np.diff(self._edges)


class GrowingRagged:
    """Collects arrays of one kind; see `Growing` for where."""

    def __init__(self, dtype: npt.DTypeLike, folder: Path | None = None) -> None:
        self._flat = Growing(dtype, folder)
        self._edges = array("q", [0])
        self._shape: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._edges) - 1

    def append(self, values: Array) -> None:
        """Add an array.

        Raises:
            OutputError: the disk is full.
        """
        self._shape = values.shape[1:]
        self._flat.add(values)
        self._edges.append(self._edges[-1] + len(values))

    def whole(self) -> Ragged:
        """Return all arrays; none can be added any more."""
        return Ragged(self._flat.whole(), np.frombuffer(self._edges, dtype=np.int64), self._shape)


class RaggedAround(Sequence[Around]):
    """What is read around passages; a part before each and a part behind it."""

    def __init__(self, before: Ragged, after: Ragged) -> None:
        self._before, self._after = before, after

    def __len__(self) -> int:
        return len(self._before)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return Around(self._before[index], self._after[index])
