"""Damaged, odd and hostile archives: read, or refused in one line; nothing is unpacked to the disk."""

from __future__ import annotations

import gzip
import io
import random
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import Source

TEXT = "".join(f"word{number} O\nАнна B-PER\n\n" for number in range(300)).encode()
METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflate": zipfile.ZIP_DEFLATED,
    "bz2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}
CODES = {
    "bad-archive", "truncated-archive", "several-members", "encrypted-archive", "unreadable", "binary-file",
    "bad-encoding", "truncated", "nul",
}  # fmt: skip


def packed(method: int, name: str = "data.txt", content: bytes = TEXT, *, zip64: bool = False) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", method) as archive,
        archive.open(zipfile.ZipInfo(name), "w", force_zip64=zip64) as member,
    ):
        member.write(content)
    if method and not zip64:  # ZipInfo by itself means stored
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            archive.writestr(name, content)
    return stream.getvalue()


ARCHIVES = {
    "f.gz": gzip.compress(TEXT, mtime=0),
    "two.gz": gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0),
    "zip64.zip": packed(zipfile.ZIP_STORED, zip64=True),
    **{f"{name}.zip": packed(method) for name, method in METHODS.items()},
}


def read(folder: Path, name: str, data: bytes) -> str | DataError:
    """What a file gives; nothing else appears in its folder."""
    place = folder / "place"
    place.mkdir(exist_ok=True)
    path = place / name
    path.write_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zipfile, about names that are there twice
            return Source(path).text()
    except DataError as error:
        return error
    finally:
        assert [one.name for one in folder.rglob("*")] == ["place", name]


def refused(folder: Path, name: str, data: bytes) -> DataError:
    error = read(folder, name, data)
    assert isinstance(error, DataError), error
    assert error.code in CODES
    assert str(error).isprintable()
    assert len(str(error)) < 2000
    return error


@pytest.mark.parametrize("name", ARCHIVES)
def test_sound_archives_are_read(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, name, ARCHIVES[name]) == TEXT.decode()


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("seed", range(6))
def test_random_damage(tmp_path: Path, name: str, seed: int) -> None:
    draw = random.Random(f"{name}{seed}")
    for _ in range(12):
        damage_and_check(tmp_path, name, draw)


def damage_and_check(folder: Path, name: str, draw: random.Random) -> None:
    data = bytearray(ARCHIVES[name])
    edge = draw.choice((len(data), 60, 30))  # as often in the headers at both ends as anywhere
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(min(edge, len(data)))
        at = draw.choice((at, len(data) - 1 - at))
        what = draw.randrange(4)
        if what == 0:
            data[at] ^= 1 << draw.randrange(8)
        elif what == 1:
            data[at] = draw.choice((0, 0xFF, draw.randrange(256)))
        elif what == 2:
            del data[at : at + draw.choice((1, 2, 50, len(data)))]
        else:
            data[at:at] = draw.randbytes(draw.randrange(1, 9))
        if not data:
            break
    if isinstance(read(folder, name, bytes(data)), DataError):
        refused(folder, name, bytes(data))


@pytest.mark.parametrize("name", ARCHIVES)
def test_cut_anywhere(tmp_path: Path, name: str) -> None:
    data = ARCHIVES[name]
    for size in sorted({*range(40), *range(40, len(data), 97), *range(len(data) - 40, len(data))}):
        if isinstance(read(tmp_path, name, data[:size]), DataError):
            refused(tmp_path, name, data[:size])
        else:
            assert name == "two.gz"  # cut between its members it is whole


def test_gzip_with_a_wrong_sum(tmp_path: Path) -> None:
    data = bytearray(ARCHIVES["f.gz"])
    data[-8] ^= 1
    assert refused(tmp_path, "f.gz", bytes(data)).code == "bad-archive"


def test_gzip_followed_by_something_else(tmp_path: Path) -> None:
    assert read(tmp_path, "f.gz", ARCHIVES["f.gz"] + b"\0" * 512) == TEXT.decode()  # padding of tapes
    assert refused(tmp_path, "f.gz", ARCHIVES["f.gz"] + b"rubbish\n").code == "bad-archive"


def test_gzip_of_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "f.gz", gzip.compress(b"")) == ""
    assert refused(tmp_path, "f.gz", b"").code == "truncated-archive"


@pytest.mark.parametrize("method", [1, 6, 9, 93, 97, 99, 65535])
def test_methods_that_are_not_known(tmp_path: Path, method: int) -> None:
    data = bytearray(ARCHIVES["stored.zip"])
    data[8:10] = struct.pack("<H", method)
    at = data.index(b"PK\x01\x02")
    data[at + 10 : at + 12] = struct.pack("<H", method)
    assert refused(tmp_path, "f.zip", bytes(data)).code == "bad-archive"


def test_encrypted(tmp_path: Path) -> None:
    data = bytearray(ARCHIVES["stored.zip"])
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(tmp_path, "f.zip", bytes(data)).code == "encrypted-archive"


@pytest.mark.parametrize(
    "name", ["../../up.txt", "/etc/up.txt", "a\nb\x1b[31m.txt", "..\\up", "б" * 200, "\x7f"]
)
def test_names_of_members(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, "f.zip", packed(zipfile.ZIP_DEFLATED, name)) == TEXT.decode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, b"a")
        archive.writestr(f"{name}2", b"b")
    assert refused(tmp_path, "f.zip", stream.getvalue()).code == "several-members"


def test_no_members(tmp_path: Path) -> None:
    stream = io.BytesIO()
    zipfile.ZipFile(stream, "w").close()
    error = refused(tmp_path, "f.zip", stream.getvalue())
    assert error.code == "several-members"
    assert "it holds nothing" in error.message


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_within_a_member(tmp_path: Path, method: int) -> None:
    data = bytearray(packed(method))
    start = 30 + len("data.txt")
    for at in (start + 20, start + 30, start + 60):
        damaged = data.copy()
        damaged[at] ^= 0xFF
        assert refused(tmp_path, "f.zip", bytes(damaged)).code in ("bad-archive", "truncated-archive")


def test_lzma_with_an_enormous_dictionary(tmp_path: Path) -> None:
    data = bytearray(packed(zipfile.ZIP_LZMA))
    at = 30 + len("data.txt") + 4
    data[at : at + 5] = b"\xff" * 5
    refused(tmp_path, "f.zip", bytes(data))
    data[at : at + 5] = b"\x5d\xff\xff\xff\xff"
    outcome = read(tmp_path, "f.zip", bytes(data))
    assert outcome == TEXT.decode() or isinstance(outcome, DataError)
