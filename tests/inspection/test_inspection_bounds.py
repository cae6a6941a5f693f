"""Memory stays bounded, and what is then estimated is estimated well."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from onoma.inspection.counts import SplitTally
from onoma.inspection.duplicates import SentenceTable
from onoma.inspection.mentions import MentionTally
from onoma.inspection.sampling import SampledCounter, hash64
from onoma.inspection.words import WordTally
from onoma.text import Document, Span, Token, document_from_sentences


def stream(count: int) -> Iterator[Document]:
    """Sentences, words and mentions that are all new."""
    for number in range(count):
        words = [f"Name{number}", "said", f"word{number}", "."]
        yield document_from_sentences(f"d{number}", [words], [(0, 0, 1, "PER")])


def peak_of_a_tally(monkeypatch: pytest.MonkeyPatch, count: int) -> int:
    table = SentenceTable(["train"], capacity=400, examples=100)
    monkeypatch.setattr("onoma.inspection.duplicates._PENDING", 100)
    monkeypatch.setattr("onoma.inspection.words._MAX_PENDING", 100)
    monkeypatch.setattr("onoma.inspection.mentions._MAX_PENDING", 100)
    tally = SplitTally(0, "train", table)
    tally.words, tally.mentions = WordTally(300), MentionTally(300)
    tracemalloc.start()
    try:
        for document in stream(count):
            tally.add(document, lambda _document, index: index)
        tally.settle()
        table.report(0, {})
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = [peak_of_a_tally(monkeypatch, count) for count in (1_500, 6_000)]
    assert peaks[1] < 1.25 * peaks[0]
    assert peaks[1] < 500_000


def test_too_many_sentences_become_an_unbiased_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.inspection.duplicates._PENDING", 1000)
    table = SentenceTable(["train", "test"], capacity=4000)
    for number in range(30_000):
        table.add(0, f"sentence {number}", (), 1)
        if number % 3 == 0:
            table.add(0, f"sentence {number}", ((0, 1, "X"),) if number % 6 == 0 else (), 2)
        if number % 5 == 0:
            table.add(1, f"sentence {number}", (), 3)
    train, test = table.report(0, {}), table.report(1, {"train": 0})
    assert train.estimated
    assert test.estimated
    assert table.level > 2
    assert train.repeated == pytest.approx(10_000, rel=0.15)
    assert train.contradictory == pytest.approx(5_000, rel=0.2)
    assert test.shared["train"].sentences == pytest.approx(6_000, rel=0.2)
    assert test.shared["train"].tagged_differently == 0


def test_copies_of_one_sentence_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.inspection.duplicates._PENDING", 100)
    table = SentenceTable(["train"], capacity=300)
    for _ in range(5000):
        table.add(0, "the same", (), 1)
    report = table.report(0, {})
    assert (report.repeated, report.estimated) == (4999, False)


def test_exact_up_to_the_capacity_and_estimated_beyond() -> None:
    counter: SampledCounter[str] = SampledCounter(1000, str)
    counter.add({f"w{number}": 2 for number in range(1000)})
    assert (len(counter.counts), counter.estimated) == (1000, False)
    for first in range(1000, 20_000, 1000):
        counter.add({f"w{number}": 2 for number in range(first, first + 1000)})
        assert len(counter.counts) <= 1000
    assert counter.estimated
    assert counter.scaled(len(counter.counts)) == pytest.approx(20_000, rel=0.15)
    assert set(counter.counts.values()) == {2}


def test_samples_of_different_levels_compare() -> None:
    small, large = WordTally(capacity=500), WordTally(capacity=5000)
    small.add([Token(f"w{number}", 0, 1) for number in range(4000)])
    large.add([Token(f"w{number}", 0, 1) for number in range(2000)])
    small.settle()
    large.settle()
    assert small.table.level > large.table.level
    assert small.known_share(large) == pytest.approx(0.5, abs=0.1)
    assert large.known_share(small) == 1.0


def test_all_labels_of_a_mention_are_sampled_together() -> None:
    tally = MentionTally(capacity=200)
    tally.add([Span(0, 1, label, f"m{number}") for number in range(2000) for label in ("A", "B")])
    tally.settle()
    report = tally.report(None)
    assert report.estimated
    assert report.ambiguous == report.distinct == pytest.approx(2000, rel=0.3)


def test_the_hash_is_the_same_in_every_process() -> None:
    assert hash64("Onoma") == 0x96523C16823B79B1
    assert hash64("\ud800") != hash64("\ud801")
