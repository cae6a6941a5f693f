"""Formats by name, by suffix and by content."""

from __future__ import annotations

import gzip
import io
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
        ("a.jsonl", b"broken", "spans-jsonl"),
        ("a.conll", b"", "conll"),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_detection(tmp_path: Path, name: str, data: bytes, format: str, compress: bool) -> None:
    path = write(tmp_path, name + ".gz" * compress, gzip.compress(data) if compress else data)
    assert detect_format(path).name == format


@pytest.mark.parametrize(
    "data", [b"", b"some prose, and more\nof it\n", b'{"words": ["a"]}\n', b"1,2\n3,4\n"]
)
def test_unclear_files_list_the_formats(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path, "noname", data)
    with pytest.raises(DataError, match=r"conll, .*spans-jsonl") as caught:
        detect_format(path)
    assert (caught.value.code, caught.value.path) == ("unknown-format", str(path))


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
