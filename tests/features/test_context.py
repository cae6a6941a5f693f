"""What is read around a sentence: how far, and that nothing but the sentence's words counts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.context import Around, Spread, find_passages, spread
from onoma.features.examples import prepare_examples
from onoma.features.labelling import TagLabelling
from onoma.features.passages import Cut, Passages, cut_sentences, members
from onoma.features.pieces import PieceFeatures
from onoma.features.tokenizer_training import train_wordpiece
from onoma.features.vocabulary import Vocabulary
from onoma.features.words import WordFeatures
from onoma.tags import get_scheme
from onoma.text import Document, document_from_sentences
from tiny_encoders import WORDS

LABELLING = TagLabelling(get_scheme("BIO").tags(["PER"]), get_scheme("BIO"))


def piece_features(**given) -> PieceFeatures:
    base = WordFeatures.fit([WORDS], lowercase=True, min_count=1, characters=True)
    return PieceFeatures(base, train_wordpiece(dict.fromkeys(WORDS, 1), 60, lowercase=True), **given)


def word_features(**given) -> WordFeatures:
    words = Vocabulary.fit(WORDS, lowercase=True, min_count=1)
    return WordFeatures(words, **given)


@st.composite
def corpora(draw) -> tuple[np.ndarray, list[list[int]]]:
    """Units of each word, and the lengths of each document's sentences."""
    lengths = draw(st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=5), min_size=1, max_size=4))
    count = sum(map(sum, lengths))
    units = draw(st.lists(st.integers(1, 5), min_size=count, max_size=count))
    return np.array(units, dtype=np.int64), lengths


def laid_out(lengths: list[list[int]]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """First word of each sentence and one behind its last; the same of each one's document."""
    places: list[tuple[int, int]] = []
    owners: list[tuple[int, int]] = []
    base = 0
    for document in lengths:
        first = base
        for length in document:
            places.append((base, base + length))
            base += length
        owners += [(first, base)] * len(document)
    return places, owners


@given(corpora(), st.integers(1, 12), st.integers(1, 40))
def test_it_reaches_as_far_as_asked_for_as_there_is_room_and_as_its_document_goes(
    corpus, num_words: int, room: int
) -> None:
    units, lengths = corpus
    places, owners = laid_out(lengths)
    own, whole = (Spread(*np.array(edges, dtype=np.int64).T) for edges in (places, owners))
    found = spread(units, own, whole, num_words, room)
    for (start, end), (first, last), left, right in zip(places, owners, *found, strict=True):
        assert max(first, start - num_words) <= left <= start
        assert end <= right <= min(last, end + num_words)
        total = units[left:right].sum()
        assert total <= max(room, units[start:end].sum())
        # Neither side could be one word longer, unless the other has taken its half of the room.
        half = max(0, room - units[start:end].sum()) // 2
        if left > max(first, start - num_words) and total + units[left - 1] <= room:
            assert units[left - 1 : start].sum() > half
        if right < min(last, end + num_words):
            assert total + units[right] > room or units[end : right + 1].sum() > half


@given(corpora(), st.integers(1, 12), st.integers(1, 40))
def test_passages_are_sentences_in_a_row_of_one_document_as_many_as_there_is_room_for(
    corpus, num_words: int, room: int
) -> None:
    units, lengths = corpus
    places, owners = laid_out(lengths)
    own, whole = (Spread(*np.array(edges, dtype=np.int64).T) for edges in (places, owners))
    edges, reach = find_passages(units, own, whole, num_words, room)
    assert edges[0] == 0
    assert edges[-1] == len(places)
    assert (np.diff(edges) > 0).all()

    def needed(start: int, end: int) -> int:
        """Units of the sentences of a passage, with what of the context it may claim."""
        first, last = owners[start]
        left = units[max(first, places[start][0] - num_words) : places[start][0]].sum()
        right = units[places[end - 1][1] : min(last, places[end - 1][1] + num_words)].sum()
        inside = units[places[start][0] : places[end - 1][1]].sum()
        return inside + min(left, room // 4) + min(right, room // 4)

    for index, (start, end) in enumerate(pairwise(edges)):
        assert len({owners[one] for one in range(start, end)}) == 1
        assert end - start == 1 or needed(start, end) <= room
        if end < len(places) and owners[end] == owners[start]:
            assert needed(start, end + 1) > room
        read = units[reach.starts[index] : reach.ends[index]].sum()
        assert read <= max(room, units[places[start][0] : places[end - 1][1]].sum())
        # Context is what the passage has claimed, but for words that would be in it by half.
        assert read > needed(start, end) - 2 * units.max() or end - start == 1
    alone, apart = find_passages(units, own, whole, num_words, room, together=False)
    assert alone.tolist() == list(range(len(places) + 1))
    assert all(map(np.array_equal, apart, spread(units, own, whole, num_words, room)))


def test_sentences_with_words_between_them_are_not_read_together() -> None:
    own, whole = Spread(np.array([0, 3]), np.array([2, 5])), Spread(np.array([0, 0]), np.array([5, 5]))
    edges, reach = find_passages(np.ones(5, dtype=np.int64), own, whole, 9, 40)
    assert edges.tolist() == [0, 1, 2]
    assert reach.starts.tolist() == [0, 0]
    assert reach.ends.tolist() == [5, 5]


@given(st.data())
def test_a_cut_gives_back_what_was_put_out_of_each_sentence(data) -> None:
    groups = data.draw(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=4))
    width = max(map(sum, groups))
    values = np.arange(len(groups) * width * 2).reshape(len(groups), width, 2)
    places = [
        (number, sum(group[:index]), length)
        for number, group in enumerate(groups)
        for index, length in enumerate(group)
    ]
    places = data.draw(st.permutations(places))
    cut = Cut.of(*(np.array(column, dtype=np.int64) for column in zip(*places, strict=True)), width)
    found = cut(values)
    for row, (number, start, length) in zip(found, places, strict=True):
        assert np.array_equal(row[:length], values[number, start : start + length])


def test_passages_are_taken_whole_or_not_at_all() -> None:
    passages = Passages(np.array([0, 2, 3, 6]), [Around(*np.full((2, 1), one)) for one in range(3)])
    some = passages.take(np.array([3, 4, 5, 0, 1]))
    assert some.edges.tolist() == [0, 3, 5]
    assert [int(one.before[0]) for one in some.around] == [2, 0]
    assert members(passages.edges, np.array([2, 0])).tolist() == [3, 4, 5, 0, 1]
    for wrong in ([3, 4, 5, 0], [1], [3, 5, 4], [2, 4], [0, 1, 2, 4]):
        with pytest.raises(ValueError, match="all others of their passage"):
            passages.take(np.array(wrong))


KINDS = (word_features, piece_features)


@pytest.mark.parametrize("features_with", KINDS)
@given(st.data())
def test_a_batch_holds_what_is_read_and_its_cuts_are_the_sentences(features_with, data) -> None:
    features = features_with(context=data.draw(st.integers(1, 8)), together=data.draw(st.booleans()))
    lengths = st.lists(st.integers(1, 6), min_size=1, max_size=5)
    documents = [document(*some) for some in data.draw(st.lists(lengths, min_size=1, max_size=3))]
    examples = prepare_examples(documents, features, LABELLING, window=data.draw(st.integers(16, 60)))
    asked = np.array(data.draw(st.permutations(range(len(examples.rows)))), dtype=np.int64)
    asked = asked[: data.draw(st.integers(1, len(asked)))]
    batch, cuts = examples.input_batch(features, asked)
    ids = batch["words"]
    for some, cut in cuts:
        own = cut(ids)
        for row, index in enumerate(asked[some].tolist()):
            rows = examples.rows[index]
            assert np.array_equal(own[row, : len(rows)], features.batch([rows])["words"][0])
    # Of what is read nothing is of another document, and it is whole: some words in a row.
    read = sorted(set(examples.passages.owners(asked).tolist()))
    for row, passage in enumerate(read):
        first, end = examples.edges[passage : passage + 2]
        words = documents[examples.owners[first]].words
        before, after = examples.passages.around[passage]
        own_rows = np.concatenate([examples.rows[index] for index in range(first, end)])
        whole = [features.types.spellings()[one] for one in np.concatenate([before, own_rows, after])]
        assert any(words[at : at + len(whole)] == whole for at in range(len(words)))
        assert batch["lengths"][row] == len(whole)


@pytest.mark.parametrize("features_with", KINDS)
def test_it_is_stored_and_only_where_there_is_some(features_with) -> None:
    features = features_with(context=9)
    restore = type(features).from_state
    again = restore(features.state())
    assert (again.context, again.together) == (9, True)
    # As it was stored before there were passages, and as such a model is stored again.
    before = features_with(context=9, together=False).state()
    assert "passages" not in before
    assert not restore(before).together
    with pytest.raises(ValueError, match="true or false as 'passages'"):
        restore({**before, "passages": 1})
    assert "context" not in features_with().state()
    for wrong in (-1, 1 << 20, 2.5, True, "3", None):
        with pytest.raises(ValueError, match="'context', a number from 0"):
            restore({**features.state(), "context": wrong})


def document(*lengths: int) -> Document:
    sentences = [[WORDS[(7 * place + i) % len(WORDS)] for i in range(n)] for place, n in enumerate(lengths)]
    return document_from_sentences("d", sentences, [(0, 0, 1, "PER")])


def test_examples_have_what_is_around_them_and_never_of_another_document() -> None:
    features = piece_features(context=3, together=False)
    documents = [document(4, 2, 5), document(1), document(3, 3)]
    examples = prepare_examples(documents, features, LABELLING, window=40)
    assert examples.passages is not None
    around = examples.passages.around
    assert [(len(one.before), len(one.after)) for one in around] == [
        *((0, 3), (3, 3), (3, 0)),
        (0, 0),
        *((0, 3), (3, 0)),
    ]
    words = documents[0].words
    assert np.array_equal(around[1].before, features.rows(words[1:4]))
    assert np.array_equal(around[1].after, features.rows(words[6:9]))
    batch, [(_, cut)] = examples.input_batch(features, np.arange(6))
    assert batch["piece_lengths"].tolist() == examples.sizes.tolist()
    assert batch["lengths"].tolist() == [7, 8, 8, 1, 6, 6]  # with what is around them
    assert cut.lengths.tolist() == [4, 2, 5, 1, 3, 3]
    assert prepare_examples(documents, piece_features(), LABELLING, window=40).passages is None


def test_examples_of_a_document_are_one_input_where_there_is_room() -> None:
    features = piece_features(context=3)
    documents = [document(4, 2, 5), document(1), document(3, 3), document(8, 9, 9)]
    examples = prepare_examples(documents, features, LABELLING, window=44)
    assert examples.edges.tolist() == [0, 3, 4, 6, 8, 9]
    asked = np.array([7, 1, 3, 6, 8])
    batch, [(some, cut)] = examples.input_batch(features, asked)
    assert some.tolist() == [0, 1, 2, 3, 4]
    whole = np.concatenate([features.rows(one.words) for one in documents])
    # Inputs are the passages, in their order; of the fourth document two sentences, and three words more.
    assert batch["lengths"].tolist() == [11, 1, 20, 12]
    pieces = features.sizes(whole)
    assert batch["piece_lengths"].tolist() == [
        pieces[:11].sum() + 2,
        pieces[11:12].sum() + 2,
        pieces[18:38].sum() + 2,
        pieces[32:44].sum() + 2,
    ]
    assert examples.sizes[asked].tolist() == [batch["piece_lengths"][one] for one in (2, 0, 1, 2, 3)]
    seen = cut(np.arange(batch["words"].size).reshape(batch["words"].shape))
    inputs = np.zeros(batch["words"].size, dtype=np.int64)
    for row, (start, end) in enumerate([(0, 11), (11, 12), (18, 38), (32, 44)]):
        inputs[row * batch["words"].shape[1] :][: end - start] = whole[start:end]
    for place, index in enumerate(asked.tolist()):
        length = int(examples.lengths[index])
        assert np.array_equal(inputs[seen[place, :length]], examples.rows[index])


def test_parts_of_a_cut_sentence_stay_within_the_window() -> None:
    for together in (True, False):
        features = piece_features(context=50, together=together)
        examples = prepare_examples([document(3, 60, 4)], features, LABELLING, window=20)
        assert len(examples.rows) > 3
        batch, _ = examples.input_batch(features, np.arange(len(examples.rows)))
        assert batch["piece_lengths"].max() <= 20
        assert batch["piece_lengths"].tolist() == examples.sizes[examples.edges[:-1]].tolist()


@given(st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=40), min_size=1, max_size=4))
def test_cuts_are_of_all_sentences_and_hold_little_padding(groups: list[list[int]]) -> None:
    width = max(map(sum, groups))
    owners = np.repeat(np.arange(len(groups)), list(map(len, groups)))
    lengths = np.array([length for group in groups for length in group], dtype=np.int64)
    starts = np.concatenate([np.cumsum(group) - group for group in groups])
    cuts = cut_sentences(owners, starts, lengths, (len(groups), width))
    assert sorted(np.concatenate([some for some, _ in cuts]).tolist()) == list(range(len(lengths)))
    padded = [cut.places.size for _, cut in cuts]
    assert max(padded) <= 4 * len(groups) * width
    if len(lengths) * lengths.max() <= 4 * len(groups) * width:
        assert [some.tolist() for some, _ in cuts] == [list(range(len(lengths)))]
    for some, cut in cuts:
        assert np.array_equal(cut.lengths, lengths[some])
        for row, index in zip(cut.places, some.tolist(), strict=True):
            first = int(owners[index] * width + starts[index])
            assert row[: lengths[index]].tolist() == list(range(first, first + int(lengths[index])))
