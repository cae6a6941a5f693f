"""Tiny models with random weights: they find entities everywhere, which is all that many tests need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from onoma.models import get_rung
from onoma.models.base import TaggerConfig, restore_tasks
from onoma.runtime.bundle import Bundle
from onoma.runtime.manifest import ModelSettings, settings_of_tasks
from onoma.tags import get_scheme
from onoma.tasks import Task


def tasks_of(
    config: TaggerConfig, labels: Sequence[str] = ("LOC", "PER"), document_labels: Sequence[str] = ()
) -> tuple[Task, ...]:
    """Return the tasks of a model with these options, for entities and documents of these labels."""
    tags = get_scheme(config.scheme).tags(labels)
    return restore_tasks(
        config, {"tags": tags, "scheme": config.scheme, "document_labels": list(document_labels)}
    )


def random_bundle(
    name: str,
    options: Mapping[str, Any],
    sentences: Sequence[Sequence[str]],
    document_labels: Sequence[str],
    *,
    seed: int,
    spread: float,
    drawn: Callable[[str], bool] = lambda parameter: True,
) -> Bundle:
    """Return a model of the labels LOC and PER.

    Args:
        name: of the rung.
        options: of the model.
        sentences: to learn the vocabulary from.
        document_labels: of a joint model.
        seed: of the weights.
        spread: of what is added to the weights it begins with: wide enough for its tags to differ.
        drawn: whether a parameter of this name is among them.
    """
    rung = get_rung(name).for_options(dict(options))
    config = rung.config(**options)
    tasks = tasks_of(config, document_labels=document_labels)
    features = rung.fit_features(config, sentences)
    torch.manual_seed(seed)
    network = rung.build(config, features, tasks)
    with torch.no_grad():
        for key, parameter in network.named_parameters():
            if drawn(key):
                parameter.add_(torch.randn_like(parameter) * spread)
        for module in network.modules():
            if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None:
                module.weight[module.padding_idx] = 0
    settings = {"model": name, "options": config.portable_options(), "scheme": config.scheme}
    settings |= {"tags": list(get_scheme(config.scheme).tags(("LOC", "PER"))), **settings_of_tasks(tasks)}
    tensors = {key: tensor.numpy() for key, tensor in network.state_dict().items()}
    return Bundle(ModelSettings(**settings), features.state(), tensors, features.arrays())
