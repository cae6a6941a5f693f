import json

import pytest

from onoma.errors import ConfigError, DataError
from onoma.features.tokenizer_training import train_wordpiece
from onoma.features.tokenizers import load_tokenizer

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "A", "é", "##b", "\u2028", "\x85"]


def write(folder, text: str, config: object = None):
    path = folder / "vocab.txt"
    path.write_bytes(text.encode("utf-8"))
    if config is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_of_a_vocabulary_end_with_a_line_feed_only(tmp_path, ending) -> None:
    path = write(tmp_path, ending.join(PIECES) + ending)
    assert load_tokenizer(path, cased=True).get_vocab() == {piece: i for i, piece in enumerate(PIECES)}


@pytest.mark.parametrize(
    ("config", "cased", "expected"),
    [
        ({"do_lower_case": False}, None, "A"),
        ({"do_lower_case": True}, None, "a"),
        ({"do_lower_case": True}, True, "A"),
        (None, False, "a"),
    ],
)
def test_the_argument_decides_before_the_file_beside_it(tmp_path, config, cased, expected) -> None:
    write(tmp_path, "\n".join(PIECES), config)
    assert load_tokenizer(tmp_path, cased=cased).encode("A").tokens == [expected]


def test_accents_go_with_the_case_unless_the_file_says_otherwise(tmp_path) -> None:
    write(tmp_path, "\n".join(PIECES), {"do_lower_case": True, "strip_accents": False})
    assert load_tokenizer(tmp_path).encode("É").tokens == ["é"]


def test_without_a_word_on_case_the_user_is_asked(tmp_path) -> None:
    with pytest.raises(ConfigError, match="cased = true or false"):
        load_tokenizer(write(tmp_path, "\n".join(PIECES), {}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[UNK]\na\na", "vocab.txt:3: a piece occurs twice"),
        ("a\nb", "has no piece"),
    ],
)
def test_damaged_vocabularies(tmp_path, text, message) -> None:
    with pytest.raises(DataError, match=message):
        load_tokenizer(write(tmp_path, text), cased=True)


def test_files_that_are_no_tokenizers(tmp_path) -> None:
    with pytest.raises(DataError, match=r"holds neither tokenizer.json nor vocab.txt"):
        load_tokenizer(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        load_tokenizer(tmp_path / "vocab.txt")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match="not a tokenizer"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes(b"\xff")
    with pytest.raises(DataError, match="not UTF-8"):
        load_tokenizer(tmp_path)
    path = write(tmp_path, "[UNK]", [])
    with pytest.raises(DataError, match="holds no object"):
        load_tokenizer(path)


def test_a_trained_tokenizer_reads_back(tmp_path) -> None:
    tokenizer = train_wordpiece({"abab": 9, "aab": 5}, 40, lowercase=True)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert load_tokenizer(tmp_path).to_str() == tokenizer.to_str()
