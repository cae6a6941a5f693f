"""A network of several heads: its losses, and what wraps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed, nn

from onoma.models import get_rung
from onoma.nn.network import Network, SentenceBatch
from random_models import tasks_of

SENTENCES = [["Anna", "lives", "in", "Bonn", "."], ["Rain"], ["Bonn", "is", "near", "Cologne"]]
OPTIONS: dict[str, Any] = {"base": "bilstm", "word_dim": 6, "hidden_dim": 5, "document_dim": 4, "dropout": 0}


def make(**options: Any) -> tuple[Network, list[SentenceBatch], dict[str, Any]]:
    """A network of entities and document labels, three sentences of two documents, and their targets."""
    rung = get_rung("joint").for_options({"base": "bilstm"})
    config = rung.config(**OPTIONS, **options)
    features = rung.fit_features(config, SENTENCES)
    torch.manual_seed(2)
    network = rung.build(config, features, tasks_of(config, document_labels=("a", "b"))).eval()
    batch, entities = [], []
    for sentences, owners in ((SENTENCES[:2], [0, 1]), (SENTENCES[2:], [1])):
        arrays = features.batch([features.rows(words) for words in sentences])
        inputs = {name: torch.from_numpy(array) for name, array in arrays.items()}
        batch.append(SentenceBatch(inputs, torch.tensor(owners)))
        entities.append(torch.randint(0, 9, inputs["words"].shape))
    on, annotated = torch.tensor([[True, False], [False, True]]), torch.tensor([True, True])
    return network, batch, {"entities": entities, "documents": (on, annotated)}


def test_losses_are_those_of_the_heads_over_the_whole_batch() -> None:
    network, batch, targets = make(document_sees_entities=False)
    losses = network(batch, targets)
    assert list(losses) == ["entities", "documents"]
    states = [network.states(part.inputs) for part in batch]
    lengths = [part.inputs["lengths"] for part in batch]
    tokens = [int(each.sum()) for each in lengths]
    parts = [
        network.heads["entities"].token_loss(network.heads["entities"](state), gold, length)
        for state, gold, length in zip(states, targets["entities"], lengths, strict=True)
    ]
    mean = sum(part * count for part, count in zip(parts, tokens, strict=True)) / sum(tokens)
    assert losses["entities"].item() == pytest.approx(mean.item(), rel=1e-5)
    words = torch.cat([states[0][0], states[0][1, :1], states[1][0]])
    head = network.heads["documents"]
    logits = head.pool(*head(words), torch.tensor([0] * 5 + [1] * 5), 2)
    expected = nn.functional.binary_cross_entropy_with_logits(logits, targets["documents"][0].float())
    assert losses["documents"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_document_labels_teach_entities_nothing_by_what_they_see_of_them() -> None:
    network, batch, targets = make()
    network(batch, targets)["documents"].backward()
    assert all(parameter.grad is None for parameter in network.heads["entities"].parameters())
    assert all(parameter.grad is not None for parameter in network.heads["documents"].parameters())
    assert any(parameter.grad is not None for parameter in network.encoder.parameters())


@pytest.fixture
def one_process(tmp_path: Path) -> Iterator[None]:
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def test_it_can_be_wrapped_for_several_processes(one_process: None) -> None:
    network, batch, targets = make(weighting="fixed")
    plain = network.weighting(network(batch, targets))
    plain.backward()
    expected = {name: parameter.grad.clone() for name, parameter in network.named_parameters()}
    network.zero_grad()
    wrapped = nn.parallel.DistributedDataParallel(network)
    loss = network.weighting(wrapped(batch, targets))
    assert torch.equal(loss, plain)
    loss.backward()
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter.grad, expected[name]), name
