"""Streaming: four times the data must not need more memory."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from onoma.readers import opening, read_documents, write_documents

SENTENCE = "".join(f"word{i} x {tag}\n" for i, tag in enumerate(["O", "B-PER", "I-PER", "O"] * 4)) + "\n"
DOCUMENT = '{"text": "' + "New York is " * 40 + '", "entities": [{"start": 0, "end": 8, "label": "LOC"}]}\n'


def peak_of(action: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True)
def _small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_BLOCK_BYTES", 1 << 14)
    monkeypatch.setattr("onoma.readers.formats.conll._SAMPLE_LINES", 1000)


@pytest.mark.parametrize(
    ("name", "unit"), [("f.conll", SENTENCE), ("f.jsonl", DOCUMENT), ("f.conll.gz", SENTENCE)]
)
def test_peak_does_not_grow_with_the_file(tmp_path: Path, name: str, unit: str) -> None:
    peaks = []
    for megabytes in (0.5, 2):
        data = (unit * int(megabytes * 1e6 / len(unit))).encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(data, 1) if name.endswith(".gz") else data)
        del data
        peaks.append(peak_of(lambda path=path: sum(1 for _ in read_documents(path))))  # type: ignore[misc]
    assert peaks[1] < peaks[0] * 1.4  # the first 1,000 lines are looked at
    assert peaks[1] < 2_500_000


def test_writing_streams(tmp_path: Path) -> None:
    path = tmp_path / "f.conll"
    path.write_text(SENTENCE * 4000)
    peak = peak_of(lambda: write_documents(tmp_path / "out.conll", read_documents(path), "conll"))
    assert peak < 1_500_000
