"""Folds: each document is judged by a model that was trained without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import ConfigError
from onoma.readers import read_corpus
from onoma.text import Document, document_from_sentences
from onoma.training.config import RunConfig, resolve
from onoma.training.suites.folds import divide_into_folds, plan_folds


def documents(words: list[str]) -> list[Document]:
    return [
        document_from_sentences(f"d:{number}", [[word, "left", "."]], [(0, 0, 1, "PER")])
        for number, word in enumerate(words)
    ]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=40), st.integers(2, 6), st.integers(0, 99))
def test_each_document_is_in_one_fold_beside_its_copies(words: list[str], num: int, seed: int) -> None:
    made = documents(words)
    if num > len(made):
        with pytest.raises(ConfigError, match="cannot be divided"):
            divide_into_folds(made, num, seed)
        return
    folds = divide_into_folds(made, num, seed)
    assert sorted(one.id for fold in folds for one in fold) == sorted(one.id for one in made)
    assert folds == divide_into_folds(made, num, seed)
    assert 0 < len(folds) <= num
    texts = [{one.text for one in fold} for fold in folds]
    assert sum(map(len, texts)) == len(set.union(*texts))
    if len(set(words)) == len(words):
        assert max(map(len, folds)) - min(map(len, folds)) <= 1


def config(**training: object) -> RunConfig:
    data = {
        "train": "gone.conll",
        "dev": "gone.dev",
        "test": "gone.test",
        "format": "conll",
        "train_share": 0.5,
        "tokenizer": "whitespace",
    }
    return resolve("lstm", {"training": {"epochs": 9, **training}, "data": data})


def test_no_run_of_a_fold_reads_what_it_is_to_judge(tmp_path: Path) -> None:
    train, dev = documents(list("abcdefg")), documents(["x", "y"])
    given_config = config(init_from="/somewhere")
    suite, folds = plan_folds(given_config, train, dev, tmp_path, num_folds=3, seed=1, epochs=2)
    assert [run.name for run in suite.runs] == [fold.run for fold in folds] == ["fold-1", "fold-2", "fold-3"]
    for run, fold in zip(suite.runs, folds, strict=True):
        learnt = read_corpus(run.config.data.train).documents
        assert {one.text for one in learnt} | {one.text for one in fold.held_out} == {
            one.text for one in train
        }
        assert not {one.text for one in learnt} & {one.text for one in fold.held_out}
        assert all(one.tokens and one.sentences for one in learnt)
        assert (run.config.data.test, run.config.data.train_share) == (None, None)
        assert read_corpus(run.config.data.dev or "").documents == tuple(dev)
        assert run.config.data.tokenizer == "whitespace@1"
        assert (run.config.training.init_from, run.config.training.epochs) == (None, 2)
        assert run.config.model == given_config.model
    again, _ = plan_folds(given_config, train, dev, tmp_path, num_folds=3, seed=1, epochs=2)
    assert [run.config.as_dict() for run in again.runs] == [run.config.as_dict() for run in suite.runs]


def test_one_fold_is_none() -> None:
    with pytest.raises(ConfigError, match="at least 2"):
        divide_into_folds(documents(["a", "b"]), 1, 0)
