"""What is advised for data of some size, and what its minutes are made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.cli.main import main
from onoma.inspection import find_parts, inspect_parts
from onoma.readers import ReadOptions, write_documents
from onoma.text import Document, Span
from onoma.training.advice.advising import advise, estimate_seconds
from onoma.training.advice.probe import Rates
from onoma.training.advice.rules import Choice, DataFacts, choose
from onoma.training.objectives import automatic_batch_size

RATES = Rates(trained=1_000.0, scored=2_000.0, start_seconds=5.0, seconds=9.0, waited=0.25)


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def facts(sentences: int, **more: float) -> DataFacts:
    return DataFacts(sentences, 15 * sentences, **more)  # type: ignore[arg-type]


def test_what_is_advised_follows_size_and_kind_of_data() -> None:
    def models(found: DataFacts, encoder: str | None = None) -> list[tuple[str, int]]:
        return [(one.model, one.epochs) for one in choose(found, encoder)]

    assert models(facts(50)) == [("charcnn-bilstm-crf", 30)]
    assert models(facts(50), "E") == [("bert", 15), ("charcnn-bilstm-crf", 30)]
    assert models(facts(2_000), "E") == [("bert", 5), ("charcnn-bilstm-crf", 30), ("lstm", 30)]
    assert models(facts(14_041), "E") == [("bert", 4), ("charcnn-bilstm-crf", 20), ("lstm", 20)]
    assert models(facts(14_041, nested_share=0.3)) == [("span", 20), ("charcnn-bilstm-crf", 20)]
    assert models(facts(14_041, nested_share=0.01))[0] == ("charcnn-bilstm-crf", 20)
    assert models(facts(900, labelled_share=1.0), "E") == [("joint", 15), ("joint", 30)]
    assert choose(facts(900, nested_share=0.3), "E")[0].options == {"base": "bert", "encoder": "E"}


def test_small_data_is_gone_through_several_times_an_epoch() -> None:
    few, many = Choice("charcnn-bilstm-crf", 30, ""), Choice("charcnn-bilstm-crf", 20, "")
    assert (few.batch_size(50), few.passes(50), few.updates(50)) == (8, 9, 30 * 9 * 7)
    assert (few.batch_size(500), few.passes(500), few.updates(500)) == (8, 1, 30 * 63)
    assert (many.batch_size(14_041), many.passes(14_041), many.updates(14_041)) == (32, 1, 20 * 439)
    bert = Choice("bert", 15, "", {"encoder": "E"})
    assert (bert.batch_size(50), bert.passes(50), bert.updates(50)) == (16, 16, 15 * 64)
    assert bert.training().learning_rate == 5e-5
    assert few.batch_size(1_000) == automatic_batch_size(1_000)


def test_minutes_are_updates_scoring_and_the_end() -> None:
    found = DataFacts(3_000, 45_000, dev_sentences=200, dev_tokens=3_000, test_tokens=1_000)
    # 45 s of updates, 1.5 s of dev and as much of train, each epoch; thrice dev and test at the end.
    expected = 5 + 2 + 10 * (45 + 1.5 + 1.5) + 3 * 2
    assert estimate_seconds(Choice("lstm", 10, ""), found, RATES, 2.0) == pytest.approx(expected)


@given(st.integers(1, 50_000), st.integers(1, 60), st.integers(1, 9))
def test_more_of_anything_takes_no_less(sentences: int, epochs: int, factor: int) -> None:
    found = facts(sentences).held_out(0.1)
    once = estimate_seconds(Choice("lstm", epochs, ""), found, RATES)
    assert estimate_seconds(Choice("lstm", epochs + 1, ""), found, RATES) > once
    quick = Rates(factor * 1_000.0, factor * 2_000.0, 5.0, 9.0, 0.0)
    assert estimate_seconds(Choice("lstm", epochs, ""), found, quick) <= once + 1e-9


def test_a_tenth_is_held_out_where_there_is_no_dev() -> None:
    part = facts(1_000, test_tokens=7).held_out(0.1)
    assert (part.sentences, part.dev_sentences, part.dev_tokens, part.test_tokens) == (900, 100, 1_500, 7)
    assert part.held_out(0.1) is part
    assert facts(1).held_out(0.1).dev_sentences == 1


def test_the_command_advises_and_times(capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.training.advice.probe.UPDATES", 3)
    page = tmp_path / "page.html"
    code, out, err = run(
        capsys, "inspect", "en", "--advise", "--json", "--threads", 1, "--quiet", "--html", page
    )
    assert code == 0, err
    found = json.loads(out)
    assert {"train", "dev", "test", "advice"} == set(found)
    spans, model = found["advice"]["models"]  # a tenth of its entities lie in others
    assert (spans["model"], spans["epochs"]) == ("span", 30)
    assert (model["model"], model["epochs"], model["batch_size"]) == ("charcnn-bilstm-crf", 30, 8)
    assert model["updates"] == 30 * -(-found["train"]["sentences"] // 8)
    assert model["trained_tokens_per_second"] > 0
    assert 0 < model["minutes_alone"] <= model["minutes"]
    tokens = found["train"]["tokens"] * 30
    assert model["minutes"] > tokens / model["trained_tokens_per_second"] / 60
    assert model["command"] == (
        "onoma train --model charcnn-bilstm-crf --data en --epochs 30 --threads 1 --out RUN"
    )
    said = " ".join(found["advice"]["rests_on"])
    assert "on this machine" in said
    assert "--encoder FOLDER" in said
    html = page.read_text(encoding="utf-8")
    assert "What to train" in html
    assert "onoma train --model charcnn-bilstm-crf" in html


def test_the_advice_as_text(capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.training.advice.advising.measure", lambda *_: RATES)
    document = Document("a", "Ann [b]left[/b] Oslo.", entities=(Span(0, 3, "PER", "Ann"),))
    write_documents(tmp_path / "train.jsonl", [document])
    code, out, err = run(capsys, "inspect", tmp_path / "train.jsonl", "--advise")
    assert code == 0, err
    advice = out.split("what to train\n")[1]
    assert advice.startswith(
        "best: charcnn-bilstm-crf, 30 epochs, each 64 times through train (1,920 updates)"
    )
    assert "here as busy as it is" in advice
    assert "if nothing else ran" in advice
    assert "1 sentences are few" in advice
    assert "timing trainings" in err


def test_the_command_trains_on_what_was_inspected(
    capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onoma.training.advice.advising.measure", lambda *_: RATES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    rows = "x\tO\tAnn\tB-PER\nx\tO\tleft\tO\n\nx\tO\tOslo\tB-LOC\n\n"
    for name in ("train", "dev"):
        (tmp_path / "data" / f"{name}.tsv").write_text(rows)
    (tmp_path / "my gold.tsv").write_text(rows + "x\tO\tAnn\tB-\n")
    reading = ("--from", "conll", "--word-column", "3", "--map", "LOC=", "--map", "PER=P Q")
    told = "--format conll --word-column 3 --map LOC= --map 'PER=P Q'"

    def where(*arguments: str) -> str:
        code, out, err = run(capsys, "inspect", *arguments, "--advise", "--json", "--quiet")
        assert code == 0, err
        command = json.loads(out)["advice"]["models"][0]["command"]
        return command.removeprefix("onoma train --model charcnn-bilstm-crf ").split(" --epochs")[0]

    assert where("data", *reading) == f"--data data {told}"
    assert where("data/dev.tsv", "data/train.tsv", *reading) == (
        f"--train data/train.tsv --dev data/dev.tsv {told}"
    )
    assert where("data/dev.tsv", *reading) == f"--train data/dev.tsv {told}"
    # Where there are faults, they are left out in training, too.
    assert where("my gold.tsv", *reading) == f"--train 'my gold.tsv' {told} --on-error skip"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["en", "--encoder", "E"], "--encoder goes with --advise"),
        (["--suspects", "run", "--advise"], "--advise is about data"),
        (["en", "--advise", "--encoder", "/no/such/encoder"], "/no/such/encoder"),
    ],
)
def test_wrong_use(capsys, arguments: list[str], said: str) -> None:
    code, out, err = run(capsys, "inspect", *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_without_entities_there_is_nothing_to_advise(tmp_path: Path) -> None:
    write_documents(tmp_path / "train.jsonl", [Document("a", "Nobody left.", entities=())])
    parts = find_parts([str(tmp_path / "train.jsonl")])
    options = ReadOptions(on_error="skip")
    with pytest.raises(Exception, match="no entity to learn from"):
        advise(inspect_parts(parts, options), ["x"], options)
