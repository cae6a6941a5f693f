"""Several inputs at once, and what comes through a pipe: nothing is taken for something else in silence."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from onoma.cli.main import main

RECORD = '{"id": "a", "text": "John left Oslo.\\nMary stayed.", "entities": []}\n'


def through_a_pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.mark.parametrize("words", [["predict", "en", "-"], ["redact", "en", "-", "--out", "r.jsonl"]])
@pytest.mark.parametrize("text", [RECORD, f"\n  {RECORD}", f"[{RECORD.strip()}]\n"])
def test_json_through_a_pipe_is_not_taken_for_text(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    text: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    through_a_pipe(monkeypatch, text)
    assert main(words) == 2
    assert "is JSON, which is read here as text" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    through_a_pipe(monkeypatch, text)
    assert main([*words, "--format", "text"]) == 0


@pytest.mark.parametrize("text", ["{John} left Oslo.\n", "[sic] John left.\n", "[1, 2]\n", "{\n"])
def test_text_that_begins_alike_is_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    through_a_pipe(monkeypatch, text)
    assert main(["predict", "en", "-", "--to", "jsonl"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == text.rstrip("\n")


def test_files_of_one_name_have_documents_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "n.txt").write_text(f"John {folder}.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "en", "a/n.txt", "b/n.txt", "--to", "jsonl"]) == 0
    said = capsys.readouterr()
    assert [json.loads(line)["id"] for line in said.out.splitlines()] == ["n:1", "document:2"]
    assert "1 documents have the id of an earlier one" in said.err
    assert main(["redact", "en", "a/n.txt", "b/n.txt", "--out", "r.jsonl", "--min-score", "0"]) == 0
    ids = [json.loads(line)["id"] for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("words", [["predict", "en"], ["redact", "en", "--out", "r.jsonl"]])
def test_one_empty_input_of_several_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("full.txt").write_text("John left.\n", encoding="utf-8")
    Path("empty.txt").write_text(" \n", encoding="utf-8")
    assert main([*words, "full.txt", "empty.txt"]) == 2
    assert "empty.txt: holds no document" in capsys.readouterr().err
    assert not Path("r.jsonl").exists()
    assert main([*words, "full.txt", "empty.txt", "--allow-empty"]) == 0
