"""Starting from another run's weights: what is taken over, row by row, and what is told about it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from resuming import command, finish, outcome, settings, train, write_corpus

from onoma.errors import ModelError
from onoma.features.words import WordFeatures
from onoma.models import get_rung
from onoma.nn.network import Network
from onoma.runtime.bundle import Bundle
from onoma.runtime.manifest import ModelSettings
from onoma.tags import get_scheme
from onoma.tasks import Task
from onoma.training.warm_start import Part, take_over
from random_models import tasks_of

OLD_WORDS = "Anna met John in Oslo and Anna met Mary in Rome ."
NEW_WORDS = "John met Kofi in Rome and Accra ."


def make_network(
    words: str,
    labels: Sequence[str],
    *,
    scheme: str = "BIOES",
    rung: str = "bilstm",
    document_labels: Sequence[str] = (),
    **options: Any,
) -> tuple[Network, WordFeatures, tuple[Task, ...], Bundle]:
    kind = get_rung(rung).for_options(options)
    sizes = {"word_dim": 6, "hidden_dim": 5, "casing_dim": 3, "scheme": scheme}
    config = kind.config(**{**sizes, **options})
    features = kind.fit_features(config, [words.split()])
    tags = list(get_scheme(scheme).tags(labels))
    tasks = tasks_of(config, labels, document_labels)
    network = kind.build(config, features, tasks)
    about = {"model": rung, "options": config.model_dump(), "tags": tags, "scheme": scheme}
    about |= {"document_labels": list(document_labels)} if document_labels else {}
    tensors = {name: value.clone().numpy() for name, value in network.state_dict().items()}
    return (
        network,
        features,
        tasks,
        Bundle(ModelSettings(**about), features.state(), tensors, features.arrays()),
    )


def fates(parts: list[Part]) -> dict[str, str]:
    return {part.name: str(part).partition(": ")[2] for part in parts}


def test_the_same_model_is_taken_over_whole() -> None:
    torch.manual_seed(1)
    *_, source = make_network(OLD_WORDS, ["LOC", "PER"], rung="charcnn-bilstm-crf")
    network, features, tasks, _ = make_network(OLD_WORDS, ["LOC", "PER"], rung="charcnn-bilstm-crf")
    parts = take_over(network, features, tasks, source)
    assert {part.name for part in parts} == set(network.state_dict())
    assert set(fates(parts).values()) == {"taken over"}
    for name, value in network.state_dict().items():
        assert (value.numpy() == source.tensors[name]).all(), name


def test_tables_are_matched_by_what_their_rows_stand_for() -> None:
    torch.manual_seed(1)
    _, old_features, old_tasks, source = make_network(OLD_WORDS, ["LOC", "PER"], rung="bilstm-crf")
    network, features, tasks, fresh = make_network(NEW_WORDS, ["LOC", "MISC", "PER"], rung="bilstm-crf")
    parts = take_over(network, features, tasks, source)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}

    words = weights["embedder.words.weight"]
    for item in features.words.items:
        old, new = old_features.words.id(item), features.words.id(item)
        expected = source if item in old_features.words else fresh
        row = old if item in old_features.words else new
        assert (words[new] == expected.tensors["embedder.words.weight"][row]).all(), item
    assert (words[1] == source.tensors["embedder.words.weight"][1]).all()  # the unknown word

    tags, old_tags = (list(task.names(task.settings())) for (task,) in (tasks, old_tasks))
    for index, tag in enumerate(tags):
        known = tag in old_tags
        row = old_tags.index(tag) if known else index
        for name in ("head.projection.weight", "head.projection.bias", "head.crf.start_transitions"):
            assert (weights[name][index] == (source if known else fresh).tensors[name][row]).all(), (
                name,
                tag,
            )
        for other_index, other in enumerate(tags):
            both = known and other in old_tags
            place = (row, old_tags.index(other)) if both else (index, other_index)
            expected = (source if both else fresh).tensors["head.crf.transitions"][place]
            assert weights["head.crf.transitions"][index, other_index] == expected

    told = fates(parts)
    assert told["encoder.forward_layers.0.weight_ih_l0"] == "taken over"
    # padding, unknown, and: john met in rome and .
    assert told["embedder.words.weight"] == "partly, 8 of 10 rows (the rest is not known there)"
    assert told["head.projection.bias"] == "partly, 9 of 13 rows (the rest is not known there)"
    assert [part.as_dict()["state"] for part in parts if part.name == "embedder.words.weight"] == ["partly"]


@pytest.mark.parametrize("head", ["span", "crf"])
@pytest.mark.parametrize("labels", [["FAC", "LOC", "PER"], ["LOC", "MISC"]])
def test_heads_of_spans_and_documents_are_matched_by_label(head: str, labels: list[str]) -> None:
    def make(labels: list[str], document_labels: list[str]) -> Any:
        options = {"base": "bilstm", "head": head, "span_dim": 4, "document_dim": 3}
        return make_network(OLD_WORDS, labels, rung="joint", document_labels=document_labels, **options)

    torch.manual_seed(1)
    *_, old_tasks, source = make(["LOC", "PER"], ["travel", "work"])
    network, features, tasks, fresh = make(labels, ["art", "travel"])
    told = {part.name: part for part in take_over(network, features, tasks, source)}
    weights = network.state_dict()

    def tensor(task: Any, weights: Any, weight: str, name: str, axis: int) -> torch.Tensor:
        place = list(task.names(task.settings())).index(name)
        return torch.as_tensor(weights[f"{task.part}.{weight}"]).select(axis, place)

    entities, documents = zip(tasks, old_tasks, strict=True)
    axes = {"bilinear": 1, "start_scores.weight": 0, "end_scores.weight": 0, "width_scores": 1}
    axes = axes if head == "span" else {"projection.weight": 0, "projection.bias": 0}
    common = set(entities[0].names(entities[0].settings())) & set(entities[1].names(entities[1].settings()))
    assert common
    for name in common:
        for weight, axis in axes.items():
            now, then = (
                tensor(task, held, weight, name, axis)
                for task, held in zip(entities, (weights, source.tensors), strict=True)
            )
            assert torch.equal(now, then), (weight, name)
            assert 0 < told[f"head.{weight}"].rows < told[f"head.{weight}"].of
    for weight in ("queries.weight", "biases"):
        now, then = (
            tensor(task, held, weight, "travel", 0)
            for task, held in zip(documents, (weights, source.tensors), strict=True)
        )
        assert torch.equal(now, then)
        art = tensor(documents[0], weights, weight, "art", 0)
        assert torch.equal(art, tensor(documents[0], fresh.tensors, weight, "art", 0))
    # What the head of documents sees: states, and what is thought of entities, by their names.
    states = weights["documents.scorers"].shape[1] - len(entities[0].names(entities[0].settings()))
    now, then = (torch.as_tensor(held["documents.scorers"]) for held in (weights, source.tensors))
    assert torch.equal(now[1, :states], then[0, :states])
    for name in common:
        place, there = (states + list(task.names(task.settings())).index(name) for task in entities)
        assert now[1, place] == then[0, there], name


def test_a_crf_is_added_to_a_model_without_one() -> None:
    *_, source = make_network(OLD_WORDS, ["LOC"], rung="bilstm")
    network, features, tasks, fresh = make_network(OLD_WORDS, ["LOC"], rung="bilstm-crf")
    told = fates(take_over(network, features, tasks, source))
    crf = {name for name in told if ".crf." in name}
    assert {told[name] for name in crf} == {"fresh (the other model has none)"}
    assert {told[name] for name in told.keys() - crf} == {"taken over"}
    transitions = network.state_dict()["head.crf.transitions"].numpy()
    assert (transitions == fresh.tensors["head.crf.transitions"]).all()


def test_what_differs_in_shape_stays_fresh_and_says_why() -> None:
    *_, source = make_network(OLD_WORDS, ["LOC"], word_dim=7)
    network, features, tasks, fresh = make_network(OLD_WORDS, ["LOC"])
    told = fates(take_over(network, features, tasks, source))
    assert told["embedder.words.weight"] == "fresh (rows of [6], there [7])"
    assert told["encoder.forward_layers.0.weight_ih_l0"] == "fresh (shape [20, 9], there [20, 10])"
    assert told["encoder.forward_layers.0.weight_hh_l0"] == "taken over"
    words = network.state_dict()["embedder.words.weight"].numpy()
    assert (words == fresh.tensors["embedder.words.weight"]).all()


def test_other_schemes_and_case_are_matched_where_they_meet() -> None:
    *_, source = make_network(OLD_WORDS, ["LOC"], scheme="BIO")
    network, features, tasks, _ = make_network(OLD_WORDS, ["LOC"], scheme="BIOES", lowercase=False)
    told = fates(take_over(network, features, tasks, source))
    assert told["head.projection.weight"].startswith("partly, 3 of 5 rows")  # O, B-LOC, I-LOC
    assert told["embedder.words.weight"] == "taken over"  # a lower-cased table knows all


@pytest.mark.parametrize("same", [True, False])
def test_differences_to_pretrained_vectors_need_the_same_vectors(tmp_path: Path, same: bool) -> None:
    for name, value in (("one", 0.5), ("other", 0.5 if same else 0.7)):
        rows = (f"{word} {value} 1.0" for word in ("anna", "met", "rome"))
        (tmp_path / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    options = {"vectors_mode": "tuned", "word_dim": 0}
    *_, source = make_network(OLD_WORDS, ["LOC"], vectors=str(tmp_path / "one.txt"), **options)
    differences = source.tensors["embedder.vector_differences.weight"]
    differences += 1.0
    network, features, tasks, _ = make_network(
        NEW_WORDS, ["LOC"], vectors=str(tmp_path / "other.txt"), **options
    )
    told = fates(take_over(network, features, tasks, source))["embedder.vector_differences.weight"]
    taken = network.state_dict()["embedder.vector_differences.weight"][features.words.id("rome")].numpy()
    assert told.startswith("partly, 8 of 10 rows" if same else "fresh")
    assert (taken == (1.0 if same else 0.0)).all()


def test_a_model_of_which_nothing_fits_is_refused() -> None:
    *_, source = make_network(OLD_WORDS, ["LOC"], word_dim=7, hidden_dim=9, casing_dim=0)
    network, features, tasks, _ = make_network(OLD_WORDS, ["LOC"])
    with pytest.raises(ModelError, match="nothing of the model to start from"):
        take_over(network, features, tasks, source)


@pytest.fixture(scope="module")
def softmax_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("first")
    data = write_corpus(folder / "data")
    assert finish(train, settings(data, "bilstm", epochs=15), folder / "run", False) == 0
    return data, folder / "run"


def test_staged_training_from_softmax_to_crf(softmax_run: tuple[Path, Path], tmp_path: Path) -> None:
    data, first = softmax_run
    staged, alone = (
        settings(data, "bilstm-crf", epochs=1, **more) for more in ({"init_from": str(first)}, {})
    )
    log = tmp_path / "stderr"
    assert finish(train, staged, tmp_path / "staged", False, stderr=log) == 0
    assert finish(train, alone, tmp_path / "alone", False) == 0
    said = log.read_text()
    assert f"starting from {first} (bilstm):" in said
    assert "  embedder.words.weight: taken over" in said
    assert "  head.crf.transitions: fresh (the other model has none)" in said
    told = outcome(tmp_path / "staged")["metrics"]["init_from"]
    assert told["source"] == str(first)
    assert told["model"] == "bilstm"
    assert {part["state"] for part in told["parts"]} == {"taken over", "fresh"}
    losses = [outcome(tmp_path / name)["history"][0]["dev_loss"] for name in ("staged", "alone")]
    assert losses[0] < 0.8 * losses[1]
    assert "init_from" not in outcome(tmp_path / "alone")["metrics"]


def test_a_resumed_run_does_not_need_the_other_run_any_more(
    softmax_run: tuple[Path, Path], tmp_path: Path
) -> None:
    data, first = softmax_run
    shutil.copytree(first, tmp_path / "first")
    given = settings(data, "bilstm-crf", init_from=str(tmp_path / "first"), checkpoint_steps=4)
    assert finish(train, given, tmp_path / "whole", False) == 0
    assert finish(train, given, tmp_path / "run", False, kill=("onoma.training.loop:Trainer._update", 3)) < 0
    shutil.rmtree(tmp_path / "first")
    assert finish(train, given, tmp_path / "run", True) == 0
    assert outcome(tmp_path / "run") == outcome(tmp_path / "whole")


def test_the_option_takes_a_run_or_a_bundle(
    softmax_run: tuple[Path, Path], tmp_path: Path, monkeypatch
) -> None:
    data, first = softmax_run
    small = ["--set", "word_dim=12", "--set", "hidden_dim=12", "--epochs", 1, "--threads", 1]
    for name, source in (("run", first), ("bundle", first / "bundle")):
        out = tmp_path / name
        arguments = ("train", "--model", "lstm", "--data", data, "--out", out, *small, "--init-from", source)
        assert finish(command, *arguments) == 0
        told = json.loads((out / "metrics.json").read_text())["init_from"]
        assert told["source"] == str(source)
    # The configuration repeats the run, other weights included.
    assert (
        finish(command, "train", "--config", tmp_path / "run" / "config.toml", "--out", tmp_path / "r") == 0
    )
    assert outcome(tmp_path / "r") == outcome(tmp_path / "run")


def test_a_source_that_is_no_model_is_refused_before_anything_is_written(
    softmax_run: tuple[Path, Path], tmp_path: Path, capsys
) -> None:
    from onoma.cli.main import main

    data, _ = softmax_run
    arguments = ["train", "--model", "lstm", "--data", str(data), "--out", str(tmp_path / "run")]
    assert main([*arguments, "--init-from", str(tmp_path / "none")]) == 2
    assert f"{tmp_path / 'none'}: no such run or bundle" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
