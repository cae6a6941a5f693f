"""Gold that is none, or is misunderstood, is said with its likely cause, and ends with exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_corpus
from onoma.readers.account import loss_note, mapped_labels, unused_labels
from onoma.readers.label_map import read_label_map
from onoma.readers.plausible import check_gold

OTHER_COLUMN = "Ann\tB-per\tO\nleft\tO\tO\nOslo\tB-loc\tO\n.\tO\tO\n\n"
NUMBERED = "1\tAnn\tB-PER\n2\tleft\tO\n3\tOslo\tB-LOC\n\n"
GOOD = "Ann B-PER\nleft O\nOslo B-LOC\n\n"
TINY = ("--threads", "1", "--epochs", "1", "--set", "hidden_dim=4", "--set", "word_dim=4")


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


CASES = {
    "another column": ("a.tsv", OTHER_COLUMN, (), "column 2 may hold the tags, such as B-per and B-loc"),
    "all outside": ("a.conll", "Ann O\nleft O\n", (), "every tag, in column 2 of 2, is O"),
    "all mapped away": ("a.conll", GOOD, ("--map", "PER=", "--map", "LOC="), "--map drops all of them, 2"),
    "numbers": ("a.tsv", NUMBERED, ("--word-column", 1), "try --word-column 2, with Ann and left"),
    "many labels": (
        "a.conll",
        "".join(f"w{number} B-L{number}\nx O\n\n" for number in range(60)),
        (),
        "bear 60 labels",
    ),
    "no gold": ("a.jsonl", '{"text": "Ann left."}\n', (), "nothing in it is labelled (read as spans-jsonl)"),
}


@pytest.mark.parametrize(("name", "content", "options", "cause"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("command", ["inspect", "evaluate", "train"])
def test_the_cause_is_said(capsys, tmp_path: Path, command, name, content, options, cause) -> None:
    path = write(tmp_path / name, content)
    given = {
        "inspect": ("inspect", path),
        "evaluate": ("evaluate", "en", path),
        "train": ("train", "--model", "lstm", "--train", path, "--out", tmp_path / "run", *TINY),
    }[command]
    code, _, err = run(capsys, *given, *options)
    assert code == 2
    last = err.rstrip().split("\n")[-1]
    assert last.startswith("onoma: error: ")
    assert cause in last
    assert ("--allow-empty" in last) is ("no entity to learn from" not in last)
    assert not (tmp_path / "run").exists()


def test_allow_empty_goes_on(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", CASES["all outside"][1])
    assert run(capsys, "inspect", path, "--allow-empty")[0] == 0
    assert run(capsys, "evaluate", "en", path, "--allow-empty")[0] == 0
    write(tmp_path / "train.conll", GOOD * 3)
    data = ("--train", tmp_path / "train.conll", "--dev", path, "--out", tmp_path / "run")
    code, _, err = run(capsys, "train", "--model", "lstm", *data, *TINY)
    assert (code, f"{path}: holds no entity" in err) == (2, True)
    assert run(capsys, "train", "--model", "lstm", *data, *TINY, "--allow-empty")[0] == 0


def test_findings_in_json_and_counts_of_mapped_labels(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", GOOD * 3)
    options = ("--map", "PER=PERSON", "--map", "LOC=", "--map", "PERS=X")
    code, out, err = run(capsys, "inspect", path, "--json", *options)
    assert code == 0
    split = json.loads(out)[str(path)]
    assert (split["mapped_labels"], split["labels"]) == ({"LOC=": 3, "PER=PERSON": 3}, {"PERSON": 3})
    assert "labels: LOC dropped 3, PER=PERSON 3" in [one["message"] for one in split["findings"]]
    assert "--map PERS=X: no entity is labelled 'PERS'; did you mean 'PER'?" in err
    code, out, err = run(capsys, "convert", path, tmp_path / "b.jsonl", "--json", *options)
    assert json.loads(out)["labels"] == {"LOC=": 3, "PER=PERSON": 3}
    assert f"{path}: labels: LOC dropped 3, PER=PERSON 3" in err
    code, out, _ = run(capsys, "inspect", write(tmp_path / "c.conll", "a O\nb O\n"), "--json")
    (doubt,) = json.loads(out)[str(tmp_path / "c.conll")]["doubts"]
    assert (code, doubt["code"]) == (2, "no-entities")


@pytest.mark.parametrize("command", ["inspect", "convert", "split", "evaluate", "train", "predict"])
def test_much_lost_is_a_warning_with_the_share(capsys, tmp_path: Path, command) -> None:
    path = write(tmp_path / "a.conll", GOOD * 8 + "Ann I-LOC\nleft O O\n\n" * 2)
    given = {
        "inspect": ("inspect", path),
        "convert": ("convert", path, tmp_path / "b.jsonl"),
        "split": ("split", path, tmp_path / "parts"),
        "evaluate": ("evaluate", "en", path, "--map", "per=PER"),
        "train": ("train", "--model", "lstm", "--train", path, "--out", tmp_path / "run", *TINY),
        "predict": ("predict", "en", path),
    }[command]
    code, out, err = run(capsys, *given, "--on-error", "skip")
    assert code == 0, err
    assert "warning: 2 of 10 sentences or documents (20 %) are left out" in " ".join((out + err).split())
    if command not in ("inspect", "split", "train"):
        assert "column-count" not in run(capsys, *given, "--on-error", "skip", "--quiet")[2]


def test_units(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", GOOD)
    log, options = ReadLog(), ReadOptions(labels=read_label_map(["PER=LOC", "GPE=X"]))
    corpus = read_corpus(path, options, log)
    assert mapped_labels(log) == {"PER=LOC": 1}
    assert loss_note(log) == ""
    assert len(list(unused_labels(options.labels, [log], corpus.entity_labels))) == 1
    assert list(unused_labels(options.labels, [log], corpus.entity_labels, used=["GPE"])) == []
    check_gold(corpus.documents, log, options, str(path))
    with pytest.raises(DataError, match="no entity") as caught:
        check_gold([one.with_entities([]) for one in corpus.documents], log, options, str(path))
    assert (caught.value.code, caught.value.path) == ("no-entities", str(path))


def test_real_corpora_raise_no_doubt(shared_data: Path) -> None:
    for name in ("wnut17/emerging.test.annotated", "factrueval2016/testset.conll", "nerel-v1.1/test.jsonl"):
        path = shared_data / name
        if path.is_file():
            log, options = ReadLog(), ReadOptions(on_misaligned="expand")
            check_gold(read_corpus(path, options, log).documents, log, options, str(path))
