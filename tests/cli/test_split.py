"""``onoma split``: sizes, balance, copies, refusals."""

import json
from collections import Counter
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.readers import find_splits, read_corpus, read_documents
from onoma.resources import bundled_corpora

CORPUS = bundled_corpora()["en"] / "train.jsonl"


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["split", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    path = tmp_path / "in.txt"
    sentences = [
        f"w{n} O\nAnn {'S-PER' if n % 2 else 'O'}\nBonn {'S-LOC' if n % 10 == 0 else 'O'}\n"
        for n in range(200)
    ]
    path.write_text("\n".join(sentences + sentences[:20]))
    return path


def test_parts_in_the_format_of_the_input(capsys, tmp_path: Path, columns: Path) -> None:
    out = tmp_path / "parts"
    code, table, err = run(capsys, columns, out, "--test", 0.1, "--dev", 0.2, "--seed", 13)
    assert code == 0
    assert sorted(path.name for path in out.iterdir()) == ["dev.conll", "test.conll", "train.conll"]
    parts = {name: read_corpus(path) for name, path in find_splits(out).items()}
    assert {name: len(part.documents) for name, part in parts.items()} == {
        "train": 154,
        "dev": 44,
        "test": 22,
    }
    assert "E-" not in (out / "train.conll").read_text()
    assert "S-PER" in (out / "train.conll").read_text()  # in the tag scheme of the input
    texts = {name: {document.text for document in part.documents} for name, part in parts.items()}
    assert not texts["train"] & texts["dev"] | texts["train"] & texts["test"] | texts["dev"] & texts["test"]
    assert "20 of 220 documents repeat an earlier one" in err
    assert "also stand in train" not in err
    row = next(line for line in table.splitlines() if "LOC" in line)
    assert row.replace("│", " ").split()[1] == "22"
    labels = Counter(span.label for document in parts["dev"].documents for span in document.entities)
    assert abs(labels["LOC"] - 4.4) < 1
    assert abs(labels["PER"] - 22) <= 1


def test_same_seed_same_files_and_another_seed_others(capsys, tmp_path: Path, columns: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run(capsys, columns, tmp_path / name, "--seed", seed, "--quiet")[0] == 0
    a, b, c = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("a", "b", "c")
    )
    assert a == b != c


def test_copies_may_be_parted_and_it_is_said(capsys, tmp_path: Path, columns: Path) -> None:
    options = ("--no-group-duplicates", "--no-stratify", "--json")
    code, out, err = run(capsys, columns, tmp_path / "parts", *options)
    summary = json.loads(out)
    assert code == 0
    assert summary["duplicates"] == 20
    assert sum(summary["sentences_also_in_train"].values()) > 0
    assert "sentences of test also stand in train" in err
    assert sum(part["documents"] for part in summary["parts"].values()) == 220


def test_whole_documents_or_their_sentences(capsys, tmp_path: Path) -> None:
    _, out, _ = run(capsys, CORPUS, tmp_path / "documents", "--json")
    whole = json.loads(out)
    ids = [
        document.id
        for path in find_splits(tmp_path / "documents").values()
        for document in read_documents(path)
    ]
    assert sorted(ids) == sorted(document.id for document in read_documents(CORPUS))
    code, out, err = run(capsys, CORPUS, tmp_path / "sentences", "--by", "sentence", "--json")
    summary = json.loads(out)
    assert code == 0
    assert all(part["documents"] == part["sentences"] for part in summary["parts"].values())
    entities = sum(part["entities"] for part in summary["parts"].values())
    assert entities == sum(part["entities"] for part in whole["parts"].values())
    assert "document labels" in err


def test_a_part_may_be_left_out_and_another_format_written(capsys, tmp_path: Path) -> None:
    out = tmp_path / "parts"
    code, printed, _ = run(capsys, CORPUS, out, "--test", 0, "--to", "text-tags-csv", "--json")
    assert code == 0
    assert sorted(path.name for path in out.iterdir()) == ["dev.csv", "train.csv"]
    writing = json.loads(printed)["writing"]["dev"]
    assert writing["fitting"]["flattened"]["nested"] > 0
    (tmp_path / "empty").mkdir()
    assert run(capsys, CORPUS, tmp_path / "empty", "--test", 0, "--dev", 0)[0] == 0
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["train.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["in.txt", "full"], "not an empty folder"),
        (["in.txt", "in.txt"], "not an empty folder"),
        (["in.txt", "out", "--test", "0.6", "--dev", "0.4"], "between 0 and 1"),
        (["in.txt", "out", "--test", "-0.1"], "between 0 and 1"),
        (["none.txt", "out"], "no such file"),
        (["in.txt", "out", "--to", "connl"], "did you mean 'conll'"),
        (["few.txt", "out"], "too few"),
        (["bad.txt", "out"], "bad.txt:2"),
    ],
)
def test_wrong_usage(capsys, monkeypatch, columns: Path, arguments: list[str], part: str) -> None:
    monkeypatch.chdir(columns.parent)
    Path("full").mkdir()
    Path("full/file").touch()
    Path("few.txt").write_text("a O\n\nb B-X\n")
    Path("bad.txt").write_text("a O\nb X-X\n")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert part in err.splitlines()[-1]
    assert err.splitlines()[-1].startswith("onoma: error: ")
    assert sorted(path.name for path in columns.parent.iterdir()) == ["bad.txt", "few.txt", "full", "in.txt"]


def test_in_a_process_of_its_own(onoma, tmp_path: Path, columns: Path) -> None:
    done = onoma("split", columns, tmp_path / "parts", "--by", "sentence")
    assert done.returncode == 0, done.stderr
    assert "PER" in done.stdout
    assert onoma("split", columns, tmp_path / "parts").returncode == 2
    assert onoma("split", columns, tmp_path / "other", "--by", "word").returncode == 2
