"""A file is taken for what it is, among all formats, and text for text.

The whole confusion matrix is made by `benchmarks/sniffing.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from format_samples import all_formats
from sniffed import generated, sniffed, text_pieces, text_taken_for


@pytest.mark.parametrize("format", all_formats())
def test_generated_files(tmp_path: Path, format: str) -> None:
    for sample in generated(format, 3, seed=1):
        assert sniffed(sample, tmp_path) == format, (sample.layout, sample.files)


def test_plain_text(tmp_path: Path) -> None:
    for piece in text_pieces(60, seed=1):
        assert text_taken_for(piece, tmp_path) == "text", piece


def test_real_text(tmp_path: Path, shared_data: Path) -> None:
    if not (shared_data / "text").is_dir():
        pytest.skip("the real texts are not there")
    for piece in text_pieces(60, seed=2, corpora=shared_data / "text"):
        assert text_taken_for(piece, tmp_path) == "text", piece
