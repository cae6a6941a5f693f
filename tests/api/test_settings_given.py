"""What a call is given reaches what it does: labels of a selection, settings of a retraining, a share."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import onoma
from onoma.api.retraining import _given
from onoma.errors import ConfigError
from onoma.training.distillation.making import MakingTargets


def test_labels_of_suggestions_are_mapped_as_on_the_command_line() -> None:
    pool = [{"text": "Peter Brown lives in Berlin."}, {"text": "Angela Merkel visited Paris."}]
    labels = {span.label for one in onoma.select("en", pool, 2).chosen for span in one.document.entities}
    assert labels == {"per", "geo"}
    mapped = onoma.select("en", pool, 2, labels={"per": "HUMAN", "geo": ""})
    assert {span.label for one in mapped.chosen for span in one.document.entities} == {"HUMAN"}


def test_a_setting_with_its_table_replaces_that_one_alone() -> None:
    tables = {"model": {"id": "transformer", "tokenizer": "/x/vocab.txt"}, "data": {"tokenizer": "onoma@1"}}
    found = _given(tables, {"data.tokenizer": "whitespace"}, Path("/m"))
    assert (found["model.tokenizer"], found["data.tokenizer"]) == ("/x/vocab.txt", "whitespace")
    bare = _given(tables, {"tokenizer": "characters"}, Path("/m"))
    assert "model.tokenizer" not in bare
    assert bare["tokenizer"] == "characters"


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1, 0.15, 0.35, 0.4, 0.45, 0.9])
def test_the_share_that_is_held_out_is_the_one_that_was_asked_for(share: float) -> None:
    made = cast("Any", SimpleNamespace(held_out=share))
    held = [MakingTargets._is_held_out(made, number) for number in range(1_000)]
    assert sum(held) == round(1_000 * share)
    assert abs(sum(held[:100]) - 100 * share) < 1


def test_a_pool_of_plain_text_is_read_as_the_command_reads_it(tmp_path: Path) -> None:
    pool = tmp_path / "pool.txt"
    pool.write_text("Ann Lee left Oslo on Monday.\nIt rained.\nBob flew to Rome.\n", encoding="utf-8")
    chosen = onoma.select("en", pool, 2).chosen
    assert len(chosen) == 2
    assert {one.document.text for one in chosen} <= set(pool.read_text(encoding="utf-8").splitlines())


def test_a_promise_is_not_broken_by_dropping_labels(tmp_path: Path) -> None:
    pool = tmp_path / "pool.txt"
    pool.write_text("Ann Lee left Oslo on Monday.\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="drops labels"):
        onoma.annotate("en", pool, tmp_path / "out", workers=1, min_recall=0.8, labels={"per": ""})
    assert not (tmp_path / "out").exists()


def test_a_damaged_pool_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pool = tmp_path / "pool.jsonl"
    pool.write_text(
        '{"text": "Ann Lee left Oslo."}\n{"text":\n{"text": "Bob flew to Rome."}\n', encoding="utf-8"
    )
    with caplog.at_level("WARNING", logger="onoma"):
        onoma.select("en", pool, 1, on_error="skip")
    assert "not JSON" in caplog.text
