"""An input without a document is refused by every command that reads one, unless it is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.cli.main import main

BLANK = {"empty.txt": "", "blank.txt": "\n  \n\n", "empty.jsonl": "", "blank.conll": "\n\n"}
COMMANDS = {
    "predict": ("predict", "en", "IN"),
    "redact": ("redact", "en", "IN", "--out", "OUT.jsonl", "--min-score", "0"),
    "evaluate": ("evaluate", "en", "IN"),
    "convert": ("convert", "IN", "OUT.jsonl"),
    "inspect": ("inspect", "IN"),
    "split": ("split", "IN", "OUT", "--test", "0.1"),
    "score gold": ("score", "IN", "IN"),
    "score predictions": ("score", "GOOD", "IN"),
    "select": ("select", "en", "IN", "--budget", "3", "--out", "OUT.jsonl"),
    "weak": ("weak", "RULES", "IN", "--out", "OUT"),
    "distill": ("distill", "en", "--text", "IN", "--model", "lstm", "--out", "OUT", "--threads", "1"),
}
ALLOWED = ("predict", "redact", "evaluate", "convert", "inspect", "score predictions")


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    good = {"text": "Ann left.", "entities": [{"start": 0, "end": 3, "label": "PER"}]}
    (tmp_path / "good.jsonl").write_text(json.dumps(good) + "\n")
    (tmp_path / "rules.toml").write_text(
        '[[sources]]\nkind = "words"\nname = "a"\nlabels = { PER = ["Ann"] }\n'
    )
    return {"GOOD": str(tmp_path / "good.jsonl"), "RULES": str(tmp_path / "rules.toml")}


def called(command: str, path: Path, places: dict[str, str]) -> list[str]:
    named = places | {
        "IN": str(path),
        "OUT": str(path.parent / "out"),
        "OUT.jsonl": f"{path.parent}/out.jsonl",
    }
    return [named.get(part, part) for part in COMMANDS[command]]


@pytest.mark.parametrize("name", BLANK)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_fails_and_writes_nothing(capsys, tmp_path: Path, places, command: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(BLANK[name])
    assert main(called(command, path, places)) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert err.strip()
    assert not [one.name for one in tmp_path.iterdir() if one.name in ("out", "out.jsonl")]


@pytest.mark.parametrize("command", ALLOWED)
def test_it_may_be_allowed(capsys, tmp_path: Path, places, command: str) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text("")
    assert main([*called(command, path, places), "--allow-empty"]) == 0
