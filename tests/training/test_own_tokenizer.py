"""A tokeniser of another package: it is found, stored, loaded with the model, and missed plainly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import onoma
from onoma.cli.main import main
from onoma.tokenize import get_tokenizer, list_tokenizers, registry

PACKAGE = '''
from onoma.text import Token
from onoma.tokenize import Tokenizer


def halves(text):
    """Words of at most two characters."""
    tokens, end = [], 0
    for word in text.split():
        end = text.index(word, end)
        for place in range(0, len(word), 2):
            tokens.append(Token(word[place : place + 2], end + place, end + min(place + 2, len(word))))
        end += len(word)
    return tokens


HALVES = Tokenizer("halves", 1, "two characters at a time", halves)
THIEF = Tokenizer("onoma", 7, "not ours", halves)
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package as an installer leaves it, for as long as the test runs."""
    place = tmp_path / "site"
    about = place / "halves-1.0.dist-info"
    about.mkdir(parents=True)
    (place / "onoma_halves.py").write_text(PACKAGE, encoding="utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: halves\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(
        "[onoma.tokenizers]\nhalves = onoma_halves:HALVES\nthief = onoma_halves:THIEF\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(place)
    registry._foreign.cache_clear()
    yield place
    registry._foreign.cache_clear()


def test_it_is_found_and_can_take_no_name_of_ours(package: Path) -> None:
    assert get_tokenizer("halves").id == "halves@1"
    assert "halves@1" in [one.id for one in list_tokenizers()]
    assert "onoma@7" not in [one.id for one in list_tokenizers()]


def test_it_trains_saves_loads_and_is_missed(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    lines = [
        {"text": f"Anna{n} came", "entities": [{"start": 0, "end": 4, "label": "PER"}]} for n in range(8)
    ]
    data = tmp_path / "train.jsonl"
    data.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    run = tmp_path / "run"
    names = ["--model", "lstm", "--train", str(data), "--out", str(run), "--tokenizer", "halves"]
    assert main(["train", *names, "--epochs", "1", "--set", "threads=1", "--quiet"]) == 0
    tagger = onoma.load(run)
    assert tagger.tokenizer.id == "halves@1"
    assert tagger("Anna1 came").words == ["An", "na", "1", "ca", "me"]
    monkeypatch.undo()  # uninstalled
    registry._foreign.cache_clear()
    capsys.readouterr()
    for command in (["predict", str(run), str(data)], ["evaluate", str(run), str(data)]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert "unknown tokenizer 'halves'; known: characters, onoma, whitespace" in said
        assert said.count("\n") == 1
