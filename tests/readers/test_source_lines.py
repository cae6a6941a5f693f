"""Opening, decoding and splitting into lines."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import Source, source
from onoma.readers import opening as opening_module


def read_lines(path: Path | str, encoding: str = "utf-8") -> list[str]:
    return list(Source(path, encoding).lines())


def failure(path: Path | str, encoding: str = "utf-8") -> DataError:
    with pytest.raises(DataError) as caught:
        read_lines(path, encoding)
    assert caught.value.path == str(path)
    return caught.value


def write(folder: Path, data: bytes, name: str = "f.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\nb", ["a", "b"]),
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb\r\n\r\nc", ["a", "b", "", "c"]),
        (b"a\r", ["a"]),
        (b"a\r\r\nb", ["a\r", "b"]),
        (b"a\rb\n", ["a\rb"]),
        ("\ufeffa\n\ufeffb".encode(), ["a", "\ufeffb"]),
        ("a\u2028b\x85c\x0bd\x0ce\x1cf\n".encode(), ["a\u2028b\x85c\x0bd\x0ce\x1cf"]),
        ("a\xa0b\n".encode(), ["a\xa0b"]),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 3, 1 << 18])
def test_lines_end_at_line_feed_only(
    tmp_path: Path, data: bytes, lines: list[str], block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_module, "_BLOCK_BYTES", block_bytes)
    assert read_lines(write(tmp_path, data)) == lines


def test_a_line_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_module, "_BLOCK_BYTES", 7)
    long = "ж" * 100
    assert read_lines(write(tmp_path, f"a\n{long}\nb".encode())) == ["a", long, "b"]


def test_head_does_not_consume(tmp_path: Path) -> None:
    opened = Source(write(tmp_path, b"a\nb\nc\n"))
    assert opened.head(2) == ["a", "b"]
    assert opened.head(1) == ["a"]
    assert list(opened.lines()) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "utf-8-sig", "gb18030"]
)
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    text = "Анна O\nв O\n"
    assert read_lines(write(tmp_path, text.encode(encoding)), encoding) == ["Анна O", "в O"]


def test_utf16_big_endian_with_mark(tmp_path: Path) -> None:
    data = b"\xfe\xff" + "a\nб".encode("utf-16-be")
    assert read_lines(write(tmp_path, data), "utf-16") == ["a", "б"]


@pytest.mark.parametrize("suffix", [".txt", ".txt.gz"])
def test_gzip_by_suffix_or_content(tmp_path: Path, suffix: str) -> None:
    assert read_lines(write(tmp_path, gzip.compress(b"a\nb\n"), f"f{suffix}")) == ["a", "b"]


def test_gzip_members_follow_each_other(tmp_path: Path) -> None:
    assert read_lines(write(tmp_path, gzip.compress(b"a\nb") + gzip.compress(b"c\n"), "f.gz")) == ["a", "bc"]


def test_zip_with_one_member(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/data.txt", "a\nb\n")
        archive.writestr("__MACOSX/._data.txt", "x")
    assert read_lines(path) == ["a", "b"]


def test_zip_with_several_members_names_them(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
        archive.writestr("b.txt", "b")
    error = failure(path)
    assert error.code == "several-members"
    assert "a.txt, b.txt" in error.message


def test_zip_without_members(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    zipfile.ZipFile(path, "w").close()
    assert failure(path).code == "several-members"


@pytest.mark.parametrize("keep", [0, 5, 20, 200, -1, -8])
def test_gzip_cut_short(tmp_path: Path, keep: int) -> None:
    whole = gzip.compress(b"".join(b"line %d\n" % number for number in range(1000)))
    assert failure(write(tmp_path, whole[:keep], "f.gz")).code == "truncated-archive"


def test_gzip_damaged(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(bytes(range(1, 200)) * 50))
    whole[40] ^= 0xFF
    assert failure(write(tmp_path, bytes(whole), "f.gz"), "latin-1").code in (
        "bad-archive",
        "truncated-archive",
    )


def test_gzip_suffix_without_gzip_content(tmp_path: Path) -> None:
    assert failure(write(tmp_path, b"a O\n", "f.gz")).code == "bad-archive"


def test_zip_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a\n" * 1000)
    path.write_bytes(path.read_bytes()[:-30])
    assert failure(path).code == "bad-archive"


def test_missing_file(tmp_path: Path) -> None:
    assert failure(tmp_path / "none.txt").code == "no-file"


def test_folder(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "is-folder"


def test_utf8_failure_names_line_and_working_encoding(tmp_path: Path) -> None:
    data = b"ok\n" * 11 + "caf\xe9 noir\nrest".encode("cp1252")
    error = failure(write(tmp_path, data))
    assert (error.code, error.line) == ("bad-encoding", 12)
    assert "line 12 is not UTF-8" in error.message
    assert "cp1252 would decode it: --encoding cp1252" in error.message
    assert error.text == "café noir"


@pytest.mark.parametrize("block_bytes", [1, 4, 1 << 18])
def test_decoding_failures_are_located_across_blocks(
    tmp_path: Path, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_module, "_BLOCK_BYTES", block_bytes)
    assert failure(write(tmp_path, "ы\nя\n".encode() + b"\xff\nz\n")).line == 3


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_cyrillic_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    data = "Иван Петров живёт в городе Москве\n".encode(encoding)
    assert f"--encoding {encoding}" in failure(write(tmp_path, data)).message


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Марія Шевченко живе у Києві"),
        ("cp1252", "El Niño llegó a España"),
        ("cp1250", "Přemysl žije v Plzni a Wałęsa w Łodzi"),
        ("cp1254", "İbrahim Şahin İstanbul'da yaşıyor"),
        ("cp1257", "Vilniuje gyvena Šarūnas, ąžuolas"),
        ("cp1253", "Ο Γιώργος ζει στην Αθήνα"),
        ("cp1255", "משה גר בירושלים"),
        ("cp1256", "محمد يعيش في القاهرة"),
        ("cp874", "สมชายอยู่ที่กรุงเทพ"),
        ("gb18030", "王小明昨天去了北京市看望老朋友"),
        ("big5", "王小明昨天去了臺北市看望老朋友"),
        ("shift_jis", "山田太郎は東京に住んでいます。"),
        ("euc_jp", "山田太郎は東京に住んでいます。"),
        ("cp949", "홍길동은 서울에 산다"),
    ],
)
def test_encodings_of_other_languages_are_named(tmp_path: Path, encoding: str, text: str) -> None:
    message = failure(write(tmp_path, f"one\n{text}\tB-PER\n".encode(encoding))).message
    assert f"--encoding {encoding}" in message


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("cp1252", "Zürich"),
        ("cp1251", "Москва и Тверь"),
        ("gb18030", "李明在上海工作"),
        ("cp949", "김철수는 서울에서 산다. 그리고"),
        ("shift_jis", "田中さんは東京に"),
    ],
)
@pytest.mark.parametrize("shift", [0, 1])
@pytest.mark.parametrize("before", ["", "The quick brown fox. " * 400])
def test_long_lines_name_it_too(tmp_path: Path, encoding: str, word: str, shift: int, before: str) -> None:
    text = (
        "a" * shift + before + f"{word}。" * 600
        if word[0] > "\u2fff" and encoding != "cp949"
        else "a" * shift + before + f"{word}, " * 600
    )
    error = failure(write(tmp_path, text.encode(encoding)))
    assert f"--encoding {encoding}" in error.message
    if encoding != "shift_jis" and before:  # the fault lies far within the line
        assert f"--encoding {encoding}" in failure(write(tmp_path, text.encode(encoding)), "ascii").message


@pytest.mark.parametrize("word", ["Ålesund", "Æthelred", "naïve\tO", "Ångström"])
def test_a_letter_among_latin_ones_is_latin(tmp_path: Path, word: str) -> None:
    assert "; cp1252 would" in failure(write(tmp_path, f"{word}\n".encode("cp1252"))).message


def test_what_may_be_several_encodings_shows_what_each_says(tmp_path: Path) -> None:
    message = failure(write(tmp_path, "МОСКВА\n".encode("cp1251"))).message
    assert "--encoding cp1251 (" in message
    assert "koi8-r reads" in message


def test_noise_names_no_encoding(tmp_path: Path) -> None:
    assert "--encoding" not in failure(write(tmp_path, bytes(range(128, 256)) + b"\n")).message


def test_ascii_failure_names_utf8(tmp_path: Path) -> None:
    assert "--encoding utf-8" in failure(write(tmp_path, "é\n".encode()), "ascii").message


def test_encoded_surrogate_names_no_encoding(tmp_path: Path) -> None:
    error = failure(write(tmp_path, b"a\n\xed\xa0\x80\n"))
    assert (error.code, error.line) == ("bad-encoding", 2)
    assert "--encoding" not in error.message


@pytest.mark.parametrize(
    ("encoding", "asked", "named"),
    [("utf-16", "utf-8", "utf-16"), ("utf-32", "utf-8", "utf-32"), ("utf-8-sig", "cp1252", "utf-8")],
)
def test_byte_order_mark_of_another_encoding(tmp_path: Path, encoding: str, asked: str, named: str) -> None:
    error = failure(write(tmp_path, "a\n".encode(encoding)), asked)
    assert (error.code, error.line) == ("bad-encoding", 1)
    assert error.message.endswith(f"--encoding {named}")


def test_nul_is_refused(tmp_path: Path) -> None:
    error = failure(write(tmp_path, b"a\nb\nc\0d\n"))
    assert (error.code, error.line, error.text) == ("nul", 3, "c\0d")
    assert "\\x00" in str(error)


def test_utf16_without_mark_is_recognised_by_its_nuls(tmp_path: Path) -> None:
    assert "utf-16" in failure(write(tmp_path, "abc\n".encode("utf-16-le"))).message


def test_file_ending_inside_a_character(tmp_path: Path) -> None:
    error = failure(write(tmp_path, "a\nж".encode()[:-1]))
    assert (error.code, error.line) == ("truncated", 2)


class _Stdin:
    def __init__(self, buffer: io.IOBase) -> None:
        self.buffer = buffer


@pytest.mark.parametrize("compress", [False, True])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, compress: bool) -> None:
    data = gzip.compress(b"a\nb\n") if compress else b"a\nb\n"
    stdin = io.BytesIO(data)
    monkeypatch.setattr("sys.stdin", _Stdin(stdin))
    opened = Source("-")
    assert (opened.name, opened.stem) == ("<stdin>", "stdin")
    assert list(opened.lines()) == ["a", "b"]
    assert not stdin.closed


def test_zip_from_an_unseekable_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", "a")
    monkeypatch.setattr("sys.stdin", _Stdin(Pipe(packed.getvalue())))
    with pytest.raises(DataError) as caught:
        list(Source("-").lines())
    assert caught.value.code == "zip-pipe"


def test_stem_leaves_suffixes_off() -> None:
    assert source.Source("a/train.conll.gz").stem == "train"
