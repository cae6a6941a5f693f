"""What `onoma calibrate` says of data by which scores cannot be judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.cli.main import main

NAMES = ("John Smith", "Angela Merkel", "Barack Obama", "Tim Cook", "Mary Brown")


def write(path: Path, label: str, copies: int = 1) -> Path:
    records = [
        {
            "text": f"{name} lives in Paris.",
            "entities": [{"start": 0, "end": len(name), "label": label}],
        }
        for name in NAMES * copies
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("label", "copies", "said"),
    [
        ("per", 1, None),
        ("org", 1, "nothing of what en finds"),
        ("per", 3, "10 of 15 documents have the text"),
    ],
)
def test_data_by_which_scores_cannot_be_judged_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], label: str, copies: int, said: str | None
) -> None:
    data = write(tmp_path / "gold.jsonl", label, copies)
    assert main(["calibrate", "en", str(data), str(tmp_path / "out")]) == 0
    error = capsys.readouterr().err
    assert ("warning" in error) is (said is not None)
    assert said is None or said in error
