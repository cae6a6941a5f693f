"""Every encoding by name: it reads, or is refused in one line."""

from __future__ import annotations

import codecs
import encodings
import encodings.aliases
import pkgutil
import random
from contextlib import nullcontext
from pathlib import Path

import pytest

from onoma.errors import ConfigError, DataError
from onoma.readers import ReadOptions, Source
from onoma.readers import opening as opening_module

TEXT = "Anna B-PER\nв O\nМоскве B-LOC\n"
NAMES = sorted(
    set(encodings.aliases.aliases)
    | set(encodings.aliases.aliases.values())
    | {module.name for module in pkgutil.iter_modules(encodings.__path__)}
)
NO_TEXT = [
    "undefined", "punycode", "idna", "rot13", "rot_13", "base64", "base64_codec", "hex", "bz2", "zlib", "uu",
    "quopri", "mbcs", "oem", "unicode_escape", "raw_unicode_escape",
]  # fmt: skip
ODD = ["", " ", "utf-8\0", "\0", "x" * 10_000, "utf-\ud800", "../utf_8", "кои8", "a\nb", "-"]


def read_lines(path: Path, encoding: str) -> list[str]:
    return list(Source(path, encoding).lines())


def write(folder: Path, data: bytes) -> Path:
    path = folder / "f.txt"
    path.write_bytes(data)
    return path


def data_of(name: str) -> list[bytes]:
    """Byte strings that decoders stumble over: text in it, cut short, shuffled; escapes; all bytes; none."""
    draw = random.Random(name)
    found = [b"", b"\n", b"a", bytes(range(1, 256)), b"\x1b$B\x1b(\x0e\x0f~{~}+AD-+", b"\\x4"]
    found.append(b"\xff\xfe\0\xd8\n\0")
    try:
        text = "Anna B-PER\nis O\n\n".encode(name)
        found += [text * 40, text[:-1], text[:-3], bytes(draw.sample(text, len(text)))]
    except (LookupError, UnicodeError, TypeError, ValueError):
        pass
    found += [draw.randbytes(draw.randrange(1, 60)) for _ in range(20)]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_encoding_reads_or_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = False
    for block_bytes in (3, 1 << 18):
        monkeypatch.setattr(opening_module, "_BLOCK_BYTES", block_bytes)
        for data in data_of(name):
            error = outcome(write(tmp_path, data), name)
            assert error is None or str(error).isprintable()
            refused |= isinstance(error, ConfigError)
            if isinstance(error, DataError):
                assert error.code in ("bad-encoding", "truncated", "nul", "binary-file")
                assert error.line is not None or error.code == "binary-file"
    with pytest.raises(ConfigError) if refused else nullcontext():
        ReadOptions(encoding=name)


def outcome(path: Path, name: str) -> DataError | ConfigError | None:
    try:
        read_lines(path, name)
    except (DataError, ConfigError) as error:
        return error
    return None


@pytest.mark.parametrize("name", NO_TEXT + ODD)
def test_what_is_no_encoding_of_text_is_refused(tmp_path: Path, name: str) -> None:
    for ask in (lambda: ReadOptions(encoding=name), lambda: Source(write(tmp_path, b"a"), name)):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("family", ["utf-16", "utf-32"])
@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("text", [TEXT, "张三 B-PER\n来自 O\n北京 B-LOC\n", "a\n", "中国\n", "😀 O\n" * 300])
@pytest.mark.parametrize("block_bytes", [1, 5, 1 << 18])
def test_wide_encodings_in_either_order(
    tmp_path: Path,
    family: str,
    order: str,
    marked: bool,
    text: str,
    block_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening_module, "_BLOCK_BYTES", block_bytes)
    mark = "\ufeff" if marked else ""
    path = write(tmp_path, (mark + text).encode(f"{family}-{order}"))
    assert read_lines(path, family) == text.splitlines()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("text", [TEXT, "张三 B-PER\n来自 O\n北京 B-LOC\n", "José B-PER\nfue O\n"])
def test_the_hint_works(tmp_path: Path, encoding: str, marked: bool, text: str) -> None:
    path = write(tmp_path, (("\ufeff" if marked else "") + text * 30).encode(encoding))
    with pytest.raises(DataError) as caught:
        read_lines(path, "utf-8")
    _, named = str(caught.value).split("--encoding ")
    assert read_lines(path, named.split()[0].rstrip("]")) == text.splitlines() * 30


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("marked", [False, True])
def test_wide_encodings_cut_short(tmp_path: Path, encoding: str, marked: bool) -> None:
    family = encoding[:6]
    data = (("\ufeff" if marked else "") + TEXT).encode(encoding)
    with pytest.raises(DataError) as caught:
        read_lines(write(tmp_path, data[:-1]), family)
    assert (caught.value.code, caught.value.line) == ("truncated", 3)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("surrogate", [0xD800, 0xDC00])
@pytest.mark.parametrize("marked", [False, True])
def test_lone_surrogates(tmp_path: Path, encoding: str, surrogate: int, marked: bool) -> None:
    text = ("\ufeff" if marked else "") + f"Anna B-PER\n{chr(surrogate)} O\nis O\n"
    path = write(tmp_path, text.encode(encoding, "surrogatepass"))
    with pytest.raises(DataError) as caught:
        read_lines(path, "utf-16")
    assert (caught.value.code, caught.value.line) == ("bad-encoding", 2)


@pytest.mark.parametrize("family", ["utf-16", "utf-32"])
def test_utf8_is_not_read_as_wide(tmp_path: Path, family: str) -> None:
    with pytest.raises(DataError, match="--encoding utf-8") as caught:
        read_lines(write(tmp_path, TEXT.encode()), family)
    assert caught.value.code == "bad-encoding"


def test_a_few_nul_characters_are_no_other_encoding(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="take it out") as caught:
        read_lines(write(tmp_path, b"a O\nb\0 O\nc O\n" + b"word O\n" * 50), "utf-8")
    assert (caught.value.code, caught.value.line) == ("nul", 2)


def test_all_names_of_python_are_tried() -> None:
    assert len(NAMES) > 400
    assert codecs.lookup("undefined").name == "undefined"
