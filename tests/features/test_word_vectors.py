"""Look-up of word vectors: case forms, subwords, coverage, trimming, storage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.vectors import Subwords, WordVectors
from onoma.features.vectors.subwords import subword_ids
from onoma.features.words import WordFeatures

WORDS = ("the", "Paris", "NASA", "Apple", "apple", "УФА")
ROWS = np.arange(1, 19, dtype=np.float32).reshape(6, 3)
PLAIN = WordVectors(WORDS, ROWS)


def with_subwords() -> WordVectors:
    buckets = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    return WordVectors(WORDS, ROWS, Subwords(3, 5, buckets))


@pytest.mark.parametrize(
    ("word", "row", "how"),
    [
        ("the", 0, "exact"),
        ("The", 0, "lower"),
        ("THE", 0, "lower"),
        ("PARIS", 1, "title"),
        ("paris", 1, "title"),
        ("Nasa", 2, "upper"),
        ("Apple", 3, "exact"),
        ("APPLE", 4, "lower"),
        ("Уфа", 5, "upper"),
        ("Rome", -1, "none"),
        ("", -1, "none"),
    ],
)
def test_case_fallback(word, row, how) -> None:
    assert PLAIN.find(word) == (row, how)
    vector, said = PLAIN.vector(word)
    assert said == how
    assert vector.tolist() == (ROWS[row].tolist() if row >= 0 else [0, 0, 0])


@pytest.mark.parametrize(
    ("text", "expected"),
    # Published FNV-1a values of ASCII strings: the signed-byte slip does not touch them.
    [("a", 0xE40C292C), ("foobar", 0xBF9CF968)],
)
def test_hash_is_fnv1a(text, expected) -> None:
    brackets = len(text) + 2
    # Only n-grams of the length of <text> without its brackets: find the one that is the text itself.
    ids = list(subword_ids(text, brackets - 2, brackets - 2, 1 << 32))
    assert expected in ids or text == "a"
    if text == "a":
        assert ids == [expected]  # single brackets are no n-grams


def test_hash_of_other_letters_follows_fasttext() -> None:
    # fastText 0.9.2 extends the sign of bytes above 127: 0xd1 0x84 (ф) becomes 0xffffffd1 0xffffff84.
    value = 2166136261
    for byte in (0xFFFFFFD1, 0xFFFFFF84):
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    assert list(subword_ids("ф", 1, 1, 1 << 32)) == [value]


@given(st.text(max_size=12), st.integers(1, 4), st.integers(0, 3))
def test_number_of_subwords(word, shortest, more) -> None:
    size = len(word) + 2
    longest = shortest + more
    expected = sum(max(0, size - length + 1) for length in range(shortest, longest + 1))
    if shortest == 1:
        expected -= 2
    ids = list(subword_ids(word, shortest, longest, 7))
    assert len(ids) == expected
    assert all(0 <= one < 7 for one in ids)


def test_unknown_words_are_composed() -> None:
    vectors = with_subwords()
    assert vectors.subwords is not None
    vector, how = vectors.vector("Rome")
    assert how == "subword"
    ids = list(subword_ids("Rome", 3, 5, 50))
    np.testing.assert_allclose(vector, vectors.subwords.buckets[ids].mean(axis=0), rtol=1e-6)
    assert vectors.vector("PARIS")[1] == "title"  # a whole word beats its pieces
    assert vectors.vector("")[1] == "none"  # <> has no 3-gram


def test_a_long_word_is_composed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    subwords = with_subwords().subwords
    assert subwords is not None
    word = "Donaudampfschifffahrt" * 9
    whole = subwords.compose(word)
    monkeypatch.setattr("onoma.features.vectors.subwords._CHUNK_GRAMS", 7)
    np.testing.assert_allclose(subwords.compose(word), whole, rtol=1e-5)


def test_known_words_are_composed_of_themselves_and_their_subwords() -> None:
    vectors = with_subwords()
    subwords = vectors.subwords
    assert subwords is not None
    words = ["x", "", "Paris"]
    composed = subwords.compose_known(words, ROWS[:3])
    for word, own, got in zip(words, ROWS, composed, strict=False):
        parts = [own, *subwords.buckets[subwords.ids(word)]]
        np.testing.assert_allclose(got, np.mean(parts, axis=0), rtol=1e-5)


def test_coverage_counts_tokens_and_types() -> None:
    words = {"the": 5, "The": 2, "PARIS": 1, "Rome": 3}
    covered = PLAIN.coverage(words).as_dict()
    assert covered["tokens"] == {"total": 11, "exact": 5, "case": 3, "subword": 0, "none": 3, "share": 8 / 11}
    assert covered["types"] == {"total": 4, "exact": 1, "case": 2, "subword": 0, "none": 1, "share": 3 / 4}
    assert with_subwords().coverage(words).as_dict()["types"]["subword"] == 1
    assert str(PLAIN.coverage({})) == "0 tokens: none; 0 types: none"


def test_trimming_changes_no_vector_of_the_data() -> None:
    words = ["PARIS", "Apple", "Rome", "nasa"]
    for vectors in (PLAIN, with_subwords()):
        for keep in (True, False):
            trimmed = vectors.trim(words, subwords=keep)
            assert "the" not in trimmed
            assert (trimmed.subwords is not None) == (keep and vectors.subwords is not None)
            for word in words:
                np.testing.assert_array_equal(trimmed.vector(word)[0], vectors.vector(word)[0])
    assert PLAIN.trim(words, subwords=True).words == ("Paris", "NASA", "Apple", "apple")
    with pytest.raises(ValueError, match="at least one"):
        PLAIN.trim(["Rome"], subwords=True)


def test_models_take_them_at_norm_one_in_half_precision() -> None:
    scaled = with_subwords().for_model()
    assert scaled.rows.dtype == np.float16
    assert np.linalg.norm(scaled.rows.astype(np.float64), axis=1).mean() == pytest.approx(1, abs=1e-3)
    assert scaled.subwords is not None
    original = with_subwords().subwords
    assert original is not None
    factors = original.buckets / scaled.subwords.buckets.astype(np.float32)
    assert factors == pytest.approx(np.linalg.norm(ROWS, axis=1).mean(), rel=2e-3)


def test_unusable_values_are_refused() -> None:
    with pytest.raises(ValueError, match="all vectors are zero"):
        WordVectors(["a"], np.zeros((1, 2), dtype=np.float32)).for_model()
    rows = np.full((200_000, 1), 1e-3, dtype=np.float32)
    rows[7] = 1e6
    with pytest.raises(ValueError, match="beyond the others"):
        WordVectors([str(number) for number in range(len(rows))], rows).for_model()


@pytest.mark.parametrize("vectors", [PLAIN, with_subwords()], ids=["plain", "subwords"])
def test_arrays_give_them_back(vectors) -> None:
    again = WordVectors.from_arrays(vectors.arrays())
    assert again.words == vectors.words
    for word in (*WORDS, "Rome", "PARIS"):
        assert again.vector(word)[0].tolist() == vectors.vector(word)[0].tolist()


DAMAGE = {
    "no rows": lambda arrays: arrays.pop("vectors.rows"),
    "no words": lambda arrays: arrays.pop("vectors.words"),
    "fewer rows": lambda arrays: arrays.update({"vectors.rows": ROWS[:2]}),
    "rows of integers": lambda arrays: arrays.update({"vectors.rows": ROWS.astype(np.int32)}),
    "flat rows": lambda arrays: arrays.update({"vectors.rows": ROWS[0]}),
    "a word twice": lambda arrays: arrays.update(
        {"vectors.words": np.frombuffer(b"a\na\nb\nc\nd\ne", dtype=np.uint8)}
    ),
    "not UTF-8": lambda arrays: arrays.update(
        {"vectors.words": np.frombuffer(b"\xff\na\nb\nc\nd\ne", dtype=np.uint8)}
    ),
    "no buckets": lambda arrays: arrays.pop("vectors.buckets"),
    "no lengths": lambda arrays: arrays.pop("vectors.subword_lengths"),
    "buckets of another width": lambda arrays: arrays.update({"vectors.buckets": ROWS[:, :2]}),
    "lengths reversed": lambda arrays: arrays.update({"vectors.subword_lengths": np.array([5, 3])}),
    "lengths endless": lambda arrays: arrays.update({"vectors.subword_lengths": np.array([3, 1 << 40])}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_arrays_are_refused(damage) -> None:
    arrays = with_subwords().arrays()
    damage(arrays)
    with pytest.raises(ValueError, match=r"vectors|subwords|utf-8"):
        WordVectors.from_arrays(arrays)


@pytest.mark.parametrize("characters", [True, False])
@given(st.lists(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=6), min_size=1, max_size=5))
def test_batches_hold_each_words_vector(characters, sentences) -> None:
    vectors = with_subwords()
    features = WordFeatures.fit(
        [["the", "Paris"]], lowercase=True, min_count=1, characters=characters, vectors=vectors
    )
    sentences = [[*sentence, "the", "PARIS"] for sentence in sentences]
    batch = features.batch([features.rows(sentence) for sentence in sentences])
    assert batch["vectors"].dtype == np.float32
    for row, sentence in enumerate(sentences):
        for column, word in enumerate(sentence):
            got = batch["vectors"][batch["types"][row, column]]
            np.testing.assert_array_equal(got, vectors.vector(word)[0])


def test_many_unknown_words_and_an_emptied_cache(monkeypatch) -> None:
    features = WordFeatures.fit(
        [["the"]], lowercase=True, min_count=1, characters=False, vectors=with_subwords()
    )
    words = [f"unknown{number}" for number in range(3000)]
    batch = features.batch([features.rows(words)])
    expected = [with_subwords().vector(word)[0] for word in words]
    np.testing.assert_array_equal(batch["vectors"][batch["types"][0]], expected)
    monkeypatch.setattr("onoma.features.word_types.CACHE_LIMIT", 10)
    features.trim()
    batch = features.batch([features.rows(words[:1])])
    np.testing.assert_array_equal(batch["vectors"], expected[:1])


def test_features_with_vectors_survive_storage() -> None:
    features = WordFeatures.fit(
        [["the"]], lowercase=True, min_count=1, characters=True, vectors=with_subwords()
    )
    again = WordFeatures.from_state(features.state(), features.arrays())
    left, right = (each.batch([each.rows(["EU", "the", "PARIS"])]) for each in (features, again))
    assert all(np.array_equal(left[name], right[name]) for name in left)


def test_nearest_words() -> None:
    rows = np.array([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]], dtype=np.float32)
    vectors = WordVectors(["king", "queen", "cat", "minus"], rows)
    assert [word for word, _ in vectors.nearest("King")] == ["queen", "cat", "minus"]
    assert vectors.nearest("unknown") == []
