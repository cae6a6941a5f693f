"""Standard streams that are closed, full, or of another encoding, and outputs that name one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ONOMA = f"{sys.executable} -m onoma"
TEXT = "John lives in New York.\nAnna Müller went to 東京 with Ivan.\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streams")
    (folder / "t.txt").write_text(TEXT, encoding="utf-8")
    done = shell(folder, "predict en t.txt --to jsonl --out t.jsonl")
    assert done.returncode == 0
    return folder


def shell(folder: Path, arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", f"{ONOMA} {arguments}"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("predict en t.txt --to jsonl --out o.jsonl >&-", 0, b""),
        ("convert t.jsonl o.conll --quiet >&-", 0, b""),
        ("convert t.jsonl o.conll 2>&-", 0, b""),
        ("convert t.jsonl o.conll 2>/dev/full", 0, b""),
        ("predict en t.txt >&-", 2, b"cannot write"),
        ("inspect t.jsonl >/dev/full", 2, b"cannot write"),
        ("predict en none.txt >&-", 2, b"none.txt: no such file"),
        ("predict en none.txt 2>/dev/full", 2, b""),
        ("predict en - <&-", 2, b"holds no document"),
    ],
)
def test_a_stream_that_cannot_be_used(place: Path, arguments: str, code: int, said: bytes) -> None:
    done = shell(place, arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert b"Traceback" not in done.stderr


def test_notes_never_get_among_the_results(place: Path) -> None:
    done = shell(place, "evaluate en t.jsonl --json 2>&-")
    assert json.loads(done.stdout)["entity"]["f1"] == 1.0


@pytest.mark.parametrize("to", ["jsonl", "html", "svg", "pretty"])
def test_what_is_no_terminal_gets_utf_8(place: Path, to: str) -> None:
    usual = shell(place, f"predict en t.txt --to {to}").stdout
    assert "東京".encode() in usual
    for environment in ({"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}):
        assert shell(place, f"predict en t.txt --to {to}", **environment).stdout == usual


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_an_output_that_is_a_stream_is_gone_on_with(place: Path, name: str) -> None:
    whole = (place / "t.jsonl").read_bytes()
    for arguments in ("predict en t.txt --to jsonl --out", "convert t.jsonl --to spans-jsonl --quiet"):
        (place / "all").write_text("before\n")
        done = shell(place, f"{arguments} {name} >> all")
        assert (done.returncode, done.stderr) == (0, b"")
        with (place / "all").open("ab") as file:
            file.write(b"after\n")
        assert (place / "all").read_bytes() == b"before\n" + whole + b"after\n"
        assert shell(place, f"{arguments} {name} | cat").stdout == whole


def test_no_width_is_no_reason_to_show_nothing(place: Path) -> None:
    usual = shell(place, "inspect t.jsonl --quiet", COLUMNS="80").stdout
    assert shell(place, "inspect t.jsonl --quiet", COLUMNS="0").stdout == usual != b""


def test_a_reader_that_leaves_is_no_failure(place: Path) -> None:
    done = shell(place, "inspect t.jsonl --quiet | true; exit ${PIPESTATUS[0]}")
    assert done.returncode == 0


def test_no_library_tells_its_makers(place: Path) -> None:
    home = place / "home"
    home.mkdir()
    done = shell(place, "predict en t.txt", HOME=str(home), XDG_CACHE_HOME=str(home / "cache"))
    assert done.returncode == 0
    assert list(home.rglob("*")) == []
