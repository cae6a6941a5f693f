import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features import tokenizer_training
from onoma.features.tokenizer_training import train_bpe, train_wordpiece

COUNTS = {f"Wörter{number}": 3 for number in range(200)} | {"йод": 9, "don't": 4, "a\ud800": 2}

TRAIN = """
import hashlib, sys
from onoma.features import tokenizer_training
from onoma.features.tokenizer_training import train_bpe, train_wordpiece
words = {f"word{n % 37}x{n}é": n % 5 + 1 for n in range(400)}
words = dict(sorted(words.items(), key=lambda item: hash(item)))
tokenizers = (train(words, 500, lowercase=True).to_str() for train in (train_bpe, train_wordpiece))
print([hashlib.sha256(text.encode()).hexdigest() for text in tokenizers])
"""


def test_the_same_words_in_any_order_give_the_same_pieces() -> None:
    # In processes of their own: the library draws the order of its tables once a process.
    command = [sys.executable, "-c", TRAIN]
    runs = [subprocess.run(command, capture_output=True, check=True, text=True) for _ in range(3)]
    assert len({run.stdout for run in runs}) == 1


@pytest.mark.parametrize("lowercase", [True, False])
def test_the_vocabulary_has_the_size_and_the_specials_asked_for(lowercase) -> None:
    tokenizer = train_wordpiece(COUNTS, 60, lowercase=lowercase)
    assert tokenizer.get_vocab_size() == 60
    assert sorted(tokenizer.get_vocab().values()) == list(range(60))
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert [tokenizer.id_to_token(piece) for piece in range(5)] == specials


def test_frequent_words_are_whole_and_rare_ones_are_parts_of_them() -> None:
    tokenizer = train_wordpiece({"Berlin": 50, "Bern": 40, "lin": 1}, 60, lowercase=False)
    assert tokenizer.encode("Berlin", add_special_tokens=False).tokens == ["Berlin"]
    assert tokenizer.encode("Bernlin", add_special_tokens=False).tokens[0] == "Bern"
    assert tokenizer.decode(tokenizer.encode("Bernlin").ids) == "Bernlin"


@given(st.text("Wörteйд0123456789", min_size=1, max_size=20))
def test_words_of_known_characters_are_never_unknown_and_come_back(word) -> None:
    tokenizer = train_wordpiece(COUNTS, 100, lowercase=False)
    encoded = tokenizer.encode(word, add_special_tokens=False)
    assert "".join(token.removeprefix("##") for token in encoded.tokens) == word


def test_case_goes_and_accents_stay() -> None:
    tokenizer = train_wordpiece(COUNTS, 100, lowercase=True)
    assert tokenizer.encode("ЙОД", add_special_tokens=False).tokens[0][0] == "й"
    assert "ö" in "".join(tokenizer.encode("WÖRTER1").tokens)


def test_rare_characters_give_way_to_pieces() -> None:
    counts = {chr(0x4E00 + number): number + 1 for number in range(500)}
    tokenizer = train_wordpiece(counts, 80, lowercase=False)
    assert tokenizer.encode(chr(0x4E00 + 499)).tokens != ["[UNK]"]
    assert tokenizer.encode(chr(0x4E00)).tokens == ["[UNK]"]


def test_counts_beyond_what_is_read_are_scaled_down(monkeypatch) -> None:
    monkeypatch.setattr(tokenizer_training, "_WORDS_READ", 1000)
    tokenizer = train_wordpiece({"Berlin": 10**12, "rare": 1}, 60, lowercase=False)
    assert tokenizer.encode("Berlin").tokens == ["Berlin"]


def test_bytes_know_everything() -> None:
    tokenizer = train_bpe(COUNTS, 300, lowercase=True)
    assert tokenizer.decode(tokenizer.encode("東京 Wörter").ids) == " 東京 wörter"
