"""What a model is taught of a sentence's entities: a tag for each token, or a class for each span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from onoma.features.class_weights import count_tags
from onoma.tags import Scheme, TokenSpan, labels_of_tags, spans_to_tags, tags_to_spans
from onoma.tags.flatten import flatten_spans

Ids = npt.NDArray[np.int64]

SAME_TOKENS = "same tokens"
"""The fate of the second of two entities on just the same tokens."""


class Choice(NamedTuple):
    """Which entities of a sentence can be taught, and why the others cannot.

    Args:
        taught: indices into the sentence's entities.
        flattened: how many another one stands before, by reason.
        unreachable: how many no output of the model can match, by reason.
    """

    taught: list[int]
    flattened: Counter[str]
    unreachable: Counter[str]


class Labelling(Protocol):
    """From entities to targets, as a head wants them."""

    @property
    def labels(self) -> Sequence[str]:
        """Entity labels that can be taught."""
        ...

    def choose(self, spans: Sequence[TokenSpan]) -> Choice:
        """Choose what can be taught among a sentence's entities, all of known labels."""
        ...

    def encode(self, spans: Sequence[TokenSpan], num_tokens: int) -> Ids:
        """Return the target of a sentence, in which an entity of ``spans`` may be cut off at the edges."""
        ...

    def decode(self, target: Ids) -> list[TokenSpan]:
        """Return the entities that a target of `encode` teaches."""
        ...

    def pad(self, targets: Sequence[Ids], lengths: Ids) -> Ids:
        """Gather the targets of a batch in one array."""
        ...

    def count(self, targets: Sequence[Ids]) -> dict[str, int]:
        """Return how often each class is taught."""
        ...


class TagLabelling:
    """A tag for each token; of nested entities one is taught.

    Args:
        tags: all tags, in the order of the model's emissions.
        scheme: of the tags.
        on_nested: ``outermost`` or ``innermost``.
    """

    def __init__(self, tags: Sequence[str], scheme: Scheme, on_nested: str = "outermost") -> None:
        self.labels = labels_of_tags(tags)
        self._tags = tuple(tags)
        self._tag_ids = {tag: index for index, tag in enumerate(tags)}
        self._scheme = scheme
        self._on_nested = on_nested

    def choose(self, spans: Sequence[TokenSpan]) -> Choice:
        """Choose entities that do not overlap."""
        taught = flatten_spans(spans, self._on_nested)
        return Choice(taught, Counter(nested=len(spans) - len(taught)), Counter())

    def encode(self, spans: Sequence[TokenSpan], num_tokens: int) -> Ids:
        """Return a tag id a token. [T]"""
        tags = spans_to_tags(list(spans), num_tokens, self._scheme)
        return np.array([self._tag_ids[tag] for tag in tags], dtype=np.int64)

    def decode(self, target: Ids) -> list[TokenSpan]:
        """Return the entities of tag ids [T]; touching ones of one label are one in the scheme IO."""
        return tags_to_spans([self._tags[index] for index in target.tolist()], self._scheme)

    def pad(self, targets: Sequence[Ids], lengths: Ids) -> Ids:
        """Return tag ids, padded with 0. [B, T]"""
        padded = np.zeros((len(targets), int(lengths.max(initial=0))), dtype=np.int64)
        for row, target in enumerate(targets):
            padded[row, : len(target)] = target
        return padded

    def count(self, targets: Sequence[Ids]) -> dict[str, int]:
        """Return the tokens of each tag."""
        return dict(zip(self._tag_ids, count_tags(targets, len(self._tag_ids)).tolist(), strict=True))


class SpanLabelling:
    """A class for each span of tokens: 0 for most, the place of the label, from 1, for entities.

    Args:
        labels: in the order of the classes.
        max_width: tokens of the widest span that the model can see.
    """

    def __init__(self, labels: Sequence[str], max_width: int) -> None:
        self.labels = tuple(labels)
        self.max_width = max_width
        self._classes = {label: index for index, label in enumerate(labels, 1)}

    def choose(self, spans: Sequence[TokenSpan]) -> Choice:
        """Choose entities that are not too wide; of two on the same tokens the first one."""
        taught: dict[tuple[int, int], int] = {}
        repeated = wide = 0
        for index, (first, end, _) in enumerate(spans):
            if end - first > self.max_width:
                wide += 1
            elif taught.setdefault((first, end), index) != index:
                repeated += 1
        too_wide = f"wider than {self.max_width} tokens"
        return Choice(list(taught.values()), Counter({SAME_TOKENS: repeated}), Counter({too_wide: wide}))

    def encode(self, spans: Sequence[TokenSpan], num_tokens: int) -> Ids:
        """Return first token, width less one, and class of each entity. [S, 3]"""
        rows = [(first, end - first - 1, self._classes[label]) for first, end, label in spans]
        return np.array(rows, dtype=np.int64).reshape(len(rows), 3)

    def decode(self, target: Ids) -> list[TokenSpan]:
        """Return the entities of a target [S, 3] of `encode`, in their order."""
        return [(first, first + less + 1, self.labels[kind - 1]) for first, less, kind in target.tolist()]

    def pad(self, targets: Sequence[Ids], lengths: Ids) -> Ids:
        """Return the class of the span of w + 1 tokens from each token. [B, T, W]"""
        longest = int(lengths.max(initial=0))
        padded = np.zeros((len(targets), longest, min(self.max_width, longest)), dtype=np.int64)
        for row, target in enumerate(targets):
            padded[row, target[:, 0], target[:, 1]] = target[:, 2]
        return padded

    def count(self, targets: Sequence[Ids]) -> dict[str, int]:
        """Return the entities of each label."""
        classes = (target[:, 2] for target in targets)
        return dict(zip(self.labels, count_tags(classes, len(self.labels) + 1)[1:].tolist(), strict=True))
