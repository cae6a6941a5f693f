import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from onoma.features import word_types
from onoma.features.cutting import MAX_WORD_PIECES, PieceCutter
from onoma.features.pieces import PieceFeatures
from onoma.features.states import features_from_state
from onoma.features.tokenizer_training import train_bpe, train_wordpiece
from onoma.features.tokenizers import load_tokenizer, needs_space
from onoma.features.vocabulary import Vocabulary
from onoma.features.words import WordFeatures

COUNTS = {"Anna": 9, "lives": 8, "in": 20, "Bonn": 7, "Köln": 6, "and": 15, "living": 4, ".": 30, "Москва": 5}
SENTENCES = [
    ["Anna", "lives", "in", "New-York", ",", "U.S.A.", "!"],
    ["В", "Москве", "йод", "東京都", "naïve", "👍🏽", "x" * 300, "[SEP]", "[UNK]"],
    [],
    ["\u200b", "don't", "\u00ad", "http://example.org/a?b=c", "3,14"],
]


def bare(**characters: bool) -> WordFeatures:
    """Word features without a word."""
    return WordFeatures(Vocabulary([], []), Vocabulary(["a"], [1]) if characters.get("characters") else None)


@pytest.fixture(scope="module")
def wordpiece() -> Tokenizer:
    return train_wordpiece(COUNTS, 160, lowercase=False)


@pytest.fixture(scope="module")
def bpe() -> Tokenizer:
    return train_bpe(COUNTS, 300, lowercase=False)


def check_against_library(features: PieceFeatures, tokenizer: Tokenizer, sentences) -> None:
    """Compare a batch with the library's own reading of whole sentences."""
    batch = features.batch([features.rows(sentence) for sentence in sentences])
    first = features.overhead // 2
    for row, sentence in enumerate(sentences):
        encoding = tokenizer.encode(sentence, is_pretokenized=True, add_special_tokens=False)
        expected = [[] for _ in sentence]
        for piece, word in zip(encoding.ids, encoding.word_ids, strict=True):
            expected[word].append(piece)
        expected = [pieces[:MAX_WORD_PIECES] or [features.unknown_id] for pieces in expected]
        flat = [piece for pieces in expected for piece in pieces]
        length = batch["piece_lengths"][row]
        assert length == len(flat) + features.overhead
        assert batch["pieces"][row, first : length - first].tolist() == flat
        assert (batch["pieces"][row, length:] == features.pad_id).all()
        owners = [index for index, pieces in enumerate(expected) for _ in pieces]
        assert batch["piece_words"][row, first : length - first].tolist() == owners
        assert not batch["piece_words"][row, length - first :].any()
        for index, pieces in enumerate(expected):
            start, count = batch["first_pieces"][row, index], batch["piece_counts"][row, index]
            assert batch["pieces"][row, start : start + count].tolist() == pieces
        assert not batch["first_pieces"][row, len(sentence) :].any()
        assert not batch["piece_counts"][row, len(sentence) :].any()
        assert features.sizes(features.rows(sentence)).tolist() == [len(pieces) for pieces in expected]


@pytest.mark.parametrize("name", ["bert-base-uncased", "rubert-tiny2"])
@pytest.mark.parametrize("specials", [True, False])
def test_pieces_of_words_are_those_of_sentences(shared_data, name, specials) -> None:
    path = shared_data / "tokenizers" / name
    features = PieceFeatures(bare(), load_tokenizer(path), specials=specials)
    oracle = Tokenizer.from_file(str(path / "tokenizer.json"))
    oracle.encode_special_tokens = True
    oracle.no_padding()
    oracle.no_truncation()
    check_against_library(features, oracle, SENTENCES)
    begin, end = (oracle.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    batch = features.batch([features.rows(sentence) for sentence in SENTENCES])
    if specials:
        assert (batch["pieces"][:, 0] == begin).all()
        assert (batch["pieces"][np.arange(4), batch["piece_lengths"] - 1] == end).all()
    else:
        assert not {begin, end} & set(batch["pieces"].ravel().tolist())


@pytest.mark.parametrize("name", ["bert-base-uncased", "rubert-tiny2"])
def test_a_vocabulary_file_reads_as_the_whole_tokenizer(shared_data, name, tmp_path) -> None:
    folder = shared_data / "tokenizers" / name
    whole = PieceFeatures(bare(), load_tokenizer(folder))
    parts = PieceFeatures(bare(), load_tokenizer(folder / "vocab.txt"))
    left, right = (each.batch([each.rows(words) for words in SENTENCES]) for each in (whole, parts))
    assert all(np.array_equal(left[key], right[key]) for key in left)
    assert (whole.num_pieces, whole.mask_id) == (parts.num_pieces, parts.mask_id)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)


@settings(max_examples=60)
@given(st.lists(st.lists(texts, max_size=6), min_size=1, max_size=4))
def test_trained_word_pieces_align(wordpiece, sentences) -> None:
    check_against_library(PieceFeatures(bare(), wordpiece), wordpiece, sentences)


@settings(max_examples=60)
@given(st.lists(st.lists(texts, max_size=6), min_size=1, max_size=4))
def test_byte_level_pairs_align_and_know_every_text(bpe, sentences) -> None:
    features = PieceFeatures(bare(), bpe)
    check_against_library(features, bpe, sentences)
    batch = features.batch([features.rows(sentence) for sentence in sentences])
    assert features.unknown_id not in batch["pieces"]


def test_byte_level_words_begin_with_a_space(bpe) -> None:
    plain = json.loads(bpe.to_str())
    plain["pre_tokenizer"]["add_prefix_space"] = False
    features = PieceFeatures(bare(), Tokenizer.from_str(json.dumps(plain)), specials=False)
    pieces = features.batch([features.rows(["Anna"])])["pieces"][0]
    assert features.tokenizer.decode(pieces.tolist()) == " Anna"


@pytest.mark.parametrize(
    ("scheme", "space"), [("always", False), ("first", False), ("never", True), ("bytes", True)]
)
def test_word_starts_are_marked_once(scheme, space) -> None:
    pieces = [("<unk>", 0.0), ("▁", -1.0), ("▁a", -1.0), ("a", -2.0), ("<s>", 0.0), ("</s>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    if scheme == "bytes":
        steps = [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
        assert needs_space(json.loads(tokenizer.to_str())) == space
        return
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    assert needs_space(json.loads(tokenizer.to_str())) == space
    features = PieceFeatures(bare(), tokenizer, specials=False)
    assert features.batch([features.rows(["a", "a"])])["pieces"].tolist() == [[2, 2]]


def test_a_word_of_nothing_is_unknown_and_a_long_one_is_cut(wordpiece, bpe) -> None:
    features = PieceFeatures(bare(), wordpiece, specials=False)
    batch = features.batch([features.rows(["\u200b", "Anna"])])
    assert batch["pieces"][0, 0] == features.unknown_id == wordpiece.token_to_id("[UNK]")
    long = PieceFeatures(bare(), bpe)
    rows = long.rows(["ж" * 1_000_000, "Anna"])
    assert long.sizes(rows).tolist()[0] == MAX_WORD_PIECES
    assert long.batch([rows])["piece_lengths"].tolist() == [MAX_WORD_PIECES + long.sizes(rows)[1] + 2]


def test_half_a_character_is_a_word_like_any_other(bpe) -> None:
    features = PieceFeatures(bare(), bpe)
    assert features.batch([features.rows(["a\ud800b"])])["piece_lengths"][0] > 2


def test_specials_in_the_text_are_text(wordpiece) -> None:
    features = PieceFeatures(bare(), wordpiece, specials=False)
    pieces = features.batch([features.rows(["[SEP]", "[MASK]"])])["pieces"]
    assert not {wordpiece.token_to_id("[SEP]"), features.mask_id} & set(pieces.ravel().tolist())


def test_words_and_characters_stand_beside_the_pieces(wordpiece) -> None:
    base = WordFeatures.fit([["Anna", "in"]] * 3, lowercase=True, min_count=1, characters=True)
    features = PieceFeatures(base, wordpiece)
    batch = features.batch([features.rows(["Anna", "x"])])
    expected = WordFeatures.from_state(base.state())
    alone = expected.batch([expected.rows(["Anna", "x"])])
    assert all(np.array_equal(batch[key], alone[key]) for key in alone)
    assert (features.words, features.characters, features.vectors) == (base.words, base.characters, None)


def test_no_sentence_at_all(wordpiece) -> None:
    for specials in (True, False):
        features = PieceFeatures(bare(), wordpiece, specials=specials)
        assert features.batch([])["pieces"].shape == (0, 0)
        assert features.batch([features.rows([])])["pieces"].shape == (1, features.overhead)


def test_the_cache_grows_is_bounded_and_survives_rows_taken_below_it(wordpiece, monkeypatch) -> None:
    features = PieceFeatures(bare(), wordpiece, specials=False)
    many = [f"w{number}" for number in range(3000)]
    features.base.rows(many[:5])
    rows = features.rows(many)
    once = features.batch([rows])
    monkeypatch.setattr(word_types, "CACHE_LIMIT", 100)
    features.trim()
    assert features.rows(many[::-1]).tolist() == list(range(3000))
    again = features.batch([features.rows(many)])
    assert all(np.array_equal(once[key], again[key]) for key in once)


def test_every_word_is_cut_once(wordpiece, monkeypatch) -> None:
    features = PieceFeatures(bare(), wordpiece)
    seen: list[str] = []
    cut = PieceCutter.__call__
    monkeypatch.setattr(PieceCutter, "__call__", lambda self, word: seen.append(word) or cut(self, word))
    features.rows(["in", "Bonn", "in"])
    features.rows(["Bonn", "and", "Bonn"])
    assert seen == ["in", "Bonn", "and"]


def test_features_survive_storage(bpe) -> None:
    encoder = {"hidden_size": 8, "kind": "bert"}
    features = PieceFeatures(bare(characters=True), bpe, specials=False, encoder=encoder)
    again = features_from_state(json.loads(json.dumps(features.state())))
    assert isinstance(again, PieceFeatures)
    assert (again.encoder, again.specials, again.overhead) == (encoder, False, 0)
    assert again.state() == features.state()
    left, right = (each.batch([each.rows(words) for words in SENTENCES]) for each in (features, again))
    assert all(np.array_equal(left[key], right[key]) for key in left)
    assert isinstance(features_from_state(features.base.state()), WordFeatures)


def broken(tokenizer: Tokenizer, *path: str, value: object) -> dict:
    state = PieceFeatures(bare(), tokenizer).state()
    state = json.loads(json.dumps(state))
    place = state
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return state


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["base"], None),
        (["base", "words"], {"items": [1]}),
        (["tokenizer"], {}),
        (["tokenizer"], "text"),
        (["specials"], 1),
        (["encoder"], [1]),
        (["tokenizer", "model", "type"], "Other"),
        (["tokenizer", "model", "vocab"], {}),
        (["tokenizer", "model", "vocab"], {"[UNK]": 4_294_967_295, "[CLS]": 1, "[SEP]": 2}),
        (["tokenizer", "model", "vocab"], {"[UNK]": -1}),
        (["tokenizer", "model", "unk_token"], "absent"),
        (["tokenizer", "pre_tokenizer"], {"type": "Split", "pattern": {"Regex": "("}, "behavior": "x"}),
        (["tokenizer", "normalizer"], {"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
        (["tokenizer", "normalizer"], {"type": "Replace", "pattern": {"Regex": "(?<"}, "content": ""}),
        (["tokenizer", "added_tokens"], [{"id": 3, "content": 7}]),
    ],
)
def test_damaged_state_is_refused(wordpiece, path, value) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library words most of them
        features_from_state(broken(wordpiece, *path, value=value))


def test_specials_must_be_there() -> None:
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    with pytest.raises(ValueError, match="specials = false"):
        PieceFeatures(bare(), tokenizer)
