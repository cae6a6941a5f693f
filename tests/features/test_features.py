import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features import word_types
from onoma.features.batches import bucket_by_length, shuffled_buckets
from onoma.features.casing import CASINGS, casing_id
from onoma.features.characters import MAX_CHARACTERS, character_ids
from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import PAD, UNKNOWN, Vocabulary
from onoma.features.words import WordFeatures

SENTENCES = [["John", "lives", "in", "New", "York", "."], ["EU"], ["the", "EU", "lives"]]
words = st.text(min_size=1, max_size=40)


def test_vocabulary_is_ordered_by_frequency_and_survives_storage() -> None:
    vocabulary = Vocabulary.fit(["b", "a", "B", "c", "b"], lowercase=True)
    assert vocabulary.items == ("b", "a", "c")
    assert vocabulary.id("B") == 2
    assert vocabulary.id("zzz") == UNKNOWN
    assert vocabulary.frequencies().tolist() == [0, 0, 3, 1, 1]
    again = Vocabulary.from_state(vocabulary.state())
    assert (again.items, again.counts, again.lowercase) == (vocabulary.items, vocabulary.counts, True)


@pytest.mark.parametrize("state", [{}, {"items": "ab", "counts": [1]}, {"items": [1], "counts": [1]}])
def test_damaged_vocabulary_state_is_refused(state) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary.from_state(state)


@pytest.mark.parametrize(
    ("word", "casing"),
    [
        ("lower", "lower"),
        ("Title", "title"),
        ("“Title", "title"),
        ("UPPER", "upper"),
        ("U.S.", "upper"),
        ("J.", "single-upper"),
        ("McDonald", "mixed"),
        ("iPhone", "mixed"),
        ("B2B", "upper-with-digits"),
        ("3rd", "lower-with-digits"),
        ("1996", "number"),
        ("1,000.5", "number-like"),
        ("--", "punctuation"),
        ("東京", "other"),
        ("Москва", "title"),
    ],
)
def test_casing(word, casing) -> None:
    assert CASINGS[casing_id(word)] == casing


@given(words)
def test_casing_never_is_padding(word) -> None:
    assert casing_id(word) != 0


def test_long_words_are_seen_by_their_ends() -> None:
    vocabulary = Vocabulary(["a", "b", "c"], [1, 1, 1])
    ids = character_ids("a" * 20 + "b" * 20 + "c" * 20, vocabulary)
    assert len(ids) == MAX_CHARACTERS
    assert set(ids[:16]) == {2}
    assert set(ids[16:]) == {4}


@given(st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=5))
def test_batch_is_what_word_by_word_lookup_gives(sentences) -> None:
    features = WordFeatures.fit(SENTENCES, lowercase=True, min_count=1, characters=True)
    batch = features.batch([features.rows(sentence) for sentence in sentences])
    for row, sentence in enumerate(sentences):
        assert batch["lengths"][row] == len(sentence)
        for column, word in enumerate(sentence):
            assert batch["words"][row, column] == features.words.id(word)
            assert batch["casing"][row, column] == casing_id(word)
            assert features.characters is not None
            expected = character_ids(word, features.characters)
            got = batch["characters"][batch["types"][row, column]]
            assert got.tolist() == expected[: len(got)].tolist()
            assert not expected[len(got) :].any()
        assert (batch["words"][row, len(sentence) :] == PAD).all()


sentences_of_words = st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=5)


@given(sentences_of_words, sentences_of_words)
def test_a_batch_does_not_depend_on_what_was_met_before(before, sentences) -> None:
    vectors = WordVectors(["Bank", "rot"], np.eye(2, dtype=np.float32))

    def batch(*met: list[list[str]]) -> dict[str, np.ndarray]:
        features = WordFeatures.fit(SENTENCES, lowercase=True, min_count=1, characters=True, vectors=vectors)
        for one in met:
            features.batch([features.rows(sentence) for sentence in one])
        return features.batch([features.rows(sentence) for sentence in sentences])

    fresh, used = batch(), batch(before, sentences[::-1])
    for name, values in fresh.items():
        np.testing.assert_array_equal(values, used[name], err_msg=name)


def test_cache_grows_and_is_bounded(monkeypatch) -> None:
    features = WordFeatures.fit(SENTENCES, lowercase=False, min_count=1, characters=True)
    many = [f"w{number}" for number in range(3000)]
    assert features.rows(many).tolist() == list(range(3000))
    assert features.rows(many[::-1]).tolist() == list(range(3000))[::-1]
    features.trim()
    assert features.rows(["w2999"]).tolist() == [2999]
    monkeypatch.setattr(word_types, "CACHE_LIMIT", 100)
    features.trim()
    assert features.rows(["w2999"]).tolist() == [0]


def test_features_survive_storage() -> None:
    features = WordFeatures.fit(SENTENCES, lowercase=True, min_count=2, characters=True)
    again = WordFeatures.from_state(features.state())
    left, right = (each.batch([each.rows(["EU", "lives", "x"])]) for each in (features, again))
    assert all(np.array_equal(left[name], right[name]) for name in left)
    with pytest.raises(ValueError, match="word features need"):
        WordFeatures.from_state({"words": 3})


lengths = st.lists(st.integers(0, 50), max_size=60).map(lambda values: np.array(values, dtype=np.int64))


@given(lengths)
def test_buckets_cover_every_sentence_once_within_limits(lengths) -> None:
    batches = list(bucket_by_length(lengths, max_sentences=8, max_tokens=100))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= 8
        assert len(batch) == 1 or len(batch) * max(1, lengths[batch].max()) <= 100


@given(lengths, st.integers(0, 3))
def test_training_batches_are_a_pure_function_of_seed_and_epoch(lengths, epoch) -> None:
    one, two = (shuffled_buckets(lengths, batch_size=4, seed=7, epoch=epoch) for _ in range(2))
    assert [batch.tolist() for batch in one] == [batch.tolist() for batch in two]
    assert sorted(index for batch in one for index in batch) == list(range(len(lengths)))


def test_epochs_differ_in_order() -> None:
    lengths = np.arange(1000) % 30
    one, two = (shuffled_buckets(lengths, batch_size=10, seed=1, epoch=epoch) for epoch in (1, 2))
    assert [batch.tolist() for batch in one] != [batch.tolist() for batch in two]
    spread = [lengths[batch].max() - lengths[batch].min() for batch in one]
    assert np.mean(spread) < 3


@given(lengths)
def test_even_buckets_cover_every_sentence_once_within_limits(lengths) -> None:
    batches = list(bucket_by_length(lengths, max_sentences=8, max_tokens=100, even=True))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert all(len(batch) <= 8 for batch in batches)


def test_even_buckets_keep_a_few_long_sentences_from_many_short_ones() -> None:
    lengths = np.array([100] * 3 + [5] * 61)
    batches = list(bucket_by_length(lengths, max_sentences=64, max_tokens=10_000, even=True))
    assert [batch.tolist() for batch in batches] == [[0, 1, 2], list(range(3, 64))]
    near = np.array([12] * 3 + [11] * 61)
    assert len(list(bucket_by_length(near, max_sentences=64, max_tokens=10_000, even=True))) == 1
