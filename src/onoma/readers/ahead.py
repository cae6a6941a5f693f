"""Looking ahead in a stream without losing what is seen, faults included."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from onoma.errors import DataError

T = TypeVar("T")


class Ahead(Generic[T]):
    """A stream of which the next items can be looked at.

    A `DataError` that the stream raises while it is looked at is raised when the reading comes to it.

    Args:
        items: the stream.
    """

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._held: deque[T] = deque()
        self._fault: DataError | None = None

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._held:
            return self._held.popleft()
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        return next(self._items)

    def peek(self, count: int, weight: int, weigh: Callable[[T], int]) -> tuple[list[T], bool]:
        """Return some of the next items, and whether these are all.

        Args:
            count: at most so many.
            weight: no more of them once they weigh so much.
            weigh: how much an item weighs.
        """
        held = sum(map(weigh, self._held))
        while len(self._held) < count and held < weight:
            if self._fault is not None:
                return list(self._held), False
            try:
                item = next(self._items)
            except StopIteration:
                return list(self._held), True
            except DataError as error:
                self._fault = error
                continue
            self._held.append(item)
            held += weigh(item)
        return list(self._held), False
