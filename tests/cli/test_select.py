"""``onoma select`` from end to end: suggestions for annotation tools, and never annotation."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

import onoma
from onoma.cli.main import main
from onoma.errors import DataError

POOL = str(Path(onoma.__file__).parent / "resources" / "corpora" / "en" / "test.jsonl")


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def texts(path: Path) -> set[str]:
    return {one["data"]["text"] if "data" in one else one["text"] for one in records(path)}


def records(path: Path) -> list[dict]:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("to", ["label-studio", "prodigy", "doccano", "spans-jsonl"])
def test_suggestions_in_the_tools_own_format(capsys, tmp_path: Path, to: str) -> None:
    out = tmp_path / "next.json"
    arguments = ("select", "en", POOL, "--budget", 6, "--random-share", 0.34, "--to", to, "--out", out)
    code, said, err = run(capsys, *arguments, "--map", "org=ORG", "--json")
    assert code == 0, err
    found = json.loads(said)
    assert found["files"] == {str(out): 4, str(tmp_path / "next.random.json"): 2}
    chosen = records(out)
    sample = records(tmp_path / "next.random.json")
    assert (len(chosen), len(sample)) == (4, 2)
    for one in chosen:
        text = one["data"]["text"] if to == "label-studio" else one["text"]
        assert text
        assert not one.get("annotations")
        assert "answer" not in one
        assert "entities" not in one
    if to == "label-studio":
        prediction = chosen[0]["predictions"][0]
        assert prediction["model_version"].startswith("en-")
        assert 0 <= prediction["score"] <= 1
        assert all(0 <= region["score"] <= 1 for region in prediction["result"])
        assert [one["data"]["selection"] for one in chosen] == [one["score"] for one in found["chosen"]]
        assert sample[0]["data"]["strategy"] == "random sample"
    labels = json.dumps(chosen)
    assert '"ORG"' in labels
    assert '"org"' not in labels
    # Read as gold it is none: nobody has confirmed anything.
    if to != "doccano":  # which has no place to say so
        with pytest.raises(DataError, match="no document was read"):
            onoma.read(out)


@pytest.mark.parametrize("to", ["label-studio", "prodigy", "spans-jsonl"])
def test_what_is_annotated_is_left_out(capsys, tmp_path: Path, to: str) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    given = ("--to", to, "--budget", 30)
    assert run(capsys, "select", "en", POOL, "--out", first, *given)[0] == 0
    code, _, err = run(capsys, "select", "en", POOL, "--out", second, *given, "--without", first)
    assert code == 0
    assert "30 chosen before" in err
    assert not texts(first) & texts(second)
    whole = ("--without", POOL)
    code, _, err = run(capsys, "select", "en", POOL, "--out", second, *given, *whole)
    assert (code, "nothing that was not chosen before" in err) == (2, True)


def test_raw_text_by_documents_and_more_budget_than_there_is(capsys, tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text("Ann Lee left Oslo. She was tired.\nAnn Lee left Oslo. She was tired.\nBo came to Rome.\n")
    out = tmp_path / "out.jsonl"
    code, said, err = run(
        capsys, "select", "en", raw, "--out", out, "--to", "prodigy", "--budget", 9, "--unit", "document"
    )
    assert code == 0, err
    assert "only 2 of 9 were chosen" in err
    assert {one["text"] for one in records(out)} == {"Ann Lee left Oslo. She was tired.", "Bo came to Rome."}
    assert f"{out}: 2 documents" in said


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--to", "conll"], "cannot tell suggestions from annotations"),
        (["--to", "label-studoi"], "did you mean 'label-studio'"),
        (["--strategy", "entropie"], "did you mean 'entropy'"),
        (["--strategy", "disagreement"], "--also"),
        (["--random-share", "2"], "random-share"),
        (["--budget", "0"], "budget"),
        (["--out", "no/such/next.json"], "no/such"),
    ],
)
def test_wrong_use(capsys, tmp_path: Path, monkeypatch, options: list[str], part: str) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"--out": "next.json", "--budget": "3"} | dict([options])
    code, out, err = run(capsys, "select", "en", POOL, *(one for pair in given.items() for one in pair))
    assert (code, out) == (2, "")
    assert part in err
    assert not list(tmp_path.iterdir())


def test_from_python() -> None:
    found = onoma.select("en", POOL, 3, strategy="least-confidence", random_share=0.4)
    assert (len(found.chosen), len(found.sample)) == (2, 1)
    other = onoma.select("en", POOL, 2, also=["en"])
    assert other.strategy == "disagreement"
    assert [one.score for one in other.chosen] == [0.0, 0.0]  # a model agrees with itself


def test_unseen_reads_the_mentions_of_what_is_annotated(capsys, tmp_path: Path) -> None:
    raw, done, bare = tmp_path / "raw.txt", tmp_path / "done.conll", tmp_path / "bare.txt"
    raw.write_text("We flew to Paris and to London.\nThey went to Berlin and to Madrid.\n")
    done.write_text("Paris B-geo\nand O\nLondon B-geo\n. O\n")
    bare.write_text("Paris and London.\n")
    out = tmp_path / "out.jsonl"
    given = ("select", "en", raw, "--out", out, "--to", "prodigy", "--budget", 1, "--strategy", "unseen")
    code, _, err = run(capsys, *given, "--without", done)
    assert code == 0, err
    assert "Berlin" in records(out)[0]["text"]
    code, _, err = run(capsys, *given, "--without", bare)
    assert code == 2
    assert "bare.txt" in err


def test_what_is_annotated_may_be_read_once_only() -> None:
    """A generator is gone through for texts and for mentions, and would be empty at the second look."""
    pool = [{"text": "We flew to Paris and to London."}, {"text": "They went to Berlin and to Madrid."}]
    done = {"text": "Paris and London.", "entities": [
        {"start": 0, "end": 5, "label": "geo"}, {"start": 10, "end": 16, "label": "geo"}
    ]}  # fmt: skip
    found = onoma.select("en", pool, 1, strategy="unseen", without=[iter([done])])
    assert "Berlin" in found.chosen[0].document.text


def test_a_pipe_of_what_is_annotated_is_read_once(capsys, tmp_path: Path) -> None:
    raw, pipe, out = tmp_path / "raw.txt", tmp_path / "pipe", tmp_path / "out.jsonl"
    raw.write_text("We flew to Paris and to London.\nThey went to Berlin and to Madrid.\n")
    os.mkfifo(pipe)
    done = "Paris B-geo\nand O\nLondon B-geo\n. O\n"
    writer = threading.Thread(target=pipe.write_text, args=(done,), daemon=True)
    writer.start()
    given = ("select", "en", raw, "--out", out, "--to", "prodigy", "--budget", 1, "--strategy", "unseen")
    code, _, err = run(capsys, *given, "--without", pipe)
    assert code == 0, err
    assert "Berlin" in records(out)[0]["text"]
    writer.join()
