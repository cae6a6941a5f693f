"""Wrong input and wrong usage: one clear line, exit code 2, no traceback, nothing half-written."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from onoma.cli.main import main

GOOD = "EU B-ORG\nrejects O\n\nPeter B-PER\nBlackburn I-PER\n"


def fails(done, *parts: str) -> None:
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    message = [line for line in done.stderr.splitlines() if line.startswith(("onoma: error:", "Error:"))]
    assert len(message) == 1, done.stderr
    for part in parts:
        assert part in message[0], message[0]


SOUND = "She O\nleft O\nBonn O\n. O\n\n" * 2
"""Ten lines that nothing is wrong with, so that one fault does not hide the format."""


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("wrong columns", b"EU B-ORG\nrejects O extra\n", ("train.txt:12",)),
        ("mixed separators", b"EU\tB-ORG\nrejects O\n", ("train.txt:11",)),
        ("nul", b"EU B-ORG\nrej\x00ects O\n", ("train.txt:12", "NUL")),
        ("latin-1", b"EU B-ORG\ncaf\xe9 O\n", ("train.txt:12", "cp1252")),
        ("unknown prefix", b"EU B-ORG\nrejects X-ORG\n", ("train.txt:12",)),
        ("illegal transition", b"EU B-ORG\nrejects O\nBonn I-LOC\nis B-LOC\n", ("train.txt:13",)),
        ("cut last line", b"EU B-ORG\nrejects", ("train.txt:12",)),
        ("no entity", b"a O\nb O\n", ("train.txt", "no entity to learn from", "is O")),
    ],
)
def test_damaged_training_file(tmp_path: Path, capsys, name, content, parts) -> None:
    data, run = tmp_path / "train.txt", tmp_path / "run"
    data.write_bytes(SOUND.encode() + content)
    code = main(["train", "--model", "lstm", "--train", str(data), "--out", str(run)])
    fails(subprocess.CompletedProcess(name, code, *capsys.readouterr()), *parts)
    assert not run.exists()


def test_empty_training_file(tmp_path: Path, capsys) -> None:
    (tmp_path / "train.txt").touch()
    code = main(["train", "--model", "lstm", "--data", str(tmp_path), "--out", str(tmp_path / "run")])
    fails(subprocess.CompletedProcess("empty", code, *capsys.readouterr()), "train.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.rstrip("\n").encode(),
        b"-DOCSTART- O\n\n" + GOOD.encode(),
    ],
    ids=["bom", "crlf", "no last newline", "docstart"],
)
def test_harmless_oddities_are_read(onoma, tmp_path: Path, content) -> None:
    (tmp_path / "train.txt").write_bytes(content)
    (tmp_path / "dev.txt").write_bytes(GOOD.replace("ORG", "NEW").encode())
    done = onoma(
        *("train", "--model", "lstm", "--data", tmp_path, "--out", tmp_path / "run", "--epochs", 1),
        *("--set", "hidden_dim=8", "--threads", 1),
    )
    assert done.returncode == 0, done.stderr
    assert "2 entities read, 2 kept" in done.stderr
    assert "label not in train 1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["train", "--model", "lstmm", "--data", "en", "--out", "R"], ["did you mean 'lstm'"]),
        (["train", "--data", "en", "--out", "R"], ["no model is named"]),
        (["train", "--model", "lstm", "--out", "R"], ["no training data"]),
        (["train", "--model", "lstm", "--data", "nowhere", "--out", "R"], ["nowhere"]),
        (
            ["train", "--model", "lstm", "--data", "en", "--out", "R", "--set", "dropuot=1"],
            ["did you mean 'dropout'"],
        ),
        (["train", "--model", "lstm", "--data", "en", "--out", "R", "--set", "dropout"], ["key=value"]),
        (["train", "--model", "lstm", "--data", "en", "--out", "R", "--set", "dropout=2"], ["model.dropout"]),
        (
            ["train", "--model", "lstm", "--data", "en", "--out", "R", "--set", "epochs=x"],
            ["training.epochs"],
        ),
        (["train", "--model", "lstm", "--data", "en", "--out", "R", "--head", "crff"], ["model.head"]),
        (["train", "--model", "lstm", "--data", "en", "--out", "R", "--config", "no.toml"], ["no.toml"]),
        (["train", "--model", "lstm", "--data", "en"], ["--out"]),
        (["train", "--model", "lstm", "--data", "en", "--out", "/proc/x/R"], ["/proc/x/R"]),
        (["train", "--model", "lstm", "--data", "en", "--out", "R", "--set", "device=cuda:9"], ["cuda:9"]),
        (["evaluate", "no-run", "x.txt"], ["x.txt"]),
        (["predict", "no-run", "-"], ["no-run", "no such run or bundle"]),
        (["predict", ".", "-"], ["neither a bundle nor a finished run"]),
        (["frain"], ["frain"]),
        (["train", "--modle", "lstm"], ["--modle"]),
    ],
)
def test_wrong_usage(tmp_path: Path, monkeypatch, capsys, arguments, parts) -> None:
    monkeypatch.chdir(tmp_path)
    code = main(arguments)
    fails(subprocess.CompletedProcess(arguments, code, *capsys.readouterr()), *parts)
    assert not (tmp_path / "R").exists()


def test_an_existing_run_is_not_overwritten(onoma, trained: Path) -> None:
    before = (trained / "metrics.json").read_bytes()
    fails(onoma("train", "--model", "lstm", "--data", "en", "--out", trained), "is not empty")
    assert (trained / "metrics.json").read_bytes() == before


def test_a_reader_that_leaves_early_is_no_error(trained: Path, tmp_path: Path) -> None:
    many = tmp_path / "many.txt"
    many.write_text("John lives in New York with Anna.\n" * 20_000, encoding="utf-8")
    command = [sys.executable, "-m", "onoma", "predict", str(trained), str(many), "--to", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_bad_input_to_predict(onoma, trained: Path, tmp_path: Path) -> None:
    fails(onoma("predict", trained, tmp_path / "none.txt"), "none.txt", "no such file")
    fails(onoma("predict", trained, "-", text=b"caf\xe9\n"), "<stdin>:1", "cp1252")
    cut = tmp_path / "cut.txt.gz"
    cut.write_bytes(gzip.compress(b"Some text.\n" * 500)[:-20])
    fails(onoma("predict", trained, cut), "cut.txt.gz")
    out = tmp_path / "no" / "such"
    (tmp_path / "no").write_text("a file, not a folder")
    fails(onoma("predict", trained, "-", "--to", "jsonl", "--out", out, text="John\n"), str(out))
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "a"}\n{"text": 3}\n')
    target = tmp_path / "out.jsonl"
    fails(onoma("predict", trained, broken, "--to", "jsonl", "--out", target), "broken.jsonl:2")
    assert not target.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.jsonl", "cut.txt.gz", "no"]


SUITE = '[suite]\nname = "x"\n[[models]]\nid = "lstm"\n'


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("train", "--model", "lstm", "--data", "train.txt", "--out", "run"), "name it with --train"),
        (("train", "--model", "en", "--data", "en", "--out", "run"), "`onoma predict en` uses it"),
        (("compare", "suite.toml", "--out", "report"), "add a table [data]"),
        (("export", "en", "full"), "name another folder"),
    ],
)
def test_what_is_nearly_right_is_told_the_way(tmp_path: Path, capsys, monkeypatch, words, part) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.txt").write_text(GOOD)
    Path("suite.toml").write_text(SUITE)
    Path("full").mkdir()
    Path("full", "note.txt").write_text("mine")
    fails(subprocess.CompletedProcess("near", main(list(words)), *capsys.readouterr()), part)
