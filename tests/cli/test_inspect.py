"""``onoma inspect``: output, exit codes, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.cli.main import main

GOOD = "Anna B-PER\nsaw O\nBonn B-LOC\n\nShe O\nleft O\n\n"
BAD = GOOD + "x I-PER\n\ny O O\n\n"
KEYS = ["documents", "sentences", "tokens", "entities", "labels", "nested", "discontinuous", "problems"]


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["inspect", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.txt").write_text(GOOD)
    (tmp_path / "test.txt").write_text(BAD)
    return tmp_path


def test_json_has_the_keys_that_scripts_read(capsys, folder: Path) -> None:
    code, out, err = run(capsys, folder, "--json", "--quiet")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert list(found) == ["train", "test"]
    for split in found.values():
        assert set(KEYS) <= set(split)
    train, test = found["train"], found["test"]
    assert [train[key] for key in KEYS] == [2, 2, 5, 2, {"LOC": 1, "PER": 1}, 0, 0, []]
    assert [(problem["code"], problem["line"]) for problem in test["problems"]] == [
        ("illegal-tag", 8),
        ("column-count", 10),
    ]
    assert all(problem["path"] == str(folder / "test.txt") for problem in test["problems"])
    assert all(problem["message"] for problem in test["problems"])
    assert test["duplicates"]["shared"]["train"] == {"sentences": 2, "distinct": 2, "tagged_differently": 0}


def test_a_bundled_corpus_by_name(capsys) -> None:
    code, out, _ = run(capsys, "en", "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == ["train", "dev", "test"]
    assert found["train"]["nested"] > 0
    assert found["train"]["document_labels"]["counts"]


def test_strict_fails_on_problems_only(capsys, folder: Path) -> None:
    assert run(capsys, folder / "train.txt", "--strict")[0] == 0
    assert run(capsys, folder / "test.txt")[0] == 0
    assert run(capsys, folder / "test.txt", "--strict")[0] == 1
    assert run(capsys, folder / "test.txt", "--strict", "--json", "--max-problems", 0)[0] == 1


def test_text_tells_what_is_wrong_and_where(capsys, folder: Path) -> None:
    code, out, _ = run(capsys, folder)
    assert code == 0
    joined = " ".join(out.split())
    # A line of 80 columns may break anywhere in the folder's name, which is of any length.
    assert f"{folder}/test.txt:8: 'I-PER' may not follow".replace(" ", "") in "".join(out.split())
    assert "2 sentences (2 distinct) also stand in train" in joined
    assert out.rstrip().endswith("2 problems")
    code, out, _ = run(capsys, folder, "--max-problems", 1)
    assert "and 1 more; in all: column-count 1, illegal-tag 1" in " ".join(out.split())


def test_on_error_strict_stops_at_the_first_fault(capsys, folder: Path) -> None:
    code, out, err = run(capsys, folder, "--on-error", "strict")
    assert (code, out) == (2, "")
    assert err.startswith("onoma: error: ")
    assert "test.txt:8" in err


def test_html(capsys, folder: Path) -> None:
    page = folder / "page.html"
    code, out, err = run(capsys, folder, "--html", page, "--json")
    assert code == 0
    json.loads(out)
    assert str(page) in err
    assert "<h2>Entities by label</h2>" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["none.txt"], "no such file"),
        (["empty"], "no train, dev or test file"),
        (["train.txt", "--format", "connl"], "did you mean 'conll'"),
        (["train.txt", "--scheme", "BIOX"], "unknown tag scheme"),
        (["train.txt", "--on-error", "skp"], "did you mean 'skip'"),
        (["train.txt", "--encoding", "utf-9"], "unknown encoding"),
        (["latin.txt"], "latin.txt:1"),
        (["train.txt", "--html", "empty"], "cannot write"),
        (["train.txt", "--html", "-"], "not standard output"),
        (["train.txt", "--html", "empty/../train.txt"], "the original would be lost"),
    ],
)
def test_wrong_usage(capsys, monkeypatch, folder: Path, arguments: list[str], part: str) -> None:
    monkeypatch.chdir(folder)
    Path("empty").mkdir()
    Path("latin.txt").write_bytes(b"caf\xe9 O\nx B-PER\n")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("onoma: error: ")
    assert part in err
    assert err.count("\n") == 1


def test_standard_input(onoma) -> None:
    done = onoma("inspect", "-", "--format", "conll", "--json", text=GOOD)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["-"]["entities"] == 2


def test_a_path_is_never_broken(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    folder = tmp_path / ("folder " + 90 * "x")
    folder.mkdir()
    data = folder / "train.conll"
    data.write_text("Ann\tB-PER\nleft\tO\n\n", encoding="utf-8")
    assert main(["inspect", str(data)]) == 0
    assert str(data) in capsys.readouterr().out
