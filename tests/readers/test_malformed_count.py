"""Malformed files of the line formats: faults below the lines, faults in archives, and that there are enough.

Each format's own faults are in the tables of `test_conll_malformed` and `test_jsonl_malformed`.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
from pathlib import Path

import pytest
import test_conll_malformed
import test_jsonl_malformed

from onoma.errors import DataError
from onoma.readers import ReadOptions, read_documents

JSONL_HEAD = test_jsonl_malformed.FIRST
GOOD = {
    "conll": "EU NNP B-ORG\nis VBZ O\n\nЖеня NNP B-PER\n\n",
    "spans-jsonl": JSONL_HEAD + '{"text": "Женя"}\n{"text": "b"}\n{"text": "c"}\n{"text": "d"}\n',
}
LINES = 5
"""Lines of each good text."""

# name: (format, bytes, options, code, line): the faults of each format's table, as files
Fixture = tuple[str, bytes, dict[str, object], str, int]
FIXTURES: dict[str, Fixture] = {
    **{
        f"conll, {name}": ("conll", text.encode(), options, code, line)
        for name, (text, options, code, line, _) in test_conll_malformed.MALFORMED.items()
    },
    **{
        f"spans-jsonl, {name}": ("spans-jsonl", f"{JSONL_HEAD}{line}\n{JSONL_HEAD}".encode(), {}, code, 2)
        for name, (line, code) in test_jsonl_malformed.MALFORMED.items()
        if name != "id again"
    },
}

# name: (bytes before the good text, its encoding, bytes after it, options, code, line)
BYTES: dict[str, tuple[bytes, str, bytes, dict[str, object], str, int]] = {
    "byte that begins nothing": (b"", "utf-8", b"\xff x O\n", {}, "bad-encoding", LINES + 1),
    "continuation alone": (b"", "utf-8", b"a\n\x80\n", {}, "bad-encoding", LINES + 2),
    "overlong slash": (b"", "utf-8", b"\xc0\xaf\n", {}, "bad-encoding", LINES + 1),
    "encoded surrogate": (b"", "utf-8", b"\xed\xa0\x80\n", {}, "bad-encoding", LINES + 1),
    "beyond Unicode": (b"", "utf-8", b"\xf4\x90\x80\x80\n", {}, "bad-encoding", LINES + 1),
    "cp1252 in UTF-8": (b"", "utf-8", "café\n".encode("cp1252"), {}, "bad-encoding", LINES + 1),
    "cp1251 in UTF-8": (b"", "utf-8", "Москва\n".encode("cp1251"), {}, "bad-encoding", LINES + 1),
    "all in cp1251": (b"", "cp1251", b"", {}, "bad-encoding", 2),
    "all in UTF-16 with mark": (codecs.BOM_UTF16_LE, "utf-16-le", b"", {}, "bad-encoding", 1),
    "all in UTF-32 with mark": (codecs.BOM_UTF32_BE, "utf-32-be", b"", {}, "bad-encoding", 1),
    "UTF-8 mark under UTF-16": (codecs.BOM_UTF8, "utf-8", b"", {"encoding": "utf-16"}, "bad-encoding", 1),
    "not ASCII": (b"", "utf-8", b"", {"encoding": "ascii"}, "bad-encoding", 2),
    "NUL": (b"", "utf-8", b"a\nb\0 O\n", {}, "nul", LINES + 2),
    "only NULs at the end": (b"", "utf-8", bytes(100), {}, "nul", LINES + 1),
    "cut inside a character": (b"", "utf-8", "ж".encode()[:1], {}, "truncated", LINES + 1),
    "cut inside an emoji": (b"", "utf-8", "a\n🙂".encode()[:-1], {}, "truncated", LINES + 2),
}  # fmt: skip
for _format, _text in GOOD.items():
    for _name, (_before, _encoding, _after, _options, _code, _line) in BYTES.items():
        # The first line that is not ASCII is line 4 of the column file and line 2 of the other.
        _at = 4 if (_format, _line) == ("conll", 2) else _line
        _bytes = _before + _text.encode(_encoding) + _after
        FIXTURES[f"{_format}, {_name}"] = (_format, _bytes, _options, _code, _at)
BELOW_LINES = [name for name in FIXTURES if name.partition(", ")[2] in BYTES]


def failure(path: Path, fixture: Fixture) -> DataError:
    with pytest.raises(DataError) as caught:
        list(read_documents(path, ReadOptions(**{"format": fixture[0]} | fixture[2])))  # type: ignore[arg-type]
    return caught.value


def check(path: Path, fixture: Fixture) -> None:
    error = failure(path, fixture)
    assert (error.code, error.path, error.line) == (fixture[3], str(path), fixture[4])
    assert str(error).startswith(f"{path}:{fixture[4]}:")
    assert "\n" not in str(error)
    assert "\0" not in str(error)


@pytest.mark.parametrize("name", BELOW_LINES)
def test_faults_below_the_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.data"
    path.write_bytes(FIXTURES[name][1])
    check(path, FIXTURES[name])


@pytest.mark.parametrize("name", FIXTURES)
def test_lines_are_exact_inside_archives(tmp_path: Path, name: str) -> None:
    data = FIXTURES[name][1]
    (tmp_path / "bad.gz").write_bytes(gzip.compress(data))
    check(tmp_path / "bad.gz", FIXTURES[name])
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("inside", data)
    check(tmp_path / "bad.zip", FIXTURES[name])


# Not those at the very beginning, or in how the file is asked for.
MOVABLE = [name for name, (format, _, options, _, line) in FIXTURES.items() if line > 1 and not options]


@pytest.mark.parametrize("name", [name for name in MOVABLE if name.startswith("spans-jsonl")])
def test_lines_are_exact_beyond_the_first_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("onoma.readers.opening._BLOCK_BYTES", 61)
    format, data, options, code, line = FIXTURES[name]
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b'{"text": "fine"}\n\n' * 50 + data)
    check(path, (format, b"", options, code, line + 100))


def test_there_are_enough() -> None:
    texts = {(format, data) for format, data, *_ in FIXTURES.values()}
    assert len(texts) > 130
    kinds = {(format, code) for format, _, _, code, _ in FIXTURES.values()}
    assert len(kinds) > 30
