"""Files that unpack to far more than they are, or never end a line or document: one error, bounded memory."""

import bz2
import gzip
import json
import subprocess
import sys
import textwrap
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadOptions, Source, read_documents, unpacking
from onoma.readers.bounds import MAX_DOCUMENT_MB
from onoma.readers.unpacking import open_zip

ROW = b"New\tB-LOC\nYork\tI-LOC\n"
MB = 1 << 20
ROOM = 400 * MB
"""What a child may take beyond what it has when the reading begins."""


def read_in_child(path: Path, max_mb: int) -> str:
    """Return how reading ends in a process whose memory is bounded: "N documents", or the error's code."""
    script = f"""
        import resource
        from onoma.errors import DataError
        from onoma.readers import ReadOptions, list_formats, read_documents
        list_formats()
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + {ROOM}
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            options = ReadOptions(format={format_of(path)!r}, max_document_mb={max_mb})
            print(sum(1 for _ in read_documents({str(path)!r}, options)), "documents")
        except DataError as error:
            print(error.code, error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    return done.stdout


def format_of(path: Path) -> str:
    return {".conll": "conll", ".jsonl": "spans-jsonl", ".json": "spans-jsonl"}[
        Path(path.name.removesuffix(".gz")).suffix
    ]


@pytest.mark.parametrize(
    ("name", "start", "unit", "code"),
    [
        ("line.jsonl.gz", b'{"text": "', b"a" * MB, "line-too-long"),
        ("string.json.gz", b'[{"text": "', b"a" * MB, "document-too-large"),
        ("element.json.gz", b"[\n", b'{"a": [\n' * 1000, "document-too-large"),
        ("document.conll.gz", b"-DOCSTART-\tO\n\n", (ROW * 8 + b"\n") * 1000, "document-too-large"),
        ("sentence.conll.gz", ROW, ROW * 4000, "document-too-large"),
        ("short-rows.conll.gz", ROW, b"x\tO\n" * 4000, "document-too-large"),
    ],
)
def test_what_never_ends_is_refused_in_bounded_memory(
    tmp_path: Path, name: str, start: bytes, unit: bytes, code: str
) -> None:
    path = tmp_path / name
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(start))
        for _ in range(200 * MB // len(unit)):
            file.write(packer.compress(unit))
        file.write(packer.flush())
    said = read_in_child(path, 1)
    assert said.startswith(f"{code} {path}")
    assert "--max-document-mb" in said


def test_an_array_on_one_line_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    element = json.dumps({"text": "New York " * 500, "entities": [{"start": 0, "end": 8, "label": "LOC"}]})
    count = 60 * MB // len(element)
    path.write_text(f"[{', '.join([element] * count)}]", encoding="utf-8")
    assert read_in_child(path, 1) == f"{count} documents\n"


def test_without_a_bound_ended_memory_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "line.jsonl"
    with path.open("wb") as file:
        for _ in range(600):
            file.write(b"a" * MB)
    assert read_in_child(path, 0).startswith(f"out-of-memory {path}: not enough memory")


@pytest.mark.parametrize("kind", ["gz", "deflate", "bzip2", "lzma"])
def test_a_ratio_that_no_text_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(unpacking, "FREE_BYTES", MB)
    data = b"a sentence a line\n" * (16 * MB // 18)
    path = tmp_path / ("a.txt.gz" if kind == "gz" else "a.zip")
    if kind == "gz":
        path.write_bytes(gzip.compress(data))
    else:
        methods = {"deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}
        with zipfile.ZipFile(path, "w", methods[kind]) as archive:
            archive.writestr("a.txt", data)
    with pytest.raises(DataError) as caught:
        list(Source(path).lines())
    assert caught.value.code == "archive-bomb"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_come_out_whole(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    lines = [f"line {number}" for number in range(100_000)]
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.txt", "\n".join(lines))
    assert list(Source(path).lines()) == lines


def test_bzip2_is_unpacked_no_further_than_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.txt", b"a\n" * (8 * MB))
    with path.open("rb") as file, open_zip(file, "a.zip") as archive:
        stream = unpacking.open_member(archive, archive.infolist()[0])
        assert len(stream.read(1000)) == 1000
        assert isinstance(stream, bz2.BZ2File)


@pytest.mark.parametrize("zip64", [False, True])
def test_an_archive_of_a_million_names_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zip64: bool
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(70_000 if zip64 else 200):
            archive.writestr(f"{number}.xmi", b"")
    monkeypatch.setattr(unpacking, "MAX_DIRECTORY_BYTES", 4 * MB if zip64 else 9000)
    with pytest.raises(DataError) as caught:
        list(read_documents(path))
    assert caught.value.code == ("several-members" if zip64 else "too-many-members")
    if zip64:
        monkeypatch.setattr(unpacking, "MAX_DIRECTORY_BYTES", 3 * MB)
        with pytest.raises(DataError, match="lists more files"):
            list(read_documents(path))


def test_the_bound_is_exact_and_can_be_moved(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "a" * (MB + 1), "entities": []}) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(read_documents(path, ReadOptions(max_document_mb=1)))
    assert caught.value.line == 1
    for enough in (2, 0, MAX_DOCUMENT_MB):
        assert len(list(read_documents(path, ReadOptions(max_document_mb=enough)))) == 1


def test_many_documents_and_many_faulty_ones_are_no_large_document(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    fault = json.dumps({"text": "a" * 100_000, "entities": [{"start": 5, "end": 1, "label": "A"}]})
    path.write_text(f"{fault}\n" * 150, encoding="utf-8")
    options = ReadOptions(max_document_mb=1, on_error="skip", allow_empty=True)
    assert list(read_documents(path, options)) == []


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=6
)


@given(
    st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), min_size=1, max_size=6),
    st.sampled_from([None, 1, 2]),
    st.integers(1, 40),
    st.booleans(),
)
def test_arrays_and_lists_in_objects_are_read_alike_however_they_come(
    records: list[dict[str, object]], indent: int | None, size: int, crlf: bool
) -> None:
    from onoma.readers.json.array import read_array
    from onoma.readers.json.member import read_member
    from onoma.readers.log import ReadLog

    class Pieces(Source):
        def __init__(self, text: str) -> None:
            super().__init__("never-opened")
            text = text.replace("\n", "\r\n") if crlf else text
            data = text.encode()
            self._reading = (data[at : at + size] for at in range(0, len(data), size))

    array = json.dumps(records, indent=indent, ensure_ascii=False)
    wrapped = json.dumps({"n": 12345678, "list": records, "end": "a"}, indent=indent, ensure_ascii=False)
    options = ReadOptions()
    assert [one for _, one in read_array(Pieces(array), options, ReadLog())] == records
    found = list(read_member(Pieces(wrapped), "list", options, ReadLog()))
    assert [one for _, one in found] == records
    if indent is not None:
        lines = wrapped.split("\n")
        assert all(lines[line - 1].lstrip().startswith("{") for line, _ in found)


@pytest.mark.parametrize("text", ['[{"a": "b', '{"list": [{"a": 1}', '{"list": [{"a": 1}], "b'])
def test_cut_short(tmp_path: Path, text: str) -> None:
    from onoma.readers.json.array import read_array
    from onoma.readers.json.member import read_member
    from onoma.readers.log import ReadLog

    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    source, options, log = Source(path), ReadOptions(), ReadLog()
    found = read_array(source, options, log) if text[0] == "[" else read_member(source, "list", options, log)
    with pytest.raises(DataError) as caught:
        list(found)
    assert caught.value.line == 1
