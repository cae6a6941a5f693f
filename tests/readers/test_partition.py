"""Dividing documents: sizes, balance, copies, seeds."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import ConfigError, DataError
from onoma.readers.partition import (
    assign_parts,
    divide_documents,
    part_sizes,
    sentence_documents,
    sentence_texts,
)
from onoma.text import Document, Span, document_from_sentences, sort_spans

UNITS = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), max_size=3), min_size=4, max_size=60
)


@given(st.integers(3, 10_000), st.floats(0, 0.45), st.floats(0, 0.45))
def test_sizes_are_within_one_of_the_shares(count: int, dev: float, test: float) -> None:
    shares = {"dev": dev, "test": test}
    sizes = part_sizes(count, shares)
    assert sum(sizes.values()) == count
    assert list(sizes) == ["train", *(part for part, share in shares.items() if share)]
    assert min(sizes.values()) >= 1
    for part, share in shares.items():
        assert abs(sizes.get(part, 0) - share * count) <= 1
    assert abs(sizes["train"] - (1 - dev - test) * count) <= 2


@pytest.mark.parametrize("shares", [(0.5, 0.5), (1, 0), (-0.1, 0.1), (0.9, 0.2), (float("nan"), 0.1)])
def test_impossible_shares(shares: tuple[float, float]) -> None:
    with pytest.raises(ConfigError, match="between 0 and 1"):
        part_sizes(100, {"dev": shares[0], "test": shares[1]})


def test_too_few_units() -> None:
    assert part_sizes(3, {"dev": 0.1, "test": 0.1}) == {"train": 1, "dev": 1, "test": 1}
    for count in (0, 1, 2):
        with pytest.raises(DataError, match="too few"):
            part_sizes(count, {"dev": 0.1, "test": 0.1})


@settings(max_examples=150, deadline=None)
@given(UNITS, st.integers(0, 5), st.booleans())
def test_sizes_are_met_exactly(labels: list[dict[str, int]], seed: int, stratify: bool) -> None:
    sizes = part_sizes(len(labels), {"dev": 0.2, "test": 0.1})
    parts = assign_parts(labels, sizes, seed, stratify=stratify)
    assert Counter(parts) == sizes
    assert parts == assign_parts(labels, sizes, seed, stratify=stratify)


@settings(max_examples=150, deadline=None)
@given(UNITS, st.integers(0, 5), st.booleans(), st.data())
def test_units_of_one_key_stay_together(
    labels: list[dict[str, int]], seed: int, stratify: bool, data: st.DataObject
) -> None:
    keys = [data.draw(st.integers(0, len(labels) // 2)) for _ in labels]
    sizes = part_sizes(len(labels), {"dev": 0.2, "test": 0.2})
    parts = assign_parts(labels, sizes, seed, stratify=stratify, keys=keys)
    assert len({(key, part) for key, part in zip(keys, parts, strict=True)}) == len(set(keys))
    largest = max(Counter(keys).values())
    for part, size in sizes.items():
        assert abs(parts.count(part) - size) <= 2 * largest


def skewed(count: int) -> list[Document]:
    """Documents in which 'rare' is one entity in a hundred and often stands beside 'common'."""
    documents = []
    for number in range(count):
        words = [f"w{number}", "x", "y"]
        spans = [(0, 0, 1, "common")] if number % 2 else []
        if number % 50 == 1:
            spans.append((0, 1, 2, "rare"))
        documents.append(document_from_sentences(f"d{number}", [words], spans))
    return documents


def counts(documents: list[Document]) -> Counter[str]:
    return Counter(span.label for document in documents for span in document.entities)


@pytest.mark.parametrize("seed", range(5))
def test_labels_are_balanced_to_one_entity(seed: int) -> None:
    parts = divide_documents(skewed(1000), {"dev": 0.1, "test": 0.25}, seed)
    assert {part: len(members) for part, members in parts.items()} == {"train": 650, "dev": 100, "test": 250}
    for part, share in {"train": 0.65, "dev": 0.1, "test": 0.25}.items():
        found = counts(parts[part])
        assert abs(found["rare"] - 20 * share) <= 1
        assert abs(found["common"] - 500 * share) <= 1


def test_without_stratification_chance_decides() -> None:
    found = {
        counts(divide_documents(skewed(1000), {"dev": 0.1}, seed, stratify=False)["dev"])["rare"]
        for seed in range(8)
    }
    assert len(found) > 1


@pytest.mark.parametrize("stratify", [True, False])
def test_copies_are_as_frequent_in_each_part(stratify: bool) -> None:
    labels = [{"PER": 1} if unit % 3 else {} for unit in range(2_000)]
    keys = [unit if unit < 1_000 else 1_000 + unit // 2 for unit in range(2_000)]  # half of them twice
    parts = assign_parts(
        labels, part_sizes(2_000, {"dev": 0.1, "test": 0.1}), 3, stratify=stratify, keys=keys
    )
    copies = Counter(part for part, key in zip(parts, keys, strict=True) if key >= 1_000)
    assert Counter(parts) == {"train": 1_600, "dev": 200, "test": 200}
    assert 740 < copies["train"] < 860
    assert all(60 < copies[part] < 140 for part in ("dev", "test"))


def test_order_is_kept_and_seeds_differ() -> None:
    documents = skewed(200)
    ids = [document.id for document in documents]
    one = divide_documents(documents, {"dev": 0.1, "test": 0.1}, 1)
    for members in one.values():
        places = [ids.index(document.id) for document in members]
        assert places == sorted(places)
    assert one == divide_documents(documents, {"dev": 0.1, "test": 0.1}, 1)
    assert one != divide_documents(documents, {"dev": 0.1, "test": 0.1}, 2)


def test_copies_stay_in_one_part_also_when_tagged_differently() -> None:
    documents = skewed(100) * 2
    tagged_otherwise = [document_from_sentences("t", [["w3", "x", "y"]], [(0, 2, 3, "common")])]
    parts = divide_documents(documents + tagged_otherwise, {"dev": 0.2, "test": 0.2}, 3)
    texts = [{document.text for document in members} for members in parts.values()]
    assert sum(map(len, texts)) == 100
    loose = divide_documents(documents, {"dev": 0.2, "test": 0.2}, 3, group_duplicates=False)
    assert sum(len({document.text for document in members}) for members in loose.values()) > 100


def test_sentences_as_documents() -> None:
    document = document_from_sentences(
        "d", [["New", "York"], ["a", "b", "Ann"]], [(0, 0, 2, "LOC"), (1, 2, 3, "PER")], ("news",)
    )
    crossing = Span(4, 10, "X", "York\na")
    fragmented = Span(9, 16, "Y", "a b Ann", None, ((9, 10), (13, 16)))
    document = Document(
        *(document.id, document.text, document.tokens, document.sentences),
        sort_spans((*document.entities, Span(4, 10, "X", document.text[4:10]), fragmented)),
        document.labels,
    )
    assert document.text[crossing.start : crossing.end] == crossing.text
    one, two = sentence_documents(document)
    assert (one.id, one.text, one.sentences, one.labels) == ("d/1", "New York", ((0, 2),), None)
    assert [span.text for span in one.entities] == ["New York"]
    assert (two.id, two.text) == ("d/2", "a b Ann")
    assert [(span.start, span.end, span.label) for span in two.entities] == [(0, 7, "Y"), (4, 7, "PER")]
    assert two.entities[0].fragments == ((0, 1), (4, 7))
    assert all(token.text == two.text[token.start : token.end] for token in two.tokens)
    assert list(sentence_texts(document)) == ["New York", "a b Ann"]
    assert list(sentence_texts(Document("r", "raw"))) == ["raw"]
