"""What can be read only once is read once: a named pipe gives what standard input gives."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import ReadOptions
from onoma.readers.inputs import has_sound_gold, read_inputs

CONTENTS = {
    "text": "Ann left Oslo.\nHe ran.\n",
    "columns": "Ann\tB-PER\nleft\tO\nOslo\tB-LOC\n",
    "json": '{"text": "Ann left.", "entities": [{"start": 0, "end": 3, "label": "PER"}]}\n',
}


def pipe(folder: Path, content: str) -> Path:
    """A pipe that is written to exactly once."""
    path = folder / "pipe.jsonl"
    os.mkfifo(path)
    threading.Thread(target=path.write_text, args=(content,), daemon=True).start()
    return path


def read(path: Path, **options: str) -> list[str]:
    given = ReadOptions(gold=False, **options)  # type: ignore[arg-type]
    documents = read_inputs([str(path)], lambda _: given, given=given, tell=lambda _: None)
    return [document.text for document in documents]


@pytest.mark.parametrize("name", ["text", "columns"])
def test_a_pipe_is_text(tmp_path: Path, name: str) -> None:
    assert read(pipe(tmp_path, CONTENTS[name])) == CONTENTS[name].splitlines()


def test_json_in_a_pipe_is_not_taken_for_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is JSON, which is read here as text unless told otherwise"):
        read(pipe(tmp_path, CONTENTS["json"]))


@pytest.mark.parametrize("name", ["conll", "spans-jsonl"])
def test_a_pipe_of_a_named_format_is_data(tmp_path: Path, name: str) -> None:
    content = CONTENTS["columns" if name == "conll" else "json"]
    assert read(pipe(tmp_path, content), format=name)[0].startswith("Ann left")


def test_gold_of_a_pipe_is_not_tried(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not has_sound_gold(str(tmp_path / "pipe"), ReadOptions())
