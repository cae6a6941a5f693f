"""Places that cannot be used: one line, whatever the command; and files of a folder that are passed over."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.readers.documents.folder_files import has_files

LONG = "x" * 300
GOOD = "Ann B-PER\nleft O\nOslo B-LOC\n\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    Path("dir").mkdir()
    Path("a.conll").write_text(GOOD)
    return tmp_path


COMMANDS = [
    "inspect NAME",
    "inspect a.conll --html NAME",
    "inspect --suspects NAME",
    "convert NAME o.conll",
    "convert a.conll NAME --to conll",
    "split NAME o",
    "split a.conll NAME",
    "train --model lstm --train NAME --out o",
    "train --model lstm --data NAME --out o",
    "train --model lstm --train a.conll --out NAME",
    "train --model lstm --data en --config NAME --out o",
    "train --model lstm --data en --init-from NAME --out o",
    "train --model lstm --data en --vectors NAME --out o",
    "tune --model lstm --data NAME --out o",
    "retrain NAME a.conll --data en --out o",
    "evaluate en NAME",
    "evaluate NAME a.conll",
    "predict en NAME",
    "predict NAME a.conll",
    "predict en a.conll --to jsonl --out NAME",
    "compare NAME --out o",
    "export NAME o",
    "vectors info NAME",
    "vectors trim NAME --vocab a.conll --out o",
]


@pytest.mark.parametrize(
    "name", [LONG, "loop", "dir/none/x", "a.conll/x"], ids=["long", "loop", "none", "file"]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_one_line(capsys, place: Path, command: str, name: str) -> None:
    makes = command.startswith(
        ("convert a", "split a", "inspect a", "predict en a", "train --model lstm --train a")
    )
    if makes and name == "dir/none/x":
        pytest.skip("folders on the way are made")
    code = main(command.replace("NAME", name).split())
    err = capsys.readouterr().err
    assert code == 2, err
    assert "Traceback" not in err
    assert sum(line.startswith("onoma: error: ") for line in err.splitlines()) == 1, err
    assert Path("a.conll").read_text() == GOOD
    assert Path("loop").is_symlink()


def test_the_root_is_not_walked_through(capsys) -> None:
    assert not has_files(Path("/"), (".ann",))
    assert main(["inspect", "/"]) == 2
    assert "no train, dev or test file; name the files one by one" in capsys.readouterr().err


def test_a_bounded_look_into_a_folder(tmp_path: Path) -> None:
    deep = tmp_path / "one" / "two"
    deep.mkdir(parents=True)
    (deep / ".hidden.ann").touch()
    assert not has_files(tmp_path, (".ann",))
    (deep / "d.ann").touch()
    assert has_files(tmp_path, (".ann",))


def test_files_that_are_passed_over_are_named(capsys, tmp_path: Path) -> None:
    for name in ("train.conll", "devel.conll", "extra.conll"):
        (tmp_path / name).write_text(GOOD * 2)
    for name in (
        "README.md",
        "LICENSE",
        "dataset_info.json",
        "load.py",
        "ent_types.jsonl",
        "a.safetensors",
        "targets.json",
    ):
        (tmp_path / name).write_text("{}")
    assert main(["inspect", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert f"{tmp_path}: not read: extra.conll\n" in captured.err
    assert main(["inspect", str(tmp_path), "--quiet"]) == 0
    assert "not read" not in capsys.readouterr().err
    tiny = ["--epochs", "1", "--threads", "1", "--set", "hidden_dim=4"]
    assert (
        main(["train", "--model", "lstm", "--data", str(tmp_path), "--out", str(tmp_path / "run"), *tiny])
        == 0
    )
    err = capsys.readouterr().err
    assert f"{tmp_path}: not read: extra.conll\n" in err
    assert "dev: 2 documents" in err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "secret"),
            "secret: cannot be used: Permission denied",
        ),
        (OSError(errno.EMFILE, "Too many open files"), "cannot be used: Too many open files; close some"),
    ],
)
def test_errors_of_the_system_are_lines(
    capsys, monkeypatch, tmp_path: Path, error: OSError, said: str
) -> None:
    def fail(folder: Path) -> None:
        raise error

    monkeypatch.setattr(Path, "iterdir", fail)
    (tmp_path / "train.conll").write_text(GOOD)
    assert main(["inspect", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"onoma: error: {said}")
