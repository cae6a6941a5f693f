"""A trainer that loads another's state goes on bit for bit as that one does."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from resuming import settings, write_corpus

from onoma.errors import ModelError, StoppedError
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.models import list_rungs
from onoma.readers import ReadOptions, read_corpus
from onoma.runtime.torch_backend import TorchBackend
from onoma.text import Corpus, Document, Ledger
from onoma.training import idle, tables
from onoma.training.assembly import Assembly
from onoma.training.config import resolve
from onoma.training.events import Epoch, Step
from onoma.training.loop import DevScore, Trainer
from onoma.training.precision import pick_precision
from onoma.training.stopping import StoppableBackend

RUNGS = [rung.name for rung in list_rungs()]
BERT = {"learning_rate": 5e-3, "head_learning_rate": 0.02, "layer_decay": 0.8}
HOME: list[Path] = []
"""Where the encoder lies that a rung may need."""
NUM_EVENTS = 3 * (12 + 1)  # epochs of 48 sentences in batches of 4, and an event for the epoch itself


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Document]]:
    data = write_corpus(tmp_path_factory.mktemp("corpus"))
    options = ReadOptions(document_labels="entities")
    return {name: list(read_corpus(data / f"{name}.txt", options).documents) for name in ("train", "dev")}


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> None:
    HOME[:] = [tmp_path_factory.mktemp("home")]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def rows_are_updated_when_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in tables as small as these; all are caught up within an epoch now and then."""
    monkeypatch.setattr(tables, "SMALLEST", 1)
    monkeypatch.setattr(idle, "MOST", 5)


def make_trainer(
    documents: dict[str, list[Document]],
    rung_name: str,
    *,
    backend: Any = None,
    seed: int = 1,
    **training: Any,
) -> Trainer:
    if rung_name == "bert":
        training = {**BERT, **training}
    config = resolve(None, settings(HOME[0] / "corpus", rung_name, **training))
    splits = {name: Corpus(tuple(documents[name]), Ledger()) for name in ("train", "dev")}
    assembly = Assembly(config, splits, torch.device("cpu"), pretrained=False)
    torch.manual_seed(seed)
    assembly.network = config.rung.build(config.model, assembly.features, assembly.tasks)
    backend = backend or TorchBackend(assembly.network)

    def score_dev() -> DevScore:
        backend.network = assembly.network
        tagger = assembly.tagger(with_scores=False)
        tagger.backend = backend
        predicted = tagger.tag(documents["dev"])
        gold = spans_from_documents(documents["dev"])
        score = entity_scores(match_exact(gold, spans_from_documents(predicted)))
        return DevScore(score.micro.precision, score.micro.recall, score.micro.f1)

    objective = assembly.objective(pick_precision(config.training, assembly.device))
    return Trainer(assembly.network, objective, score_dev, config.training)


def as_bytes(state: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def from_bytes(data: bytes) -> dict[str, Any]:
    return torch.load(io.BytesIO(data), weights_only=True)


def facts(events: list[Step | Epoch]) -> list[tuple[Any, ...]]:
    """What happened, apart from how long it took."""
    return [
        (event.epoch, event.train_loss, event.dev_loss, event.dev_f1, event.learning_rate, event.best)
        if isinstance(event, Epoch)
        else (event.epoch, event.step, event.loss, event.num_tokens)
        for event in events
    ]


def same_bits(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and one.numpy().tobytes() == other.numpy().tobytes()
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_bits(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_bits, one, other))
    return one == other


def run_to_the_end(trainer: Trainer) -> tuple[list[Step | Epoch], dict[str, Any]]:
    """Return the events and the last state that a checkpoint could hold."""
    events, last = [], b""
    for event in trainer.epochs():
        events.append(event)
        if trainer.finished:
            last = as_bytes(trainer.state())
    return events, without_clocks(from_bytes(last))


def without_clocks(state: dict[str, Any]) -> dict[str, Any]:
    for row in state["history"]:
        del row["seconds"], row["tokens_per_second"]
    return state


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("rung", RUNGS)
def test_every_rung_goes_on_bit_for_bit_from_any_step(documents, rung, precision) -> None:
    undisturbed = make_trainer(documents, rung, precision=precision)
    events, last = run_to_the_end(undisturbed)
    assert len(events) == NUM_EVENTS
    assert events[-1].train_loss < events[12].train_loss
    # The last update of an epoch, the epoch itself, and places at random.
    places = {12, 13, *random.Random(f"{rung} {precision}").sample(range(14, NUM_EVENTS), 2)}
    for place in sorted(places):
        first = make_trainer(documents, rung, precision=precision)
        stream = first.epochs()
        for _ in range(place):
            next(stream)
        saved = as_bytes(first.state())
        stream.close()
        # Other weights, and a generator that stands elsewhere: everything must come from the state.
        second = make_trainer(documents, rung, precision=precision, seed=99)
        second.load_state(from_bytes(saved))
        rest, end = run_to_the_end(second)
        assert facts(rest) == facts(events)[place:], f"interrupted after {place} events"
        assert same_bits(end, last), f"interrupted after {place} events"
        assert same_bits(second.network.state_dict(), undisturbed.network.state_dict())


@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "sgd", "schedule": "cosine", "average": 0.0},
        {"optimizer": "adam", "schedule": "constant", "clip": 0.0},
        {"epochs": 8, "patience": 1, "learning_rate": 0.05},
    ],
    ids=["sgd", "adam", "patience"],
)
def test_other_ways_of_training_go_on_as_well(documents, training) -> None:
    undisturbed = make_trainer(documents, "lstm", **training)
    events, last = run_to_the_end(undisturbed)
    for place in random.Random(3).sample(range(1, len(events)), 4):
        trainer = make_trainer(documents, "lstm", **training)
        stream = trainer.epochs()
        for _ in range(place):
            next(stream)
        saved = as_bytes(trainer.state())
        second = make_trainer(documents, "lstm", seed=99, **training)
        second.load_state(from_bytes(saved))
        rest, end = run_to_the_end(second)
        assert facts(rest) == facts(events)[place:]
        assert same_bits(end, last)
        assert same_bits(second.network.state_dict(), undisturbed.network.state_dict())


def test_patience_is_over_for_a_trainer_that_loads_the_last_state(documents) -> None:
    trainer = make_trainer(documents, "lstm", epochs=20, patience=1, learning_rate=0.3)
    stream, states = trainer.epochs(), []
    for event in stream:
        if isinstance(event, Epoch):
            states.append(as_bytes(trainer.state()))
    assert len(states) < 20
    again = make_trainer(documents, "lstm", epochs=20, patience=1, learning_rate=0.3, seed=99)
    again.load_state(from_bytes(states[-1]))
    assert list(again.epochs()) == []
    assert same_bits(again.network.state_dict(), trainer.network.state_dict())


def test_scoring_dev_draws_no_random_numbers(documents) -> None:
    trainer = make_trainer(documents, "charcnn-bilstm-crf")
    for event in trainer.epochs():
        if isinstance(event, Step):
            before = torch.get_rng_state()
        else:
            assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_a_stop_while_dev_is_scored_leaves_the_state_of_before(documents, calls) -> None:
    undisturbed = make_trainer(documents, "bilstm-crf")
    _, last = run_to_the_end(undisturbed)
    looked = 0

    def stopping() -> bool:
        nonlocal looked
        if trainer.network.training:
            return False  # between updates nobody has asked yet
        looked += 1
        return looked >= calls

    backend = StoppableBackend(undisturbed.network, torch.device("cpu"), stopping)
    trainer = make_trainer(documents, "bilstm-crf", backend=backend)
    trainer.stopping = stopping
    with pytest.raises(StoppedError):
        for _ in trainer.epochs():
            pass
    assert looked == calls
    saved = as_bytes(trainer.state())
    second = make_trainer(documents, "bilstm-crf", seed=99)
    second.load_state(from_bytes(saved))
    _, end = run_to_the_end(second)
    assert same_bits(end, last)


@pytest.mark.parametrize(
    "part", ["network", "optimizer", "average", "tables", "best", "position", "history", "random"]
)
def test_a_state_of_something_else_is_refused(documents, part) -> None:
    trainer = make_trainer(documents, "lstm")
    other = make_trainer(documents, "bilstm").state()
    for damaged in ({**trainer.state(), part: other[part] if part == "network" else {"a": 1}}, {}):
        with pytest.raises(ModelError, match="does not fit"):
            make_trainer(documents, "lstm").load_state(damaged)


def test_tables_are_updated_row_by_row_here(documents) -> None:
    assert all(make_trainer(documents, name).tables for name in RUNGS)


def test_a_state_of_before_tables_were_updated_row_by_row_is_gone_on_from(documents, monkeypatch) -> None:
    monkeypatch.setattr(tables, "SMALLEST", 10**9)
    dense = make_trainer(documents, "lstm")
    saved = None
    for number, _ in enumerate(dense.epochs()):
        if number == 17:
            saved = from_bytes(as_bytes(dense.state()))
    assert saved is not None
    assert saved.pop("tables") == []
    monkeypatch.setattr(tables, "SMALLEST", 1)
    later = make_trainer(documents, "lstm", seed=99)
    later.load_state(saved)
    run_to_the_end(later)
    assert later.tables
    for epoch, other in zip(later.history, dense.history, strict=True):
        assert epoch.train_loss == pytest.approx(other.train_loss, rel=1e-3)
