"""The loop of selecting, annotating and training on: what nobody has annotated is never learned."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import onoma
from onoma.cli.main import main
from onoma.errors import DataError, StoppedError
from onoma.readers import ReadLog, ReadOptions, read_documents

TEXTS = [
    "John Smith met Anna Berg in London.",
    "The United Nations sent two hundred doctors to Kenya on Monday.",
    "Shares of Toyota rose after the report.",
    "Nobody knew why the mayor of Chicago had resigned.",
    "Peter Lund coaches a football club near Madrid now.",
    "A court in Berlin freed the journalist last week.",
]


@pytest.fixture(params=["spans-jsonl", "prodigy", "label-studio"])
def chosen(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    pool = tmp_path / "pool.txt"
    pool.write_text("\n".join(TEXTS) + "\n")
    out = tmp_path / "next.json"
    asked = ("select", "en", pool, "--budget", 6, "--to", request.param, "--out", out, "--quiet")
    assert main([*map(str, asked)]) == 0
    return request.param, out


def test_suggestions_that_nobody_confirmed_are_no_gold(chosen: tuple[str, Path]) -> None:
    format, path = chosen
    log = ReadLog()
    with pytest.raises(DataError, match=r"nobody|no annotation"):
        list(read_documents(path, ReadOptions(format=format)))
    assert list(read_documents(path, ReadOptions(format=format, allow_empty=True), log)) == []
    assert set(log.problem_counts) == {"not-annotated"}
    assert len(list(read_documents(path, ReadOptions(format=format, gold=False)))) == 6


def test_half_of_the_lines_annotated_is_half_of_them_read(tmp_path: Path, chosen: tuple[str, Path]) -> None:
    format, path = chosen
    if format == "label-studio":
        pytest.skip("tasks are held by the tool")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for number, record in enumerate(records[:3]):
        spans = record.get("suggested", []) if number else []
        record |= {"answer": "accept"} if format == "prodigy" else {"entities": spans}
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    log = ReadLog()
    assert len(list(read_documents(path, ReadOptions(format=format), log))) == 3
    assert dict(log.problem_counts) == {"not-annotated": 3}


@pytest.mark.parametrize("strategy", ["entropy", "unseen"])
def test_what_was_chosen_before_is_left_out_whether_anybody_annotated_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], chosen: tuple[str, Path], strategy: str
) -> None:
    _, path = chosen
    pool, out = tmp_path / "pool.txt", tmp_path / "more.jsonl"
    asked = ("select", "en", pool, "--budget", 2, "--without", path, "--strategy", strategy, "--out", out)
    assert main([*map(str, asked), "--to", "spans-jsonl"]) == 2
    assert "nothing that was not chosen before" in capsys.readouterr().err
    with pytest.raises(DataError, match="nothing that was not chosen before"):
        onoma.select("en", [{"text": text} for text in TEXTS], 2, strategy=strategy, without=[path])


def test_a_retraining_that_was_stopped_goes_on_and_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from onoma.api import runs

    entities = [{"start": 0, "end": 10, "label": "PER"}, {"start": 28, "end": 34, "label": "LOC"}]
    texts = [f"John Smith met Anna {name} in London." for name in ("Berg", "Lund", "Dahl", "Holm", "Falk")]
    rows = [json.dumps({"text": text, "entities": entities}) + "\n" for text in texts]
    data = tmp_path / "data"
    data.mkdir()
    for split, name in (("train", "Anni"), ("dev", "Anne"), ("test", "Anka")):
        (data / f"{split}.jsonl").write_text("".join(rows).replace("Anna", name))
    new = tmp_path / "new.jsonl"
    new.write_text("".join(rows))
    base = (
        "train",
        "--model",
        "lstm",
        "--data",
        data,
        "--epochs",
        1,
        "--set",
        "hidden_dim=8",
        "--threads",
        1,
    )
    assert main([*map(str, base), "--out", str(tmp_path / "base"), "--quiet"]) == 0

    whole = runs.train_run

    def stopped(*arguments: object, **options: object) -> object:
        whole(*arguments, **options)  # type: ignore[arg-type]
        raise StoppedError(f"stopped; {options['go_on']}")

    asked = ["retrain", tmp_path / "base", new, "--data", data, "--out", tmp_path / "again", "--json"]
    command = [*map(str, asked), "--set", "epochs=1"]
    with monkeypatch.context() as patched:
        patched.setattr(runs, "train_run", stopped)
        assert main(command) == 130
    assert "go on with the same command and --resume" in capsys.readouterr().err
    assert main(command) == 2
    capsys.readouterr()
    assert main([*command, "--resume"]) in (0, 1)
    assert "taken" in json.loads(capsys.readouterr().out)


def test_a_script_that_compares_a_suite_runs_once(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text(
        '[suite]\nseeds = [1]\nepochs = 1\n[data]\nfolder = "en"\n[training]\nthreads = 1\n'
        "epoch_updates = 1\n"
        '[[models]]\nid = "lstm"\nmodel = { hidden_dim = 8 }\n'
    )
    (tmp_path / "script.py").write_text(
        "import onoma\n"
        "open('times', 'a').write('x')\n"
        "found = onoma.compare('suite.toml', 'report', measure=False)\n"
        "print([model.name for model in found.models])\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=600
    )
    assert (tmp_path / "times").read_text() == "x"
    assert done.stdout.strip() == "['lstm']"
