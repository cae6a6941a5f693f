"""Starting from another run's weights: what fits is taken over, tables row by row, the rest stays fresh."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from onoma.errors import ModelError
from onoma.features.pieces import PieceFeatures
from onoma.features.protocol import Features
from onoma.features.tokenizers import parse_tokenizer
from onoma.features.vocabulary import PAD, UNKNOWN, Vocabulary
from onoma.nn.network import Network
from onoma.runtime.bundle import Arrays, Bundle
from onoma.tags.scheme import labels_of_tags

_LOG = logging.getLogger(__name__)

Rows = dict[int, int]
"""Row of the new table -> row of the old one."""


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


def take_over(network: Network, features: Features, tags: Sequence[str], source: Bundle) -> list[Part]:
    """Copy into a fresh network what a bundle has for it.

    Embeddings of words, pieces and characters are matched by what they stand for, the tag projection and the
    CRF's scores by the tags' names, all else by name and shape.

    Args:
        network: changed in place.
        features: the network's vocabularies.
        tags: the network's tags, in the order of its emissions.
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
    tables = _matched_rows(features, tags, source)
    parts = []
    with torch.no_grad():
        for name, fresh in network.state_dict().items():
            stored = source.tensors.get(name)
            old = None if stored is None else torch.from_numpy(np.asarray(stored))
            parts.append(_take(name, fresh, old, tables.get(name)))
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


def _take(name: str, fresh: torch.Tensor, old: torch.Tensor | None, matched: Rows | None) -> Part:
    rows = fresh.shape[0] if fresh.ndim else 1
    if old is None:
        return Part(name, 0, rows, "the other model has none")
    if matched is None:
        if old.shape != fresh.shape:
            return Part(name, 0, rows, f"shape {list(fresh.shape)}, there {list(old.shape)}")
        fresh.copy_(old)
        return Part(name, rows, rows)
    by_tag_pairs = name.endswith("crf.transitions")
    if not by_tag_pairs and old.shape[1:] != fresh.shape[1:]:
        return Part(name, 0, rows, f"rows of {list(fresh.shape[1:])}, there {list(old.shape[1:])}")
    new_ids, old_ids = torch.tensor(list(matched)), torch.tensor(list(matched.values()))
    if not matched or int(old_ids.max()) >= len(old):
        return Part(name, 0, rows, "nothing in common")
    if by_tag_pairs:
        fresh[new_ids[:, None], new_ids] = old[old_ids[:, None], old_ids]
    else:
        fresh[new_ids] = old[old_ids]
    return Part(name, len(matched), rows, "" if len(matched) == rows else "the rest is not known there")


def _matched_rows(features: Features, tags: Sequence[str], source: Bundle) -> dict[str, Rows]:
    """Return, for each weight that is a table, which rows mean the same."""
    by_tag = _match_tags(tags, source.config.tags)
    tables = {
        "head.projection.weight": by_tag,
        "head.projection.bias": by_tag,
        "head.crf.start_transitions": by_tag,
        "head.crf.transitions": by_tag,
        "head.crf.end_transitions": by_tag,
    }
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
    return tables


def _same_arrays(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def _match_tags(new: Sequence[str], old: Sequence[str]) -> Rows:
    places = {tag: index for index, tag in enumerate(old)}
    return {index: places[tag] for index, tag in enumerate(new) if tag in places}


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
