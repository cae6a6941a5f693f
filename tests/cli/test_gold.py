"""Gold that waits beside the tagger, in step with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from onoma.cli.gold import GoldQueue
from onoma.text import Document, Span

ANN = Document("ann", "Ann", entities=(Span(0, 3, "PER", "Ann"),))
RAW = Document("raw", "Nobody")


def passed(queue: GoldQueue, *inputs: list[Document]) -> list[Document | None]:
    """What the queue gives when each document is asked for as soon as it was read."""
    kept = iter(queue)
    return [next(kept) for documents in inputs for _ in queue.watch(iter(documents))]


def test_an_input_with_gold_shows_it_from_the_first_document_on() -> None:
    # The second file has no gold at all: its documents are not taken for annotated with none.
    assert passed(GoldQueue(), [RAW, ANN, RAW], [RAW, RAW]) == [RAW, ANN, RAW, None, None]


def test_document_labels_are_gold() -> None:
    labelled = Document("d", "x", labels=("news",))
    assert passed(GoldQueue(), [labelled], [Document("d", "x", labels=())]) == [labelled, None]


@pytest.mark.parametrize(("wanted", "kept"), [(True, [RAW, ANN]), (False, [None, None])])
def test_it_can_be_forced(wanted: bool, kept: list[Document | None]) -> None:
    assert passed(GoldQueue(wanted), [RAW, ANN]) == kept


def test_only_the_beginning_is_read_ahead() -> None:
    read = 0

    def endless() -> Iterator[Document]:
        nonlocal read
        while True:
            read += 1
            yield RAW

    documents = GoldQueue().watch(endless())
    for _ in range(3):
        assert next(documents) is RAW
    assert read == 100


def test_it_ends_with_what_was_read() -> None:
    queue = GoldQueue(True)
    assert list(queue.watch(iter([ANN, RAW]))) == [ANN, RAW]
    assert list(queue) == [ANN, RAW]
    assert list(queue) == []
