"""Formats by name, by suffix and by content."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from onoma.errors import ConfigError, DataError
from onoma.readers import ReadLog, detect_format, get_format, list_formats, read_documents

COLUMNS = b"# id = 1\nEU NNP B-ORG\nis VBZ O\n"
SPANS = b'{"text": "EU is", "entities": [{"start": 0, "end": 2, "label": "ORG"}]}\n'


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_formats_are_listed_by_name() -> None:
    names = [item.name for item in list_formats()]
    assert {"conll", "spans-jsonl"} <= set(names)
    assert names == sorted(names)
    assert all(item.description and "\n" not in item.description for item in list_formats())


def test_unknown_format_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'conll'"):
        get_format("connl")


@pytest.mark.parametrize(
    ("name", "data", "format"),
    [
        ("a.conll", COLUMNS, "conll"),
        ("a.txt", COLUMNS, "conll"),
        ("eng.train", b"-DOCSTART- -X- O O\n\n" + COLUMNS, "conll"),
        ("noname", COLUMNS, "conll"),
        ("a.txt", b"New York\tB-LOC\nis\tO\n", "conll"),
        ("a.jsonl", SPANS, "spans-jsonl"),
        ("a.txt", SPANS, "spans-jsonl"),
        ("a.conll", SPANS, "spans-jsonl"),
        ("noname", b'\n{"text": "a"}\n', "spans-jsonl"),
        ("a.jsonl", COLUMNS, "conll"),
        ("a.jsonl", b"", "spans-jsonl"),
        ("a.conll", b"", "conll"),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_detection(tmp_path: Path, name: str, data: bytes, format: str, compress: bool) -> None:
    path = write(tmp_path, name + ".gz" * compress, gzip.compress(data) if compress else data)
    assert detect_format(path).name == format


@pytest.mark.parametrize(
    ("name", "data", "looks"),
    [
        ("noname", b"", "an empty file"),
        ("noname", b"some prose, and more\nof it\n", "text, 2 lines"),
        ("a.conll", b"some prose, and more\nof it\n", "text, 2 lines"),
        ("noname", b'{"sentence": ["a"]}\n', "JSON lines of objects with the keys sentence"),
        (
            "a.json",
            b'[{"content": "a", "points": 1}]',
            "a JSON array of objects with the keys content, points",
        ),
        ("a.jsonl", b"{text: 1}", "what begins like JSON and is none"),
        ("noname", b"1,2\n3,4\n", "a table between commas with the columns 1, 2"),
        ("a.jsonl", b"broken", "text, 1 line"),
        ("a.xml", b"<a>b</a>\n", "XML or HTML"),
    ],
)
def test_what_no_format_fits_is_described(tmp_path: Path, name: str, data: bytes, looks: str) -> None:
    path = write(tmp_path, name, data)
    with pytest.raises(DataError) as caught:
        detect_format(path)
    assert (caught.value.code, caught.value.path) == ("unknown-format", str(path))
    assert caught.value.message.startswith(f"no known format: {looks}")
    assert "--from" in caught.value.message


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an old Office document"),
        (b"\x80\x04\x95\x0b\0\0\0", "a Python pickle"),
        (b"SQLite format 3\0\x10\0", "an SQLite database"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.conll", "a"])
def test_binary_files_are_named(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        detect_format(write(tmp_path, name, data))
    assert caught.value.code == "binary-file"


def test_an_excel_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(DataError, match="an Excel workbook"):
        detect_format(path)


@pytest.mark.parametrize("word", ["PAR1", "RIFF", "BZh", "ID3", "OggS", "II*", "%"])
def test_text_may_begin_like_a_binary_file(tmp_path: Path, word: str) -> None:
    path = write(tmp_path, "a.conll", f"{word} B-X\nis O\n".encode())
    assert detect_format(path).name == "conll"


def test_format_of_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(SPANS)

    monkeypatch.setattr("sys.stdin", Stdin())
    log = ReadLog()
    (document,) = read_documents("-", log=log)
    assert (document.id, log.format) == ("stdin:1", "spans-jsonl")


def test_missing_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_documents(tmp_path / "none.conll")
