"""Students of spans: what nested teachers say is kept, learned, and found again."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from resuming import check_goes_on, finish, settings, train, write_corpus

from onoma.errors import ConfigError
from onoma.readers import ReadOptions, read_corpus, read_documents, write_documents
from onoma.runtime.loading import load
from onoma.teachers.targets import RECORD, TRAIN, open_targets
from onoma.text import Document
from onoma.tokenize import get_tokenizer
from onoma.training.assembly import Assembly
from onoma.training.config import resolve
from onoma.training.data import load_run_data
from onoma.training.distillation.lessons import load_material
from onoma.training.distillation.objective import DistillingObjective
from onoma.training.distillation.teaching import Lessons, Teaching
from onoma.training.distillation.texts import Texts
from onoma.training.events import TargetsMade

INNER = "WORD"


def nested(document: Document) -> Document:
    """Return a document with an entity more in each of several words: its last word."""
    inner = [
        span._replace(start=span.start + span.text.rindex(" ") + 1, label=INNER)
        for span in document.entities
        if " " in span.text
    ]
    words = [span._replace(text=document.text[span.start : span.end]) for span in inner]
    return document.with_entities([*document.entities, *words])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A nested one: the made-up corpus, and a file of predictions about other sentences."""
    folder = write_corpus(tmp_path_factory.mktemp("corpus") / "data")
    others = write_corpus(folder.parent / "others", sentences=60, seed=8)
    for place in (folder, others):
        for name in ("train", "dev", "test"):
            documents = map(nested, read_documents(place / f"{name}.txt"))
            write_documents(place / f"{name}.jsonl", documents, format="spans-jsonl")
    return folder


def ask(corpus: Path, folder: Path, form: str, **lessons: Any) -> list[Any]:
    theirs = str(corpus.parent / "others" / "train.jsonl")
    texts = Texts((theirs,), ReadOptions(), get_tokenizer("onoma"))
    given = {"confidence": 0.9, **lessons}
    return list(Teaching(Lessons((f"predictions:{theirs}",), texts, form=form, **given), folder).execute())


@pytest.fixture(scope="module")
def targets(corpus: Path) -> Path:
    ask(corpus, corpus.parent / "span-targets", "spans")
    return corpus.parent / "span-targets"


def given(corpus: Path, targets: Path, rung: str = "span", **data: Any) -> dict[str, dict[str, Any]]:
    values = settings(corpus, rung, checkpoint_steps=5)
    values["data"] = {name: str(corpus / f"{name}.jsonl") for name in ("train", "dev", "test")}
    values["data"] |= {"targets": str(targets), "targets_share": 0.6, "targets_min_count": 1, **data}
    return values


def assembly(values: dict[str, dict[str, Any]]) -> Assembly:
    config = resolve(None, values)
    splits = load_run_data(config.data, 13).splits
    material = load_material(config.data)
    return Assembly(config, splits, torch.device("cpu"), pretrained=False, material=material)


def test_what_is_kept_of_a_nested_teacher(corpus: Path, targets: Path) -> None:
    record = json.loads((targets / RECORD).read_text())
    assert record["made"]["form"] == "spans"
    assert record["entities"][INNER] > 20
    assert record["not_taught"] == {}
    theirs, ours = (read_corpus(path).documents for path in (
        corpus.parent / "others" / "train.jsonl", targets / TRAIN
    ))  # fmt: skip
    found = [[(span.text, span.label, round(span.score or 0, 2)) for span in one.entities] for one in ours]
    assert found == [[(span.text, span.label, 0.9) for span in one.entities] for one in theirs]


def test_of_parts_the_outermost_are_kept_and_the_others_counted(corpus: Path, tmp_path: Path) -> None:
    made = ask(corpus, tmp_path / "targets", "parts")[-1]
    assert isinstance(made, TargetsMade)
    assert INNER not in made.record["entities"]
    (count,) = made.record["not_taught"].values()
    assert count > 20


def test_entities_in_one_another_come_to_the_student(corpus: Path, targets: Path, tmp_path: Path) -> None:
    values = given(corpus, targets, targets_share=1.0)
    values["data"] |= {"train": str(targets / TRAIN)}
    values["training"] |= {"epochs": 40, "average": 0.0, "case_augmentation": 0.1, "checkpoint_steps": 0}
    values["model"] |= {"hidden_dim": 24, "span_dim": 16, "dropout": 0.1, "span_dropout": 0.1}
    assert finish(train, values, tmp_path / "run", False) == 0
    tagger = load(str(tmp_path / "run"))
    assert tagger.decoder is not None
    assert tagger.decoder.nested
    (tagged,) = tagger.tag([["she", "visited", "New", "York", "and", "the", "Red", "Cross", "."]])
    found = {(span.text, span.label) for span in tagged.entities}
    assert {("New York", "LOC"), ("York", INNER), ("Red Cross", "ORG"), ("Cross", INNER)} <= found
    # It was taught at 0.9; how sure it says it is was fitted on dev, which is surer.
    (said,) = tagger.candidates([tagged], 0.5, temperature=1.0)
    scores = {span.text: span.score or 0.0 for span in said}
    assert 0.8 < scores["New York"] < 0.97


@pytest.mark.parametrize("update", [8, 60] if "ONOMA_FUZZ" in os.environ else [60])
def test_killed_in_training(corpus: Path, targets: Path, tmp_path: Path, update: int) -> None:
    check_goes_on(given(corpus, targets), tmp_path, update)


def test_gone_on_with_shard_by_shard(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from onoma.training.distillation import texts

    monkeypatch.setattr(texts, "SHARD_TOKENS", 100)
    theirs = str(corpus.parent / "others" / "train.jsonl")
    lessons = Lessons(
        (f"predictions:{theirs}",), Texts((theirs,), ReadOptions(), get_tokenizer("onoma")), form="spans"
    )
    for _ in Teaching(lessons, tmp_path / "whole").execute():
        pass
    job = Teaching(lessons, tmp_path / "parts")
    for number, _ in enumerate(job.execute()):
        if number == 2:
            job.stop()
    first = sorted((tmp_path / "parts" / "shards").iterdir())
    assert 0 < len(first) < len(list((tmp_path / "whole" / "shards").iterdir()))
    before = [path.stat().st_mtime_ns for path in first]
    for _ in Teaching(lessons, tmp_path / "parts", resume=True).execute():
        pass
    assert [path.stat().st_mtime_ns for path in first] == before, "asked twice"
    for path in (tmp_path / "whole").rglob("*.*"):
        if path.is_file():
            assert (
                tmp_path / "parts" / path.relative_to(tmp_path / "whole")
            ).read_bytes() == path.read_bytes()


def test_what_the_student_cannot_see_is_left_out_and_said(
    corpus: Path, targets: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = given(corpus, targets)
    values["model"]["span_width"] = 1
    caplog.set_level(logging.INFO, "onoma")
    made = assembly(values).objective("fp32")
    assert isinstance(made, DistillingObjective)
    wide = sum(len(span.text.split()) > 1 for one in read_corpus(targets / TRAIN).documents
               for span in one.entities)  # fmt: skip
    assert f"targets: {wide} spans are wider than the 1 tokens" in caplog.text
    lessons = next(batch for batch in made.batches(1) if batch[0] >= 48)
    assert np.isfinite(made.backward(lessons, 1))


def test_unsure_sentences_are_left_out(corpus: Path, targets: Path) -> None:
    named = sum(bool(one.entities) for one in read_corpus(targets / TRAIN).documents)
    for confidence, wanted in ((0.5, 60), (0.95, 60 - named)):
        if wanted:
            config = resolve(None, given(corpus, targets, targets_confidence=confidence)).data
            material = load_material(config)
            assert material is not None
            assert len(material.sentences) == wanted


def test_a_joint_model_of_entities_alone_is_a_student(corpus: Path, targets: Path) -> None:
    values = given(corpus, targets, "joint")
    values["model"] |= {"tasks": "entities", "head": "span"}
    made = assembly(values).objective("fp32")
    lessons = next(batch for batch in made.batches(1) if batch[0] >= 48)
    assert np.isfinite(made.backward(lessons, 1))


@pytest.mark.parametrize("weighting", ["uncertainty", "fixed"])
def test_teachers_teach_entities_and_gold_the_documents(corpus: Path, targets: Path, weighting: str) -> None:
    made = assembly(both(corpus, targets, weighting=weighting))
    learns = made.objective("fp32")
    assert isinstance(learns, DistillingObjective)
    batches = learns.batches(1)
    documents = len(read_corpus(corpus / "train.jsonl").documents)
    gold = [batch for batch in batches if batch[0] < documents]
    assert sorted(np.concatenate(gold).tolist()) == list(range(documents))
    heads = made.network.heads
    for batch, taught in ((gold[0], {"entities", "documents"}), (_lesson(batches, documents), {"entities"})):
        made.network.zero_grad(set_to_none=True)
        assert np.isfinite(learns.backward(batch, 1))
        assert learns.num_tokens(batch) > 0
        learned = {
            name for name, head in heads.items() if any(one.grad is not None for one in head.parameters())
        }
        assert learned == taught


def test_dev_without_gold_for_documents_is_said(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bare = [{"text": one.text, "entities": []} for one in read_corpus(corpus / "dev.jsonl").documents]
    for name, more in (("train", {"labels": ["x"]}), ("dev", {})):
        lines = (json.dumps({**one, **more}) for one in bare)
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    values = settings(corpus, "joint")
    files = {name: str(tmp_path / f"{name}.jsonl") for name in ("train", "dev")}
    values["data"] = {**files, "allow_empty": True}
    values["model"]["tasks"] = "documents"
    made = assembly(values)
    dev = made.tagger().tag(read_corpus(tmp_path / "dev.jsonl").documents)
    for _ in range(2):
        assert made.dev_scores(dev) == ()
    assert caplog.text.count("dev has no gold for documents") == 1


def test_in_parts_a_batch_is_learned_as_at_once(corpus: Path, targets: Path) -> None:
    gradients = []
    for parts in (1, 3):
        values = both(corpus, targets)
        values["training"] |= {"accumulate": parts, "batch_size": 12}
        values["model"] |= {"dropout": 0.0, "word_dropout": 0.0, "span_dropout": 0.0, "document_dropout": 0.0}
        made = assembly(values)
        learns = made.objective("fp32")
        documents = len(read_corpus(corpus / "train.jsonl").documents)
        learns.backward(_lesson(learns.batches(1), documents), 1)
        gradients.append(next(iter(made.network.heads["entities"].parameters())).grad)
    assert torch.allclose(*gradients, atol=1e-6)


def test_a_student_with_documents_is_killed_and_gone_on_with(
    corpus: Path, targets: Path, tmp_path: Path
) -> None:
    check_goes_on(both(corpus, targets), tmp_path, 40)


def both(corpus: Path, targets: Path, **model: Any) -> dict[str, dict[str, Any]]:
    """A student that also learns labels of documents."""
    values = given(corpus, targets, "joint")
    values["model"] |= {"tasks": "both", "head": "span", **model}
    values["data"]["document_labels"] = "entities"
    return values


def _lesson(batches: list[Any], first: int) -> Any:
    return next(batch for batch in batches if batch[0] >= first)


def test_targets_of_another_form_are_refused(corpus: Path, targets: Path, tmp_path: Path) -> None:
    ask(corpus, tmp_path / "parts", "parts", labels=_without_inner())
    with pytest.raises(ConfigError, match="teach tags, and the model finds spans: give it --head softmax"):
        assembly(given(corpus, tmp_path / "parts"))
    with pytest.raises(ConfigError, match="teach spans, and the model finds tags: give it --head span"):
        assembly(given(corpus, targets, "bilstm-crf"))
    with pytest.raises(ConfigError, match="holds targets that teach spans, and tags are to be taught"):
        ask(corpus, targets, "parts")
    alone = both(corpus, targets)
    alone["data"]["targets_share"] = 1.0
    with pytest.raises(ConfigError, match="is to learn documents, too: give it gold"):
        assembly(alone)
    with pytest.raises(ConfigError, match="teachers teach entities, and the student learns documents alone"):
        assembly(both(corpus, targets, tasks="documents"))


def test_targets_that_name_no_form_are_of_parts(corpus: Path, tmp_path: Path) -> None:
    """They were made before there were others."""
    folder = tmp_path / "targets"
    ask(corpus, folder, "parts", labels=_without_inner())
    record = json.loads((folder / RECORD).read_text())
    assert record["made"].pop("form") == "parts"
    (folder / RECORD).write_text(json.dumps(record))
    assert open_targets(folder).form.name == "parts"
    ask(corpus, folder, "parts", labels=_without_inner())  # used as they are
    made = assembly(given(corpus, folder, "bilstm-crf", label_map=[f"{INNER}="])).objective("fp32")
    assert isinstance(made, DistillingObjective)


def _without_inner() -> Any:
    from onoma.readers.label_map import LabelMap

    return LabelMap({INNER: ""})
