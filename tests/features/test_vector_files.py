"""Files of word vectors: every format read as its own program means it, every damage located."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError, OutputError
from onoma.features.vectors import Subwords, WordVectors, load_vectors, save_vectors, write_word2vec_text

GLOVE = "the 0.1 -2 3e-1\n. . . 1 2 3\nМосква .5 +1 0\n"
WORD2VEC = "3 3\n" + GLOVE
EXPECTED = np.array([[0.1, -2, 0.3], [1, 2, 3], [0.5, 1, 0]], dtype=np.float32)
NAMES = ("the", ". . .", "Москва")


def write(folder: Path, content: str | bytes, name: str = "v.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (GLOVE, "glove"),
        (GLOVE.replace("\n", "\r\n"), "glove"),
        (GLOVE.removesuffix("\n"), "glove"),
        (GLOVE.replace("\n", " \n"), "glove"),
        ("\ufeff" + GLOVE, "glove"),
        (WORD2VEC, "word2vec-text"),
        ("\ufeff" + WORD2VEC.replace("\n", " \r\n"), "word2vec-text"),
        (GLOVE.replace("Москва ", "Москва\t").replace("1 2 3", "1  2\t3"), "glove"),
    ],
    ids=["glove", "crlf", "no last line end", "space at the end", "bom", "word2vec", "all of it", "tabs"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_text(tmp_path: Path, content, format, packed) -> None:
    data = content.encode()
    path = write(tmp_path, gzip.compress(data) if packed else data, "v.gz" if packed else "v")
    loaded = load_vectors(path)
    assert loaded.format == format
    assert loaded.vectors.words == NAMES
    np.testing.assert_array_equal(loaded.vectors.rows, EXPECTED)


def word2vec_binary(words, rows, *, line_ends: bool) -> bytes:
    end = b"\n" if line_ends else b""
    data = f"{len(words)} {rows.shape[1]}\n".encode()
    for word, row in zip(words, rows, strict=True):
        data += word.encode() + b" " + row.astype("<f4").tobytes() + end
    return data


@pytest.mark.parametrize("line_ends", [True, False])
@pytest.mark.parametrize("size", [3, 20_000])
def test_word2vec_binary(tmp_path: Path, line_ends, size) -> None:
    words = [f"слово{number}" for number in range(size)]
    rows = np.random.default_rng(2).normal(size=(size, 5)).astype(np.float32)
    path = write(tmp_path, word2vec_binary(words, rows, line_ends=line_ends))
    loaded = load_vectors(path)
    assert loaded.format == "word2vec-binary"
    assert list(loaded.vectors.words) == words
    np.testing.assert_array_equal(loaded.vectors.rows, rows)
    assert load_vectors(path, 2).vectors.words == tuple(words[:2])


def fasttext_model(
    words=("</s>", "Москва", "the"), *, version=12, dim=3, buckets=10, lengths=(2, 4), pruned=-1, quant=False,
    labels=("__label__x",), count=None, rows=None,
) -> bytes:  # fmt: skip
    """A model as the fastText program writes it, up to the input matrix and a little beyond."""
    data = struct.pack("<2i", 793712314, version)
    data += struct.pack("<12id", dim, 5, 5, 1, 5, 1, 2, 2, buckets, *lengths, 100, 1e-4)
    size = len(words) if count is None else count
    data += struct.pack("<3i2q", size + len(labels), size, len(labels), 99, pruned)
    for kind, names in enumerate((words, labels)):
        for name in names:
            data += name.encode() + b"\0" + struct.pack("<qb", 7, kind)
    total = len(words) + buckets
    matrix = np.arange(total * dim, dtype="<f4") if rows is None else rows
    return data + struct.pack("<?2q", quant, total, dim) + matrix.tobytes() + b"\0"


def test_fasttext_model(tmp_path: Path) -> None:
    loaded = load_vectors(write(tmp_path, fasttext_model()))
    assert loaded.format == "fasttext"
    assert loaded.vectors.words == ("</s>", "Москва", "the")
    matrix = np.arange(39, dtype=np.float32).reshape(13, 3)
    subwords = loaded.vectors.subwords
    assert subwords is not None
    np.testing.assert_array_equal(subwords.buckets, matrix[3:])
    np.testing.assert_array_equal(loaded.vectors.rows[0], matrix[0])  # no n-grams of the end of a sentence
    parts = [matrix[2], *matrix[3:][subwords.ids("the")]]
    np.testing.assert_allclose(loaded.vectors.rows[2], np.mean(parts, axis=0), rtol=1e-6)
    assert loaded.vectors.vector("Rome")[1] == "subword"
    limited = load_vectors(tmp_path / "v.txt", 2).vectors
    assert limited.words == ("</s>", "Москва")
    np.testing.assert_array_equal(limited.rows, loaded.vectors.rows[:2])


def test_fasttext_without_subwords(tmp_path: Path) -> None:
    loaded = load_vectors(write(tmp_path, fasttext_model(lengths=(0, 0), buckets=0)))
    assert loaded.vectors.subwords is None
    assert loaded.vectors.rows.tolist() == np.arange(9).reshape(3, 3).tolist()


LABEL_COUNTED_AS_WORD = fasttext_model(labels=()).replace(
    struct.pack("<3i", 3, 3, 0), struct.pack("<3i", 3, 2, 1)
)
NAN_ROWS = np.full(39, np.nan, dtype="<f4")

DAMAGED_MODELS = {
    "quantised": (fasttext_model(quant=True), "quantised", "full .bin"),
    "pruned": (fasttext_model(pruned=0), "quantised", "full .bin"),
    "future version": (fasttext_model(version=13), "bad-vectors", "version 13"),
    "negative dim": (fasttext_model(dim=3).replace(struct.pack("<2i", 3, 5), struct.pack("<2i", -3, 5), 1),
                     "bad-vectors", "not known"),
    "counts contradict": (fasttext_model(count=7), "bad-vectors", "contradict"),
    "sizes contradict": (LABEL_COUNTED_AS_WORD, "bad-vectors", "contradict"),
    "not finite": (fasttext_model(rows=NAN_ROWS), "not-a-number", "not finite"),
    "head cut": (fasttext_model()[:30], "truncated", "cut short"),
    "dictionary cut": (fasttext_model()[:100], "truncated", "cut short"),
    "matrix cut": (fasttext_model()[:-40], "truncated", "cut short"),
    "packed": (gzip.compress(fasttext_model()), "compressed", "unpack"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code", "message"), DAMAGED_MODELS.values(), ids=DAMAGED_MODELS.keys())
def test_damaged_fasttext_model(tmp_path: Path, data, code, message) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load_vectors(write(tmp_path, data))
    assert caught.value.code == code


@given(cut=st.integers(0, len(fasttext_model()) - 2))
def test_every_cut_of_a_model_is_an_error(tmp_path_factory, cut) -> None:
    path = write(tmp_path_factory.mktemp("cut"), fasttext_model()[:cut])
    with pytest.raises(DataError):
        load_vectors(path)


DAMAGED = {
    "too few": ("a 1 2 3\nb 1 2\nc 1 2 3\n", "column-count", 2, None),
    "too many": ("a 1 2 3\nb 1 2 3 4\nc 1 2 3\n", "column-count", 2, None),
    "blank line": ("a 1 2 3\n\nc 1 2 3\n", "column-count", 2, None),
    "cut last line": ("a 1 2 3\nb 1 2 3\nc 1", "column-count", 3, None),
    "not a number": ("a 1 2 3\nb 1 x 3\n", "not-a-number", 2, 3),
    "two in one": ("a 1 2 3\nb 1 2,5 3\n", "not-a-number", 2, 3),
    "number of Python": ("a 1 2 3\nb 1 2 1_0\n", "not-a-number", 2, 4),
    "nan": ("a 1 2 3\nb nan 2 3\n", "not-a-number", 2, 2),
    "NaN": ("a 1 2 3\nb NaN 2 3\n", "not-a-number", 2, 2),
    "infinite": ("a 1 2 3\nb 1 -inf 3\n", "not-a-number", 2, 3),
    "too large": ("a 1 2 3\nb 1 2 1e39\n", "not-a-number", 2, 4),
    "list": ("a 1 2 3\nb 1 [2] 3\n", "not-a-number", 2, 3),
    "null": ("a 1 2 3\nb 1 null 3\n", "not-a-number", 2, 3),
    "true": ("a 1 2 3\nb 1 true 3\n", "not-a-number", 2, 3),
    "a string": ('a 1 2 3\nb 1 "2" 3\n', "not-a-number", 2, 3),
    "other digits": ("a 1 2 3\nb 1 ٣ 3\n", "not-a-number", 2, 3),
    "late": ("".join(f"w{n} 1 2 3\n" for n in range(3000)) + "z 1 2 ?\n", "not-a-number", 3001, 4),
    "header: too few": ("2 3\na 1 2 3\n", "truncated", 1, None),
    "header: too many": ("1 3\na 1 2 3\nb 1 2 3\n", "row-count", 1, None),
    "header: wrong line": ("2 3\na 1 2 3\nb 1 2\n", "column-count", 3, None),
    "header: nothing more": ("2 3\n", "truncated", 1, None),
    "header: other dim": ("2 4\na 1 2 3\nb 1 2 3\n", "column-count", 2, None),
    "header: dim 0": ("2 0\na\nb\n", "unknown-format", 1, None),
    "empty": ("", "empty", None, None),
    "prose": ("This is a text.\nIt has no numbers.\n", "not-a-number", 1, 2),
    "words": ("one\ntwo\n", "unknown-format", 1, None),
    "binary": (bytes(range(256)), "unknown-format", None, None),
}  # fmt: skip


@pytest.mark.parametrize(("content", "code", "line", "column"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_text_is_located(tmp_path: Path, content, code, line, column) -> None:
    with pytest.raises(DataError) as caught:
        load_vectors(write(tmp_path, content))
    assert (caught.value.code, caught.value.line, caught.value.column) == (code, line, column)


def test_truncated_binary(tmp_path: Path) -> None:
    rows = np.random.default_rng(3).normal(size=(50, 8)).astype(np.float32)
    data = word2vec_binary([f"w{number}" for number in range(50)], rows, line_ends=False)
    for cut in (len(data) - 1, len(data) // 2, 60):
        with pytest.raises(DataError, match="ends within entry") as caught:
            load_vectors(write(tmp_path, data[:cut]))
        assert caught.value.code == "truncated"
    rows[7, 3] = np.inf
    with pytest.raises(DataError, match="entry 8 "):
        load_vectors(write(tmp_path, word2vec_binary([f"w{n}" for n in range(50)], rows, line_ends=True)))


def test_first_of_duplicates_counts(tmp_path: Path) -> None:
    loaded = load_vectors(write(tmp_path, "a 1 2\nb 3 4\na 5 6\nc 7 8\nb 9 9\n"))
    assert loaded.vectors.words == ("a", "b", "c")
    assert loaded.vectors.rows.tolist() == [[1, 2], [3, 4], [7, 8]]
    assert loaded.left_out.duplicates == 2
    assert "2 duplicate words" in str(loaded.left_out)


def test_few_words_that_are_not_utf8_are_left_out_and_counted(tmp_path: Path) -> None:
    loaded = load_vectors(write(tmp_path, b"a 1 2\n\xff\xfe 3 4\n 5 6\nb 7 8\n"))
    assert loaded.vectors.words == ("a", "b")
    assert loaded.vectors.rows.tolist() == [[1, 2], [7, 8]]
    assert loaded.left_out.invalid == 2


def test_many_words_that_are_not_utf8_mean_another_encoding(tmp_path: Path) -> None:
    content = "".join(f"слово{number} 1 2\n" for number in range(100)).encode("cp1251")
    with pytest.raises(DataError, match="convert the file to UTF-8") as caught:
        load_vectors(write(tmp_path, content))
    assert caught.value.code == "bad-encoding"


@pytest.mark.parametrize("content", [GLOVE, WORD2VEC])
def test_limit(tmp_path: Path, content) -> None:
    assert load_vectors(write(tmp_path, content), 2).vectors.words == NAMES[:2]


def test_limit_counts_kept_words(tmp_path: Path) -> None:
    path = write(tmp_path, "a 1 2\na 3 4\nb 5 6\nc 7 8\n")
    assert load_vectors(path, 2).vectors.words == ("a", "b")


def test_line_breaks_of_python_are_letters(tmp_path: Path) -> None:
    words = ("a\u2028b", "c\x85d", "e\u00a0f", "g\x0bh")
    path = write(tmp_path, "".join(f"{word} 1 2\n" for word in words))
    assert load_vectors(path).vectors.words == words


finite = st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000)
word = st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8)


@given(st.dictionaries(word, st.lists(finite, min_size=3, max_size=3), min_size=1, max_size=8))
def test_written_and_read_is_equal(tmp_path_factory, entries) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    rows = np.array(list(entries.values()), dtype=np.float32)
    subwords = Subwords(2, 3, rows[::-1].copy())
    vectors = WordVectors(list(entries), rows, subwords)
    save_vectors(folder / "own", vectors)
    own = load_vectors(folder / "own")
    assert own.format == "onoma"
    assert own.vectors.words == vectors.words
    np.testing.assert_array_equal(own.vectors.rows, rows)
    assert own.vectors.subwords is not None
    assert (own.vectors.subwords.min_length, own.vectors.subwords.max_length) == (2, 3)
    np.testing.assert_array_equal(own.vectors.subwords.buckets, subwords.buckets)
    write_word2vec_text(folder / "text", vectors)
    text = load_vectors(folder / "text")
    assert text.format == "word2vec-text"
    assert text.vectors.words == vectors.words
    np.testing.assert_allclose(text.vectors.rows, rows, rtol=1e-5)


def test_own_file_has_the_usual_permissions(tmp_path: Path) -> None:
    save_vectors(tmp_path / "own", WordVectors(["a"], np.ones((1, 2), dtype=np.float32)))
    (tmp_path / "other").touch()
    assert (tmp_path / "own").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_own_file_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "own"
    save_vectors(path, WordVectors(["a", "b"], np.ones((2, 2), dtype=np.float32)))
    data = path.read_bytes()
    for damaged, code in (
        (data[:-1], "bad-vectors"),
        (data[:40], "bad-vectors"),
        (data.replace(b"onoma-vectors", b"other-vectors"), "unknown-format"),
        (data.replace(b'"version":"1"', b'"version":"2"'), "newer-format"),
        (data.replace(b"vectors.rows", b"vectors.cols"), "bad-vectors"),
        (data.replace(np.float32(1).tobytes(), np.float32(np.nan).tobytes()), "not-a-number"),
        (data.replace(b"a\nb", b"a\na"), "bad-vectors"),
        (gzip.compress(data), "compressed"),
    ):
        with pytest.raises(DataError) as caught:
            load_vectors(write(tmp_path, damaged, "damaged"))
        assert caught.value.code == code, caught.value
    assert load_vectors(path, 1).vectors.words == ("a",)


def test_places_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    vectors = WordVectors(["a b"], np.ones((1, 2), dtype=np.float32))
    with pytest.raises(DataError, match="no such file"):
        load_vectors(tmp_path / "none")
    with pytest.raises(DataError, match="folder"):
        load_vectors(tmp_path)
    with pytest.raises(OutputError, match="folder"):
        save_vectors(tmp_path, vectors)
    with pytest.raises(DataError, match="white space"):
        write_word2vec_text(tmp_path / "text", vectors)
    assert list(tmp_path.iterdir()) == []


def test_real_glove(shared_data: Path) -> None:
    path = shared_data / "vectors" / "glove.6B.100d.head.txt"
    loaded = load_vectors(path)
    assert (loaded.format, len(loaded.vectors), loaded.vectors.dim) == ("glove", 2604, 100)
    first = path.read_text(encoding="utf-8").split("\n")[0].split(" ")
    assert loaded.vectors.words[0] == first[0]
    assert loaded.vectors.rows[0].tolist() == np.array(first[1:], dtype=np.float32).tolist()
    assert {"tuesday", "friday"} <= {word for word, _ in loaded.vectors.nearest("monday", 4)}
