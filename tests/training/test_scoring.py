"""What is scored after an epoch: dev and a sample of train, without a part in what is learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resuming import settings, write_corpus

from onoma.metrics.report import evaluate
from onoma.runtime.bundle import load_bundle
from onoma.text import document_from_sentences
from onoma.training.config import as_begun, read_run_settings, resolve
from onoma.training.events import Epoch, Stopped
from onoma.training.run import Run
from onoma.training.scoring import Gold, draw_documents


def documents_of(counts: list[int]) -> list[Any]:
    return [document_from_sentences(f"d{n}", [["word"]] * count) for n, count in enumerate(counts)]


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(0, 40), st.integers(0, 5))
def test_whole_documents_are_drawn_as_far_as_there_is_room(counts, sentences: int, seed: int) -> None:
    documents = documents_of(counts)
    drawn = draw_documents(documents, sentences, seed)
    assert drawn == draw_documents(documents, sentences, seed)
    places = [int(document.id[1:]) for document in drawn]
    assert places == sorted(set(places))
    total = sum(counts[place] for place in places)
    filled = [count for count in counts if count]
    if not sentences or not filled:
        assert not drawn
    elif min(filled) > sentences:
        assert [counts[place] for place in places] == [min(filled)]
    else:
        assert 0 < total <= sentences
        left = [count for place, count in enumerate(counts) if count and place not in places]
        assert all(count > sentences - total for count in left)


def test_another_seed_draws_others() -> None:
    documents = documents_of([1] * 50)
    assert draw_documents(documents, 10, 1) != draw_documents(documents, 10, 2)


def run_of(folder: Path, name: str, rung: str = "lstm", **training: Any) -> Run:
    data = folder / "corpus"
    if not data.exists():
        write_corpus(data)
    return Run(resolve(None, settings(data, rung, epochs=2, **training)), folder / name)


def weights(folder: Path) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in load_bundle(folder / "bundle").tensors.items()}


@pytest.mark.parametrize("rung", ["charcnn-bilstm-crf", "joint"])
def test_it_changes_nothing_and_goes_on_after_a_stop(tmp_path, rung: str) -> None:
    list(run_of(tmp_path, "without", rung, train_sample=0).execute())
    list(run_of(tmp_path, "with", rung).execute())
    assert weights(tmp_path / "with") == weights(tmp_path / "without")
    run = run_of(tmp_path, "parts", rung)
    for number, event in enumerate(run.execute()):
        if number == 14:
            run.stop()
        last = event
    assert isinstance(last, Stopped)
    list(Run(run.config, tmp_path / "parts", resume=True).execute())
    assert weights(tmp_path / "parts") == weights(tmp_path / "with")

    def rows(name: str) -> list[dict[str, Any]]:
        lines = (tmp_path / name / "history.jsonl").read_text().splitlines()
        return [
            {key: value for key, value in json.loads(line).items() if "second" not in key} for line in lines
        ]

    assert rows("parts") == rows("with")
    of_train = {"train_f1", "train_accuracy"}
    assert [{key: row[key] for key in row if key not in of_train} for row in rows("with")] == rows("without")
    assert all(of_train <= row.keys() and "dev_accuracy" in row for row in rows("with"))


def test_figures_are_those_of_an_evaluation(tmp_path) -> None:
    run = run_of(tmp_path, "run", "bilstm-crf")
    train = run.data.splits["train"].documents
    sample = draw_documents(train, len(run.data.splits["dev"].documents), run.config.training.seed)
    assert 0 < len(sample) < len(train)
    found = [event for event in run.execute() if isinstance(event, Epoch)]  # it ends with the kept weights
    tagged = run.model.tagger().tag(sample)
    again, scores = evaluate(sample, tagged), Gold(sample).score(tagged)
    assert scores.accuracy == again.token.accuracy
    assert scores.f1 == again.entity.micro.f1
    kept = [one for one in found if one.best][-1]
    assert (kept.train_f1, kept.train_accuracy) == (again.entity.micro.f1, again.token.accuracy)
    dev = run.data.splits["dev"].documents
    assert kept.dev_accuracy == evaluate(dev, run.model.tagger().tag(dev)).token.accuracy


def test_runs_from_before_have_no_sample() -> None:
    assert as_begun({})["training"]["train_sample"] == 0
    assert as_begun({"training": {"train_sample": 7}})["training"]["train_sample"] == 7


def test_an_old_run_goes_on_without_one(tmp_path) -> None:
    run = run_of(tmp_path, "run", train_sample=0)
    for number, _ in enumerate(run.execute()):
        if number == 14:
            run.stop()
    file = tmp_path / "run" / "config.toml"
    file.write_text(file.read_text().replace("train_sample = 0\n", ""))
    config = resolve(None, read_run_settings(file))
    assert config.training.train_sample == 0
    list(Run(config, tmp_path / "run", resume=True).execute())
    assert "train_f1" not in (tmp_path / "run" / "history.jsonl").read_text()
