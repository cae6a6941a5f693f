"""``onoma weak`` from end to end: labelled, learned from, killed, gone on with, and used wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Onoma
from killing import kill_at_change

import onoma as library
from onoma.cli.main import main
from onoma.errors import ConfigError
from onoma.resources import bundled_corpora
from onoma.teachers.targets import open_targets
from onoma.training.distillation import texts

RULES = """
[[words]]
name = "places"
label = "LOC"
list = ["Paris", "London", "Berlin", "New York", "Madrid", "Rome", "Vienna", "Oslo", "Tokyo", "Washington"]

[[words]]
name = "wrong places"
label = "LOC"
list = ["Anna", "Paris", "London", "Maria", "Monday", "Tuesday", "The"]

[[patterns]]
name = "two names"
label = "PER"
pattern = '\\b[A-Z][a-z]+ [A-Z][a-z]+\\b'
"""

MODEL = """
[[models]]
name = "en"
model = "en"
map = { per = "PER", geo = "LOC", gpe = "LOC", org = "ORG", tim = "", art = "", eve = "", nat = "" }
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rules and raw text."""
    folder = tmp_path_factory.mktemp("weak")
    lines = (bundled_corpora()["en"] / "train.jsonl").read_text(encoding="utf-8").splitlines()
    sentences = [line for one in lines for line in json.loads(one)["text"].split("\n") if line.strip()]
    (folder / "raw.txt").write_text("\n".join(sentences[:150]) + "\n", encoding="utf-8")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    (folder / "with-model.toml").write_text(RULES + MODEL, encoding="utf-8")
    return folder


def labelling(place: Path, out: Path, *more: object) -> tuple[object, ...]:
    return ("weak", place / "rules.toml", place / "raw.txt", "--out", out, "--threads", 1, *more)


def content(silver: Path) -> dict[str, bytes]:
    """All files but what the system adds."""
    return {
        str(path.relative_to(silver)): path.read_bytes()
        for path in sorted(silver.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def test_words_without_spaces_stay_so(tmp_path: Path, onoma: Onoma) -> None:
    (tmp_path / "rules.toml").write_text("[[words]]\nlabel = 'LOC'\nlist = ['東京']\n", encoding="utf-8")
    (tmp_path / "raw.txt").write_text("東京都に住む。 京都は  Rome だ。\nHe didn't go.\n", encoding="utf-8")
    assert onoma(*labelling(tmp_path, tmp_path / "silver", "--held-out", 0)).returncode == 0
    lines = (tmp_path / "silver" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == [
        "東京都に住む。\n京都は Rome だ。",
        "He didn't go.",
    ]


def test_the_whole_road(place: Path, tmp_path: Path, onoma: Onoma) -> None:
    silver, run = tmp_path / "silver", tmp_path / "run"
    with_model = ("weak", place / "with-model.toml", place / "raw.txt", "--out", silver, "--threads", 1)
    done = onoma(*with_model, "--json", "--quiet", "--held-out", 0.2)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["labels"] == ["LOC", "ORG", "PER"]
    assert told["documents"] == 150
    assert told["held_out_documents"] == 30
    assert min(told["entities"].values()) > 0
    by_source = {(one["source"], one["label"]): one for one in told["sources"]}
    assert set(by_source) == {
        ("places", "LOC"), ("wrong places", "LOC"), ("two names", "PER"),
        ("en", "LOC"), ("en", "ORG"), ("en", "PER"),
    }  # fmt: skip
    assert by_source["places", "LOC"]["precision"] > by_source["wrong places", "LOC"]["precision"]
    assert told["conflicts"][0]["examples"]
    targets = open_targets(silver)
    assert targets.labels == ("LOC", "ORG", "PER")
    assert sum(len(shard.targets.counts) for shard in targets.shards()) == told["tokens"]
    # An ordinary training learns from it.
    done = onoma(
        *("train", "--model", "bilstm-crf", "--data", silver, "--out", run, "--epochs", 8, "--quiet"),
        *("--json", "--set", f"targets={silver}", "--set", "targets_share=1", "--threads", 1),
        *("--set", "hidden_dim=16", "--set", "word_dim=16", "--set", "batch_size=8", "--set", "average=0"),
        *("--set", "learning_rate=0.02"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["dev"]["entity"]["f1"] > 0.1
    tagged = onoma("predict", run, "-", "--to", "jsonl", text="Anna lives in Paris.\n")
    assert tagged.returncode == 0, tagged.stderr


def test_finished_is_used_and_other_is_refused(place: Path, tmp_path: Path, onoma: Onoma) -> None:
    silver = tmp_path / "silver"
    assert onoma(*labelling(place, silver, "--merge", "majority")).returncode == 0
    before = content(silver)
    assert not (silver / "merger.safetensors").exists()
    again = onoma(*labelling(place, silver, "--merge", "majority"))
    assert again.returncode == 0, again.stderr
    assert "used as it is" in again.stderr
    assert "sources; precision and recall as estimated" in again.stdout
    assert content(silver) == before
    other = onoma(*labelling(place, silver))
    assert other.returncode == 2
    assert "the merge are not those" in other.stderr or "the merge" in other.stderr


@pytest.mark.parametrize("change", [12, 55])
def test_killed_and_gone_on_with(place: Path, tmp_path: Path, onoma: Onoma, change: int) -> None:
    """At some change below the folder: while sources vote, while it is learned, while votes are merged."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = onoma(*labelling(place, whole))
    assert done.returncode == 0, done.stderr
    killed.mkdir()
    words = [str(word) for word in labelling(place, killed / "silver")]
    assert kill_at_change(words, killed, change)
    done = onoma(*words, "--resume")
    assert done.returncode == 0, done.stderr
    assert content(killed / "silver") == content(whole)


def test_several_shards(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = library.weak(place / "rules.toml", place / "raw.txt", tmp_path / "one", threads=1)
    monkeypatch.setattr(texts, "SHARD_TOKENS", 400)
    parts = library.weak(place / "rules.toml", place / "raw.txt", tmp_path / "many", threads=1)
    assert parts.record["shards"] > 3
    for name in ("entities", "documents", "tokens", "held_out_documents"):
        assert parts.record[name] == made.record[name]


def test_data_is_escaped_where_it_is_shown(tmp_path: Path, onoma: Onoma) -> None:
    (tmp_path / "raw.txt").write_text("He saw Paris \x1b[31m[bold]there\n" * 3, encoding="utf-8")
    rules = "[[words]]\nname = '[red]a'\nlist = ['Paris']\nlabel = 'LOC'\n"
    others = [rules.replace("[red]a", "b").replace("LOC", "PER"), rules.replace("[red]a", "c")]
    (tmp_path / "rules.toml").write_text(rules + "".join(others))
    done = onoma(
        "weak", tmp_path / "rules.toml", tmp_path / "raw.txt", "--out", tmp_path / "s", "--held-out", 0
    )
    assert done.returncode == 0, done.stderr
    assert "[red]a: LOC, b: PER" in done.stdout
    assert "[ bold ] there" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_functions_are_run_and_that_is_said(place: Path, tmp_path: Path, onoma: Onoma) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from onoma.voting.labeller import Labeller\n"
        "def find(document):\n"
        "    return [(t.start, t.end, 'NUM') for t in document.tokens if t.text.isdigit()]\n"
        "ONE = Labeller('numbers', ('NUM',), find)\n"
    )
    done = onoma(*labelling(place, tmp_path / "silver", "--functions", path, "--quiet"))
    assert done.returncode == 0, done.stderr
    assert f"running {path}" in done.stderr
    assert "numbers" in done.stdout


def test_the_example_is_a_beginning(place: Path, tmp_path: Path, onoma: Onoma) -> None:
    done = onoma("weak", "--example")
    assert done.returncode == 0
    (tmp_path / "rules.toml").write_text(done.stdout, encoding="utf-8")
    done = onoma("weak", tmp_path / "rules.toml", place / "raw.txt", "--out", tmp_path / "silver")
    assert done.returncode == 0, done.stderr


def test_a_hostile_pattern_is_one_line(tmp_path: Path, onoma: Onoma) -> None:
    (tmp_path / "raw.txt").write_text("a" * 50 + "\n")
    (tmp_path / "rules.toml").write_text(
        "[[patterns]]\nname = 'p'\nlabel = 'X'\npattern = '(a+)+b'\nseconds = 0.1\n"
    )
    done = onoma("weak", tmp_path / "rules.toml", tmp_path / "raw.txt", "--out", tmp_path / "s")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "source 'p': the pattern [(a+)+b] takes more than 0.1 s" in line


WRONG: list[tuple[list[str], str]] = [
    ([], "needs RULES.toml"),
    (["RULES", "RAW"], "needs RULES.toml"),
    (["RULES", "RAW", "--out", "OUT", "--merge", "hm"], "unknown way to merge 'hm'; did you mean 'hmm'?"),
    (["nowhere.toml", "RAW", "--out", "OUT"], "nowhere.toml: cannot read the rules"),
    (["RULES", "nowhere.txt", "--out", "OUT"], "nowhere.txt: no such file"),
    (["RULES", "-", "--out", "OUT"], "is a pipe"),
    (["RULES", "EMPTY", "--out", "OUT"], "holds no document"),
    (["RULES", "NOTHING", "--out", "OUT"], "sources find no entity"),
    (["RULES", "SHORT", "--out", "OUT"], "give more, or --held-out 0"),
    (["RULES", "RAW", "--out", "OUT", "--functions", "no.py"], "--functions no.py: no such file"),
    (["RULES", "RAW", "--out", "PLACE"], "is not empty; name another folder for the targets"),
    (["RULES", "RAW", "--out", "OUT", "--tokenizer", "x"], "x"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_use_is_one_line(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "nothing.txt").write_text("and so on\n")
    (tmp_path / "short.txt").write_text("Paris\n")
    (tmp_path / "rules.toml").write_text("[[words]]\nlist = ['Paris']\nlabel = 'LOC'\n")
    names = {
        "RULES": tmp_path / "rules.toml", "RAW": place / "raw.txt", "OUT": tmp_path / "out",
        "EMPTY": tmp_path / "empty.txt", "NOTHING": tmp_path / "nothing.txt", "SHORT": tmp_path / "short.txt",
        "PLACE": place,
    }  # fmt: skip
    code = main(["weak", *(str(names.get(word, word)) for word in words)])
    error = capsys.readouterr().err
    assert code == 2
    assert said in error.splitlines()[-1]
    record = tmp_path / "out" / "targets.json"
    assert not record.exists() or not json.loads(record.read_text())["finished"]


def test_from_python_what_is_wrong_is_refused(place: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"held-out share of 0\.9"):
        library.weak(place / "rules.toml", place / "raw.txt", tmp_path / "out", held_out=0.9)
    with pytest.raises(ConfigError, match="name the texts"):
        library.weak(place / "rules.toml", [], tmp_path / "out")
