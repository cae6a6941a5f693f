"""Starting from another run's weights: what fits is taken over, tables row by row, the rest stays fresh."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from onoma.errors import ModelError
from onoma.features.pieces import PieceFeatures
from onoma.features.protocol import Features
from onoma.features.tokenizers import parse_tokenizer
from onoma.features.vocabulary import PAD, UNKNOWN, Vocabulary
from onoma.nn.heads import ENTITIES
from onoma.nn.network import Network
from onoma.runtime.bundle import Arrays, Bundle
from onoma.tags.scheme import labels_of_tags
from onoma.tasks import EntityTask, Task

_LOG = logging.getLogger(__name__)

Rows = dict[int, int]
"""Row of the new table -> row of the old one."""


class Axis(NamedTuple):
    """An axis of a weight whose places stand for something.

    Args:
        rows: which place of the new one means the same as which of the old one.
        before: how many places the old one has; None where that is not known.
    """

    rows: Rows
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one weight tensor.

    Args:
        name: the weight.
        rows: of its rows (of a scalar or vector: entries), how many were taken over.
        of: how many it has.
        reason: why not all of them; empty when all were.
    """

    name: str
    rows: int
    of: int
    reason: str = ""

    def __str__(self) -> str:
        if self.rows == self.of:
            return f"{self.name}: taken over"
        if self.rows:
            return f"{self.name}: partly, {self.rows} of {self.of} rows ({self.reason})"
        return f"{self.name}: fresh ({self.reason})"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, with ``state`` as ``taken over``, ``partly`` or ``fresh``."""
        state = "taken over" if self.rows == self.of else "partly" if self.rows else "fresh"
        return {"state": state, **asdict(self)}


def take_over(network: Network, features: Features, tasks: Sequence[Task], source: Bundle) -> list[Part]:
    """Copy into a fresh network what a bundle has for it.

    Embeddings of words, pieces and characters are matched by what they stand for, what heads have of tags and
    labels by the names of these, all else by name and shape.

    Args:
        network: changed in place.
        features: the network's vocabularies.
        tasks: those of the network.
        source: the model to start from.

    Returns:
        One entry for every weight of the network.

    Raises:
        ModelError: nothing of the source's embedder and encoder fits, or it is exported.
    """
    if source.graph is not None:
        raise ModelError(
            "an exported model cannot be trained on: name the run or bundle that it was made from"
        )
    axes = _match_features(features, source) | _match_heads(network, tasks, source)
    parts = []
    with torch.no_grad():
        for name, fresh in network.state_dict().items():
            stored = source.tensors.get(name)
            old = None if stored is None else torch.from_numpy(np.asarray(stored))
            parts.append(_take(name, fresh, old, axes.get(name, {})))
    # A tag's bias fits every model and is worth nothing by itself.
    if not any(part.rows for part in parts if not part.name.startswith("head.")):
        raise ModelError(f"nothing of the model to start from ({source.config.model}) fits this one")
    return parts


def describe_parts(parts: Sequence[Part], place: str, source: Bundle) -> dict[str, Any]:
    """Tell what was taken over from the model at ``place``, and return what metrics.json holds about it."""
    _LOG.info(f"starting from {place} ({source.config.model}):")
    for part in parts:
        _LOG.info(f"  {part}")
    return {
        "source": place,
        "model": source.config.model,
        "parts": [part.as_dict() for part in parts],
    }


def tell_tokenizer(source: Bundle, tokenizer: str) -> None:
    """Tell when the old model read text that was cut by another tokeniser than ``tokenizer``."""
    before = source.config.tokenizer
    if before != tokenizer:
        _LOG.warning(
            f"the model to start from had its text cut by the tokenizer {before}, this one by {tokenizer}"
        )


def describe_labels(labels: Sequence[str], document_labels: Sequence[str], source: Bundle) -> dict[str, Any]:
    """Tell which labels of the old model are forgotten, and which are new; return what metrics.json holds.

    Args:
        labels: of entities, that the new model has.
        document_labels: that the new model has.
        source: the old model.
    """
    told: dict[str, Any] = {}
    pairs = (
        ("labels", labels, labels_of_tags(source.config.tags)),
        ("document_labels", document_labels, source.config.document_labels),
    )
    for kind, new, old in pairs:
        name = kind.replace("_", " ")
        gone, fresh = sorted(set(old) - set(new)), sorted(set(new) - set(old))
        if gone:
            _LOG.warning(f"{name} of the old model that this run no longer has: {', '.join(gone)}")
        if fresh and old:
            _LOG.warning(f"{name} that the old model does not have: {', '.join(fresh)}")
        told |= {f"{kind}_gone": gone, f"{kind}_new": fresh} if gone or fresh else {}
    return told


def _take(name: str, fresh: torch.Tensor, old: torch.Tensor | None, matched: Mapping[int, Axis]) -> Part:
    # What is said of a weight is said of the axis of which the least is known.
    axis = min(matched, key=lambda one: len(matched[one].rows) / fresh.shape[one], default=0)
    size = fresh.shape[axis] if fresh.ndim else 1
    if old is None:
        return Part(name, 0, size, "the other model has none")
    if not matched:
        if old.shape != fresh.shape:
            return Part(name, 0, size, f"shape {list(fresh.shape)}, there {list(old.shape)}")
        fresh.copy_(old)
        return Part(name, size, size)
    others = [[n for place, n in enumerate(one.shape) if place not in matched] for one in (fresh, old)]
    if others[0] != others[1]:
        return Part(name, 0, size, f"rows of {others[0]}, there {others[1]}")
    if not all(_fits(one, old.shape[place]) for place, one in matched.items()):
        return Part(name, 0, size, "nothing in common")
    for place, one in matched.items():
        old = old.index_select(place, torch.tensor(list(one.rows.values())))
    _put(fresh, old, [(place, torch.tensor(list(one.rows))) for place, one in matched.items()])
    known = len(matched[axis].rows)
    return Part(name, known, size, "" if known == size else "the rest is not known there")


def _fits(axis: Axis, size: int) -> bool:
    """Whether something of an axis is in a weight that has so many places there."""
    return bool(axis.rows) and max(axis.rows.values()) < size and axis.before in (None, size)


def _put(fresh: torch.Tensor, values: torch.Tensor, places: Sequence[tuple[int, torch.Tensor]]) -> None:
    """Write values to where some places of some axes meet."""
    (axis, chosen), *others = places
    if others:
        part = fresh.index_select(axis, chosen)
        _put(part, values, others)
        values = part
    fresh.index_copy_(axis, chosen, values)


def _match_heads(network: Network, tasks: Sequence[Task], source: Bundle) -> dict[str, dict[int, Axis]]:
    """Return, for each weight with axes of tags or labels, which places of these mean the same."""
    settings = source.config.for_tasks()
    names = {task.role: (task.names(task.settings()), task.names(settings)) for task in tasks}
    entities = next((names[task.role] for task in tasks if isinstance(task, EntityTask)), ((), ()))
    weights = network.state_dict()
    axes: dict[str, dict[int, Axis]] = {}
    for task in tasks:
        for weight, named in network.heads[task.role].named_axes().items():
            name = f"{task.part}.{weight}"
            for axis, what in named.items():
                new, old = entities if what == ENTITIES else names[task.role]
                first = weights[name].shape[axis] - len(new)  # places that stand for no name: of states
                rows = {place: place for place in range(first)}
                rows |= {first + place: first + there for place, there in _match_names(new, old).items()}
                axes.setdefault(name, {})[axis] = Axis(rows, first + len(old))
    return axes


def _match_features(features: Features, source: Bundle) -> dict[str, dict[int, Axis]]:
    """Return, for each weight that is a table, which rows mean the same."""
    tables: dict[str, Rows] = {}
    # Features of pieces carry those of words below them, and their network its embedder of words.
    below = source.vocabulary.get("base", source.vocabulary)
    prefixes = ("embedder.", "embedder.words.", "beside.")
    for weight, vocabulary, key in (
        ("words.weight", features.words, "words"),
        ("vector_differences.weight", features.words, "words"),
        ("characters.embedding.weight", features.characters, "characters"),
    ):
        state = below.get(key)
        if vocabulary is not None and isinstance(state, dict):
            matched = _match_items(vocabulary, Vocabulary.from_state(state))
            tables |= {prefix + weight: matched for prefix in prefixes}
    stored = source.vocabulary.get("tokenizer")
    if isinstance(features, PieceFeatures) and stored is not None:
        tables["embedder.pieces.weight"] = _match_pieces(features.state()["tokenizer"], stored)
    # Differences to pretrained vectors mean something beside the same vectors only.
    same_vectors = _same_arrays(features.arrays(), source.feature_tensors)
    if not same_vectors:
        tables |= {f"{prefix}vector_differences.weight": {} for prefix in prefixes}
    return {name: {0: Axis(rows)} for name, rows in tables.items()}


def _same_arrays(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def _match_names(new: Sequence[str], old: Sequence[str]) -> Rows:
    places = {name: index for index, name in enumerate(old)}
    return {index: places[name] for index, name in enumerate(new) if name in places}


def _match_items(new: Vocabulary, old: Vocabulary) -> Rows:
    """Match by the old vocabulary's own look-up, so that a lower-cased one knows words in any case."""
    rows = {PAD: PAD, UNKNOWN: UNKNOWN}
    rows |= {new.id(item): old.id(item) for item in new.items if item in old}
    return rows


def _match_pieces(new: Mapping[str, Any], old: Mapping[str, Any]) -> Rows:
    """Match pieces that are written alike, of tokenizers that mark the inner pieces of a word alike."""
    if _marks(new) != _marks(old):
        return {}
    known, places = (
        parse_tokenizer(json.dumps(state)).get_vocab(with_added_tokens=True) for state in (old, new)
    )
    return {place: known[piece] for piece, place in sorted(places.items()) if piece in known}


def _marks(tokenizer: Mapping[str, Any]) -> tuple[Any, ...]:
    model = tokenizer.get("model", {})
    return model.get("type"), model.get("continuing_subword_prefix") or ""
