"""What a distillation is told that cannot be, and what it measures by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.api.distilling import measures_by_answers, plan_lessons, with_student_defaults
from onoma.errors import ConfigError
from onoma.training.config import RunConfig, resolve


@pytest.fixture
def place(tmp_path: Path) -> Path:
    record = {"text": "Ann left Oslo.", "entities": [{"start": 0, "end": 3, "label": "PER"}]}
    for name in ("raw", "dev"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    return tmp_path


def config(place: Path, dev: str) -> RunConfig:
    targets = place / "targets"
    data = {"train": str(targets / "train.jsonl"), "dev": dev, "targets": str(targets), "targets_share": 1.0}
    return resolve("lstm", {"data": data})


def test_nothing_is_held_out_where_there_is_a_dev(place: Path) -> None:
    for dev, by_answers in ((str(place / "targets" / "dev.jsonl"), True), (str(place / "dev.jsonl"), False)):
        given = config(place, dev)
        assert measures_by_answers(given.data) is by_answers
        lessons = plan_lessons(given, ["en"], [str(place / "raw.jsonl")])
        assert bool(lessons.held_out) is by_answers


def test_a_number_of_words_is_none_below_zero(place: Path) -> None:
    with pytest.raises(ConfigError, match="--max-words -1"):
        plan_lessons(
            config(place, str(place / "dev.jsonl")), ["en"], [str(place / "raw.jsonl")], max_words=-1
        )


def test_students_of_words_drop_little_where_nothing_else_is_said() -> None:
    def shares(model: str, **given: object) -> tuple[object, object]:
        plain = resolve(model, {"model": given, "data": {"train": "t", "targets": "said"}})
        options = with_student_defaults(plain).model.model_dump()
        return options["dropout"], options.get("word_dropout")

    for model in ("lstm", "joint", "span"):
        assert shares(model) == (0.1, 0.2)
        assert shares(model, dropout=0.4) == (0.4, 0.2)
        assert shares(model, dropout=0.5, word_dropout=0.5) == (0.5, 0.5)  # also where it is the default
    assert shares("bert") == (0.1, None)
    usual = resolve("lstm", {"data": {"train": "t", "targets": "said"}}).model.model_dump()
    assert (usual["dropout"], usual["word_dropout"]) == (0.5, 0.5)  # weak labels are learned with more
