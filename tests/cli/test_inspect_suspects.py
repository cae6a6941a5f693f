"""Label suspects through the real command line."""

from __future__ import annotations

import json
import shutil
import tomllib
from contextlib import nullcontext
from pathlib import Path

import pytest
import tomli_w

from onoma.api.suspect_request import Request, check_request
from onoma.errors import ConfigError
from onoma.readers import read_corpus
from onoma.resources import bundled_corpora

CORPUS = bundled_corpora()["en"]


def test_dev_and_test_are_judged_by_the_run_itself(onoma, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = onoma("inspect", "--suspects", trained, "--out", out, "--json", "--threads", 1, "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    documents = {split: read_corpus(CORPUS / f"{split}.jsonl").documents for split in ("dev", "test")}
    assert found["documents"] == sum(map(len, documents.values()))
    assert found["judged"] + sum(found["unjudged"].values()) == sum(
        len(one.entities) for part in documents.values() for one in part
    )
    suspects = found["suspects"]
    assert suspects
    assert sum(found["kinds"].values()) == len(suspects)
    ranks = [one["rank"] for one in suspects]
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 <= one["rank"] <= one["margin"] for one in suspects)
    for one in suspects:
        texts = {document.id: document.text for document in documents[one["split"]]}
        lines = Path(one["path"]).read_text(encoding="utf-8").splitlines()
        assert json.loads(lines[one["line"] - 1])["text"] == texts[one["document"]]
        for side in (one["gold"], one["suggested"]):
            assert side is None or texts[one["document"]][side["start"] : side["end"]] == side["text"]
    rows = (out / "suspects.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row) for row in rows] == suspects
    assert "<mark" in (out / "suspects.html").read_text(encoding="utf-8")
    for split, part in documents.items():
        wanted = {one["document"] for one in suspects if one["split"] == split}
        if wanted:
            again = read_corpus(out / "documents" / f"{split}.jsonl").documents
            assert again == tuple(document for document in part if document.id in wanted)


def test_given_files_stay_in_their_format(onoma, trained: Path, tmp_path: Path) -> None:
    data, out = tmp_path / "data.conll", tmp_path / "out"
    assert onoma("convert", CORPUS / "test.jsonl", data, "--scheme", "BIOES", "-q").returncode == 0
    done = onoma(
        "inspect", "--suspects", trained, data, "--limit", 3, "--out", out, "--strict", "--threads", 1
    )
    assert done.returncode == 1, done.stderr  # there are suspects
    assert "the 3 most suspect are shown" in done.stdout
    assert "documents as conll" in done.stderr
    again = read_corpus(out / "documents" / "data.conll")
    assert 0 < len(again.documents) <= 3
    texts = {document.text for document in read_corpus(data).documents}
    assert {document.text for document in again.documents} <= texts
    first = json.loads((out / "suspects.jsonl").read_text(encoding="utf-8").splitlines()[0])
    lines = data.read_text(encoding="utf-8").splitlines()
    assert lines[first["line"] - 1].split("\t")[0]  # a sentence begins there
    assert first["line"] == 1 or not lines[first["line"] - 2] or lines[first["line"] - 2].startswith("-DOC")


def test_files_of_one_name_stay_apart(onoma, trained: Path, tmp_path: Path) -> None:
    texts = (CORPUS / "test.jsonl").read_text(encoding="utf-8")
    for folder, text in (("a", texts), ("b", (CORPUS / "dev.jsonl").read_text(encoding="utf-8"))):
        (tmp_path / folder).mkdir()
        assert onoma("convert", "-", tmp_path / folder / "x.conll", "-q", text=text).returncode == 0
    files = [str(tmp_path / folder / "x.conll") for folder in "ab"]
    out = tmp_path / "out"
    done = onoma("inspect", "--suspects", trained, *files, files[0], "--out", out, "--json", "--threads", 1)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    corpora = {file: read_corpus(file).documents for file in files}
    assert found["documents"] == sum(map(len, corpora.values()))
    assert {(one["split"], one["path"]) for one in found["suspects"]} == {("x", files[0]), ("x-2", files[1])}
    for one in found["suspects"]:
        texts_of = {document.id: document.text for document in corpora[one["path"]]}
        for side in (one["gold"], one["suggested"]):
            assert side is None or texts_of[one["document"]][side["start"] : side["end"]] == side["text"]
    assert {path.name for path in (out / "documents").iterdir()} == {"x.conll", "x-2.conll"}


@pytest.mark.parametrize(
    ("changes", "asked", "said"),
    [
        ({}, (), ""),
        ({"seed": 99}, (), ""),
        ({"seed": 99, "dev": None}, (), "held out of train as dev"),
        ({"seed": 99, "dev": None}, ("--split", "dev"), "held out of train as dev"),
        ({"seed": 99, "dev": None}, ("--split", "test"), ""),
        ({"label_map": ["geo=LOC"]}, (), "read its data in another way"),
        ({"test": "other.jsonl"}, (), "was trained on other data"),
        (None, (), "named twice"),
    ],
)
def test_further_runs_have_not_seen_what_they_judge(
    trained: Path, tmp_path: Path, changes, asked, said
) -> None:
    runs = [tmp_path / "one", tmp_path / "two"]
    for run in runs:
        shutil.copytree(trained, run)
        config = tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))
        for name, value in (changes or {}).items():
            table = config["training" if name == "seed" else "data"]
            if value is None:
                del table[name]
            elif run == runs[1]:
                table[name] = value
        (run / "config.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
    if changes is None:
        runs[1] = runs[0] / ".." / "one"
    request = Request(runs=runs, split=asked[1] if asked else "out-of-fold")
    with pytest.raises(ConfigError, match=said) if said else nullcontext():
        check_request(request)


def test_train_is_judged_by_folds_that_are_trained_once(onoma, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("inspect", "--suspects", trained, "--split", "train", "--folds", 2, "--epochs", 1, "--out", out)
    done = onoma(*asked, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    train = read_corpus(CORPUS / "train.jsonl").documents
    assert found["documents"] == len(train)
    judged = []
    for fold in ("fold-1", "fold-2"):
        learnt = read_corpus(out / "folds" / f"{fold}-train.jsonl").documents
        judged += [one.id for one in train if one.id not in {other.id for other in learnt}]
        assert (out / "runs" / fold / "bundle" / "manifest.json").exists()
    assert sorted(judged) == sorted(one.id for one in train)
    bundles = [path.stat().st_mtime_ns for path in sorted(out.glob("runs/*/metrics.json"))]
    again = onoma(*asked, "--json")
    assert json.loads(again.stdout) == found
    assert "fold-2: is there already" in again.stderr
    assert (out / "documents.old-1").exists() == (out / "documents").exists()  # what was there is kept
    assert bundles == [path.stat().st_mtime_ns for path in sorted(out.glob("runs/*/metrics.json"))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--split", "train"), "--out"),
        (("--split", "tset"), "did you mean 'test'"),
        (("--html", "page.html"), "--out"),
        ((CORPUS / "train.jsonl",), "was trained on this"),
        (("-",), "not standard input"),
        ((CORPUS / "test.jsonl", "--split", "test"), "of the run's own data"),
    ],
)
def test_wrong_use_is_refused_in_a_line(onoma, trained: Path, arguments, said: str) -> None:
    done = onoma("inspect", "--suspects", trained, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_is_needed(onoma, trained: Path, tmp_path: Path) -> None:
    for asked, said in [
        (("--suspects", tmp_path), "is no finished run"),
        (("--suspects", trained, "--out", trained), "is a run's own folder"),
        ((), "name the DATA"),
        (("en", "--limit", 3), "goes with --suspects"),
    ]:
        done = onoma("inspect", *asked)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_labels_that_cannot_meet_do_not_pass_as_no_suspects(onoma, trained: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    words = ("--map", "PER=per", "--map", "LOC=geo", "--map", "ORG=org", "--map", "MISC=")
    assert onoma("convert", CORPUS / "test.jsonl", data, *words, "-q").returncode == 0
    done = onoma("inspect", "--suspects", trained, data, "--strict", "--threads", 1)
    assert done.returncode == 2
    assert "have no label in common" in done.stderr.splitlines()[-1]
