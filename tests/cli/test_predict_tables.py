"""``onoma predict`` with tables: a column of text in, CSV and parquet out."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from command_line import Onoma

from onoma.readers import read_documents

TABLE = 'id,comment\n7,"John Smith lives in New York."\n9,"He met Angela Merkel in Berlin, Germany."\n'


def test_a_table_is_tagged_and_written_as_a_table(onoma: Onoma, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(TABLE)
    done = onoma("predict", "en", path, "--to", "csv", "--quiet")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["id"] for row in rows] == ["7", "9"]
    texts = [row["text"][span["start"] : span["end"]] for row in rows for span in json.loads(row["entities"])]
    assert "John Smith" in texts
    out = tmp_path / "out.csv"
    assert onoma("predict", "en", path, "--to", "csv", "--out", out).returncode == 0
    assert [span.text for document in read_documents(out) for span in document.entities] == texts


def test_parquet_needs_a_file(onoma: Onoma, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path, out = tmp_path / "notes.csv", tmp_path / "out.parquet"
    path.write_text(TABLE)
    done = onoma("predict", "en", path, "--to", "parquet")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--out" in done.stderr
    assert onoma("predict", "en", path, "--to", "parquet", "--out", out).returncode == 0
    documents = list(read_documents(out))
    assert [document.id for document in documents] == ["7", "9"]
    assert all(span.score is not None for document in documents for span in document.entities)


def test_a_column_that_is_not_known_is_asked_for(onoma: Onoma, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(TABLE.replace("comment", "what they said"))
    done = onoma("predict", "en", path)
    assert done.returncode == 2
    assert "(it has id, what they said)" in done.stderr
    assert "--text-column" in done.stderr
    done = onoma("predict", "en", path, "--text-column", "what they said", "--to", "jsonl")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["7", "9"]
