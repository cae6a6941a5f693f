"""Training word vectors with gensim, and what a run tells about those it uses."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from onoma.cli.main import main
from onoma.errors import DataError
from onoma.features.vectors import load_vectors
from onoma.readers import RawText
from onoma.training import vectors as vectors_module
from onoma.training.vectors import VectorsConfig, train_vectors

CITIES, FRUIT = ("Oslo", "Rome", "Bonn"), ("apples", "pears", "plums")
LINES = [
    line
    for round_number in range(60)
    for city in CITIES
    for fruit in FRUIT
    for line in (f"They live in {city} by the river .", f"He eats ripe {fruit} for breakfast .")
    if (round_number + len(city) + len(fruit)) % 2 or round_number < 30
]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress(("\n\n".join(LINES) + "\n").encode()))
    return path


def settings(kind, **changes) -> VectorsConfig:
    return VectorsConfig(
        **{"kind": kind, "dim": 16, "epochs": 8, "learning_rate": 0.05, "buckets": 500} | changes
    )


@pytest.mark.parametrize("kind", ["word2vec", "fasttext"])
def test_words_of_like_use_become_alike(text, kind) -> None:
    seen = []
    trained = train_vectors(RawText((str(text),)), settings(kind), seen.append)
    assert set(CITIES) < set(trained.words)
    assert {word for word, _ in trained.nearest("Oslo", 2)} == {"Rome", "Bonn"}
    assert (trained.subwords is not None) == (kind == "fasttext")
    assert trained.vector("Oslos")[1] == ("subword" if kind == "fasttext" else "none")
    assert [one.epoch for one in seen] == sorted(one.epoch for one in seen)
    assert (seen[0].epoch, seen[-1].epoch) == (0, 8)
    assert seen[-1].words == seen[-1].total == sum(len(line.split()) for line in LINES)


@pytest.mark.parametrize("kind", ["word2vec", "fasttext"])
def test_one_thread_is_repeatable(text, kind) -> None:
    one, two = (
        train_vectors(RawText((str(text),)), settings(kind, epochs=1), lambda _: None) for _ in range(2)
    )
    assert one.words == two.words
    np.testing.assert_array_equal(one.rows, two.rows)
    other = train_vectors(RawText((str(text),)), settings(kind, epochs=1, seed=14), lambda _: None)
    assert not np.array_equal(one.rows, other.rows)


def test_fasttext_is_what_gensim_says(text, monkeypatch) -> None:
    kept = []
    extract = vectors_module._extract
    monkeypatch.setattr(
        vectors_module,
        "_extract",
        lambda trained, config: [kept.append(trained), extract(trained, config)][1],
    )
    trained = train_vectors(RawText((str(text),)), settings("fasttext", epochs=1), lambda _: None)
    for word in ("Oslo", "Oslos", "река", "🙂🙂", "naïve"):
        np.testing.assert_allclose(trained.vector(word)[0], kept[0].get_vector(word), atol=1e-6)


def test_limits_and_lower_case(text) -> None:
    trained = train_vectors(
        RawText((str(text),)), settings("word2vec", epochs=1, max_words=5, lowercase=True), lambda _: None
    )
    assert len(trained) == 5
    assert all(word == word.lower() for word in trained.words)


def test_long_paragraphs_are_read_whole(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("a b " * 10_000 + "c c c")
    trained = train_vectors(
        RawText((str(tmp_path / "long.txt"),)), settings("word2vec", epochs=1), lambda _: None
    )
    assert set(trained.words) == {"a", "b", "c"}


def test_too_little_text(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("Each word once .\n")
    with pytest.raises(DataError, match="no word occurs 3 times"):
        train_vectors(RawText((str(tmp_path / "short.txt"),)), settings("word2vec"), lambda _: None)


def test_gensim_missing_is_said(text, monkeypatch, capsys) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gensim", None)
    assert main(["vectors", "train", str(text), "--out", str(text.parent / "v")]) == 2
    assert "needs gensim: pip install 'onoma[vectors]'" in capsys.readouterr().err


TRAIN = "Anna B-PER\nlives O\nin O\nOslo B-LOC\n\nRome B-LOC\n\n"


def test_road_from_text_to_tagger(text, tmp_path: Path, capsys) -> None:
    out, trimmed, data = tmp_path / "v", tmp_path / "small", tmp_path / "data"
    data.mkdir()
    (data / "train.txt").write_text(TRAIN)
    (data / "dev.txt").write_text("OSLO B-LOC\nzz O\n")
    fast = ("--dim", 12, "--epochs", 1, "--threads", 1, "--buckets", 200)
    assert run("vectors", "train", text, "--out", out, "--kind", "fasttext", *fast) == 0
    assert "epoch 1/1: 100%" in capsys.readouterr().err
    assert run("vectors", "trim", out, "--vocab", data, "--out", trimmed) == 0
    assert set(load_vectors(trimmed).vectors.words) == {"Oslo", "Rome", "in"}
    capsys.readouterr()
    assert run("vectors", "info", trimmed, "--vocab", data, "--near", "Oslo", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["words"], facts["dim"], facts["subwords"]) == (3, 12, True)
    assert facts["coverage"]["types"] == {
        "total": 7, "exact": 3, "case": 1, "subword": 3, "none": 0, "share": 1.0,
    }  # fmt: skip
    assert {word for word, _ in facts["near"]["Oslo"]} == {"Rome", "in"}
    model = ("--model", "lstm", "--epochs", 1, "--threads", 1, "--set", "hidden_dim=8")
    assert run("train", *model, "--data", data, "--vectors", trimmed, "--out", tmp_path / "run") == 0
    errors = capsys.readouterr().err
    assert "word vectors: 3 words and subwords, 12 numbers each" in errors
    assert "dev: 2 tokens: case 50.0%, subword 50.0%" in errors
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["vectors"]["coverage"]["dev"]["tokens"]["case"] == 1
    options = json.loads((tmp_path / "run" / "bundle" / "config.json").read_text())["options"]
    assert options["vectors"] == "small"  # not where it lay on this machine
    trimmed.unlink()
    (tmp_path / "in.txt").write_text("Oslos and zzz\n")
    assert run("predict", tmp_path / "run", tmp_path / "in.txt", "--to", "jsonl") == 0


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_text_output_is_word2vec(text, tmp_path: Path) -> None:
    fast = ("--dim", 4, "--epochs", 1, "--threads", 1, "--quiet")
    assert run("vectors", "train", text, "--out", tmp_path / "v", "--format", "text", *fast) == 0
    assert load_vectors(tmp_path / "v").format == "word2vec-text"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("trim", "v.txt", "--vocab", "none.txt", "--out", "w"), "no other.txt"),
        (("trim", "v.txt", "--vocab", "other.txt", "--out", "w"), "none of the data's words"),
        (("info", "none"), "no such file"),
        (("train", "none.txt", "--out", "w"), "no such file"),
        (("train", "v.txt", "--out", "."), "folder"),
        (("train", "v.txt", "--out", "w", "--min-subword", 4, "--max-subword", 3), "--min-subword 4"),
        (("train", "v.txt", "--out", "w", "--kind", "glove"), "glove"),
        ((), ""),
    ],
)
def test_wrong_use(tmp_path: Path, monkeypatch, capsys, arguments, message) -> None:
    monkeypatch.chdir(tmp_path)
    Path("v.txt").write_text("a 1 2\nb 3 4\n")
    Path("other.txt").write_text("Anna B-PER\n\n")
    message = message.replace("no other.txt", "no such file")
    code = run("vectors", *arguments)
    streams = capsys.readouterr()
    assert code == 2
    assert message in streams.err + streams.out
    assert not Path("w").exists()
